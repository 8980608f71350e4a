//! The few functions that tensors are made by.

use relume::Result;

use super::machine::Machine;
use super::values::{Class, StorageKey, TensorRecord, Value};
use crate::error::{damaged, invalid, quoted};

/// The most axes of a tensor.
pub(crate) const MAX_AXES: usize = 8;

impl<'a> Machine<'a> {
    /// What `function` makes of a tuple of arguments. A function that is not known is not run: it gives an object.
    pub(super) fn call(&mut self, function: Value<'a>, arguments: Value<'a>) -> Result<Value<'a>> {
        let given: Vec<Value<'a>> = self
            .items(arguments)
            .ok_or_else(|| damaged("the pickle calls a function without a tuple of arguments"))?
            // No function takes more.
            .iter()
            .take(8)
            .copied()
            .collect();
        match (function, given.as_slice()) {
            (Value::Class(Class::Dict), given) => self.dictionary(given),
            (Value::Class(Class::List), given) => {
                let values = given.first().and_then(|&values| self.items(values)).unwrap_or_default();
                let values = values.to_vec();
                self.list(values).map(Value::List)
            }
            (Value::Class(Class::Tensor), given) => self.rebuilt(given),
            (Value::Class(Class::Parameter), &[tensor, ..]) => Ok(tensor),
            (Value::Class(Class::TensorSubclass), &[Value::Class(class), _, arguments, ..])
                if class != Class::TensorSubclass =>
            {
                let given = self.items(arguments).unwrap_or_default();
                match (class, given) {
                    (Class::Tensor, given) => {
                        let given = given.to_vec();
                        self.rebuilt(&given)
                    }
                    (Class::Parameter, &[tensor, ..]) => Ok(tensor),
                    _ => Ok(Value::Other),
                }
            }
            (Value::Class(Class::Unknown(name)) | Value::Object(name), _) => Ok(Value::Object(name)),
            _ => Ok(Value::Other),
        }
    }

    /// `OrderedDict()`, or with a list of pairs, as Python 2 writes it.
    fn dictionary(&mut self, given: &[Value<'a>]) -> Result<Value<'a>> {
        let mut content = Vec::new();
        for &pair in given.first().and_then(|&pairs| self.items(pairs)).unwrap_or_default() {
            if let Some(&[key, value]) = self.items(pair) {
                content.extend([key, value]);
            }
        }
        self.list(content).map(Value::Dict)
    }

    /// `_rebuild_tensor_v2(storage, offset, size, stride, …)`.
    fn rebuilt(&mut self, given: &[Value<'a>]) -> Result<Value<'a>> {
        let &[Value::Storage(storage), Value::Int(offset), size, stride, ..] = given else {
            // Of a storage that is not known, such as one whose numbers lie in the pickle itself.
            return Ok(Value::Other);
        };
        let (shape, strides) = (self.sizes(size)?, self.sizes(stride)?);
        let offset = usize::try_from(offset).map_err(|_| damaged(format!("a tensor begins at number {offset}")))?;
        if shape.len() != strides.len() {
            return Err(damaged(format!("a tensor of shape {shape:?} has strides {strides:?}")));
        }
        self.tensor(TensorRecord {
            storage,
            offset,
            shape,
            strides,
        })
    }

    fn sizes(&self, value: Value<'a>) -> Result<Vec<usize>> {
        let values = self.items(value).ok_or_else(|| damaged("a tensor has no shape"))?;
        if values.len() > MAX_AXES {
            return Err(invalid(format!(
                "a tensor has {} axes, {MAX_AXES} at most",
                values.len()
            )));
        }
        let size = |value: &Value<'_>| match value {
            Value::Int(size) => usize::try_from(*size).ok(),
            _ => None,
        };
        let sizes: Option<Vec<usize>> = values.iter().map(size).collect();
        sizes.ok_or_else(|| damaged("a tensor's shape or strides are not whole numbers from 0 up"))
    }

    /// `("storage", class, key, device, count)`, in old files with `(key, offset, count)` of a view or None after it.
    pub(super) fn persistent(&mut self, id: Value<'a>) -> Result<Value<'a>> {
        match *self.items(id).unwrap_or_default() {
            [
                Value::Text("storage"),
                Value::Class(Class::Storage(number)),
                Value::Text(key),
                _,
                _,
                ref view @ ..,
            ] => {
                let view = match view.first().and_then(|&view| self.items(view)) {
                    Some(&[_, Value::Int(offset), ..]) => {
                        usize::try_from(offset).map_err(|_| damaged(format!("a storage's view begins at {offset}")))?
                    }
                    _ => 0,
                };
                self.storage(StorageKey { key, number, view }).map(Value::Storage)
            }
            // Numbers of a format that no weights have; in an old file, the length of its storage would have to be known.
            [Value::Text("storage"), Value::Class(class), ..] => {
                let name = self.made_by(Value::Class(class)).unwrap_or_default();
                Err(invalid(format!(
                    "the file holds numbers of the kind {}, which relume does not read; save the weights alone, in 16, 32 or 64 bits",
                    quoted(&name)
                )))
            }
            // A class of a whole pickled module, with its source text.
            [Value::Text("module"), class, ..] => Ok(class),
            [Value::Text(kind), ..] => Err(invalid(format!(
                "the pickle refers to {} outside of it, which is not a storage of numbers; save the weights again, with \
                 torch.save(model.state_dict(), PATH)",
                quoted(kind)
            ))),
            _ => Err(damaged(
                "the pickle refers to something outside of it without saying what",
            )),
        }
    }
}
