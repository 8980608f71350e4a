//! The stack machine, with a limit on all that it keeps.

use std::collections::HashMap;

use relume::Result;

use super::instructions::{Instruction, Instructions};
use super::values::{Class, Span, StorageKey, TensorRecord, Value};
use crate::error::{damaged, invalid};

/// The most values on the stack. Pickles add to a list or a dictionary in lots of a thousand.
const MAX_STACK: usize = 1 << 18;
/// The most places that lists, tuples, tensors and remembered values take together; a value takes one. A network of 4000 tensors
/// with its optimiser's state takes a tenth.
const MAX_PLACES: usize = 1 << 20;
/// What a list, a dictionary or a tensor takes besides its values.
const PLACES_OF_A_LIST: usize = 5;

/// What a pickle has put together so far.
#[derive(Default)]
pub(crate) struct Machine<'a> {
    stack: Vec<Value<'a>>,
    marks: Vec<usize>,
    memo: Vec<Option<Value<'a>>>,
    tuples: Vec<Value<'a>>,
    lists: Vec<Vec<Value<'a>>>,
    pub(crate) tensors: Vec<TensorRecord>,
    pub(crate) storages: Vec<StorageKey<'a>>,
    known_storages: HashMap<StorageKey<'a>, u32>,
    /// Module and name of the functions and classes that are not known.
    names: Vec<(&'a str, &'a str)>,
    places: usize,
}

/// The value of the pickle that `bytes` begin with, the machine that holds its parts, and how many bytes it took.
pub(crate) fn read(bytes: &[u8]) -> Result<(Value<'_>, Machine<'_>, usize)> {
    let mut machine = Machine::default();
    let mut instructions = Instructions::new(bytes);
    loop {
        match instructions.next()? {
            Instruction::Stop => return Ok((machine.pop()?, machine, instructions.position())),
            instruction => machine.step(instruction)?,
        }
    }
}

impl<'a> Machine<'a> {
    fn step(&mut self, instruction: Instruction<'a>) -> Result<()> {
        let value = match instruction {
            Instruction::Nothing | Instruction::Stop => return Ok(()),
            Instruction::Mark => {
                if self.marks.len() >= MAX_STACK {
                    return Err(too_much());
                }
                self.marks.push(self.stack.len());
                return Ok(());
            }
            Instruction::Pop => return self.pop().map(|_| ()),
            Instruction::PopMark => return self.since_mark().map(|_| ()),
            Instruction::Duplicate => self.top()?,
            Instruction::Other => Value::Other,
            Instruction::Int(number) => Value::Int(number),
            Instruction::Text(text) => Value::Text(text),
            Instruction::EmptyTuple => self.tuple(&[])?,
            Instruction::Tuple => {
                let values = self.since_mark()?;
                self.tuple(&values)?
            }
            Instruction::TupleOf(count) => {
                let start = self.stack.len().checked_sub(count).ok_or_else(underflow)?;
                let values = self.stack.split_off(start);
                self.tuple(&values)?
            }
            Instruction::EmptyList => Value::List(self.list(Vec::new())?),
            Instruction::List => {
                let values = self.since_mark()?;
                Value::List(self.list(values)?)
            }
            Instruction::EmptyDict => Value::Dict(self.list(Vec::new())?),
            Instruction::Dict => {
                let values = self.since_mark()?;
                Value::Dict(self.list(values)?)
            }
            Instruction::Append => {
                let value = self.pop()?;
                return self.extend(&[value]);
            }
            Instruction::Appends | Instruction::SetItems => {
                let values = self.since_mark()?;
                return self.extend(&values);
            }
            Instruction::SetItem => {
                let value = self.pop()?;
                let key = self.pop()?;
                return self.extend(&[key, value]);
            }
            Instruction::Global(module, name) => self.class(module, name)?,
            Instruction::StackGlobal => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => self.class(module, name)?,
                _ => return Err(damaged("the pickle names a class by something else than a text")),
            },
            Instruction::Reduce => {
                let arguments = self.pop()?;
                let function = self.pop()?;
                self.call(function, arguments)?
            }
            Instruction::ReduceWithKeywords => {
                let _keywords = self.pop()?;
                let arguments = self.pop()?;
                let function = self.pop()?;
                self.call(function, arguments)?
            }
            // What an object is set to: nothing that tensors and their dictionaries need.
            Instruction::Build => return self.pop().map(|_| ()),
            Instruction::PersistentId => {
                let id = self.pop()?;
                self.persistent(id)?
            }
            Instruction::Put(number) => return self.remember(number as usize),
            Instruction::Memoize => return self.remember(self.memo.len()),
            Instruction::Get(number) => {
                let found = self.memo.get(number as usize).copied().flatten();
                found.ok_or_else(|| damaged(format!("the pickle refers to value {number}, which it has not made")))?
            }
        };
        self.push(value)
    }

    fn push(&mut self, value: Value<'a>) -> Result<()> {
        if self.stack.len() >= MAX_STACK {
            return Err(too_much());
        }
        self.stack.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Value<'a>> {
        // What lies under a mark is taken only together with it.
        let bottom = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= bottom {
            return Err(underflow());
        }
        self.stack.pop().ok_or_else(underflow)
    }

    fn top(&self) -> Result<Value<'a>> {
        self.stack.last().copied().ok_or_else(underflow)
    }

    fn since_mark(&mut self) -> Result<Vec<Value<'a>>> {
        let mark = self.marks.pop().ok_or_else(underflow)?;
        if mark > self.stack.len() {
            return Err(underflow());
        }
        Ok(self.stack.split_off(mark))
    }

    /// Counts places, before they are taken.
    pub(super) fn take_places(&mut self, count: usize) -> Result<()> {
        self.places = self.places.saturating_add(count);
        if self.places > MAX_PLACES {
            return Err(too_much());
        }
        Ok(())
    }

    fn remember(&mut self, number: usize) -> Result<()> {
        let value = self.top()?;
        if let Some(beyond) = (number + 1).checked_sub(self.memo.len()) {
            self.take_places(beyond)?;
            self.memo.resize(self.memo.len() + beyond, None);
        }
        if let Some(place) = self.memo.get_mut(number) {
            *place = Some(value);
        }
        Ok(())
    }

    fn tuple(&mut self, values: &[Value<'a>]) -> Result<Value<'a>> {
        self.take_places(values.len())?;
        let start = small(self.tuples.len())?;
        self.tuples.extend_from_slice(values);
        let length = small(values.len())?;
        Ok(Value::Tuple(Span { start, length }))
    }

    /// A new list with `values`, or a dictionary with keys and values in turn.
    pub(super) fn list(&mut self, values: Vec<Value<'a>>) -> Result<u32> {
        self.take_places(values.len() + PLACES_OF_A_LIST)?;
        self.lists.push(values);
        small(self.lists.len() - 1)
    }

    /// Adds `values` to the list or dictionary on the stack. An object that is not known takes them, and they are gone.
    fn extend(&mut self, values: &[Value<'a>]) -> Result<()> {
        self.take_places(values.len())?;
        match self.top()? {
            Value::List(list) | Value::Dict(list) => {
                if let Some(list) = self.lists.get_mut(list as usize) {
                    list.extend_from_slice(values);
                }
                Ok(())
            }
            Value::Object(_) | Value::Other => Ok(()),
            _ => Err(damaged("the pickle adds to something that is not a list")),
        }
    }

    fn class(&mut self, module: &'a str, name: &'a str) -> Result<Value<'a>> {
        if let Some(class) = Class::known(module, name) {
            return Ok(Value::Class(class));
        }
        self.take_places(2)?;
        self.names.push((module, name));
        Ok(Value::Class(Class::Unknown(small(self.names.len() - 1)?)))
    }

    /// The number of a storage.
    pub(super) fn storage(&mut self, storage: StorageKey<'a>) -> Result<u32> {
        if let Some(&known) = self.known_storages.get(&storage) {
            return Ok(known);
        }
        self.take_places(PLACES_OF_A_LIST)?;
        let number = small(self.storages.len())?;
        self.storages.push(storage);
        self.known_storages.insert(storage, number);
        Ok(number)
    }

    /// A new tensor.
    pub(super) fn tensor(&mut self, tensor: TensorRecord) -> Result<Value<'a>> {
        self.take_places(PLACES_OF_A_LIST + tensor.shape.len() + tensor.strides.len())?;
        self.tensors.push(tensor);
        small(self.tensors.len() - 1).map(Value::Tensor)
    }

    /// The values of a tuple, a list or a dictionary, whose keys and values come in turn.
    pub(crate) fn items(&self, value: Value<'a>) -> Option<&[Value<'a>]> {
        match value {
            Value::Tuple(Span { start, length }) => self.tuples.get(start as usize..)?.get(..length as usize),
            Value::List(list) | Value::Dict(list) => self.lists.get(list as usize).map(Vec::as_slice),
            _ => None,
        }
    }

    /// The name of the class or function that made a value which is not known.
    pub(crate) fn made_by(&self, value: Value<'a>) -> Option<String> {
        match value {
            Value::Object(name) | Value::Class(Class::Unknown(name)) => self.name(name),
            _ => None,
        }
    }

    /// The names of all functions and classes that are not known.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = String> {
        self.names.iter().map(|(module, name)| format!("{module}.{name}"))
    }

    fn name(&self, number: u32) -> Option<String> {
        let (module, name) = self.names.get(number as usize)?;
        Some(format!("{module}.{name}"))
    }
}

fn small(number: usize) -> Result<u32> {
    u32::try_from(number).map_err(|_| too_much())
}

fn underflow() -> relume::Error {
    damaged("the pickle takes more values than it has made")
}

fn too_much() -> relume::Error {
    invalid(
        "the pickle holds more values than a checkpoint of a network has; save the weights alone, with torch.save(model.state_dict(), PATH)",
    )
}
