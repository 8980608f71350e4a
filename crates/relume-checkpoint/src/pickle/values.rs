//! What a pickle puts together.
//!
//! Lists and tuples can hold themselves, or one list a million times. So a value is a number of a few bytes that says where in the
//! machine's tables its content is: copying it costs nothing, and nothing is freed by recursion.

use crate::number::Number;

/// A value on the stack.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    /// What no tensor needs to be known of: a fraction, a truth value, bytes.
    Other,
    Int(i64),
    Text(&'a str),
    Tuple(Span),
    /// A list or a set, by its number.
    List(u32),
    /// A dictionary: keys and values in turn.
    Dict(u32),
    /// A function or a class.
    Class(Class),
    Storage(u32),
    Tensor(u32),
    /// What a function made that is not known, by the number of the function's name.
    Object(u32),
}

/// Where the values of a tuple lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(super) start: u32,
    pub(super) length: u32,
}

/// A function or a class that a pickle names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Class {
    Dict,
    List,
    Tensor,
    Parameter,
    /// A tensor of a class of its own.
    TensorSubclass,
    Storage(Number),
    /// Any other, by the number of its name.
    Unknown(u32),
}

impl Class {
    /// The class that tensors and their dictionaries need, if it is one.
    pub(super) fn known(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") | ("builtins" | "__builtin__", "dict") => Self::Dict,
            ("builtins" | "__builtin__", "list" | "set") | ("torch", "Size") => Self::List,
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Self::Tensor,
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => Self::Parameter,
            ("torch._tensor", "_rebuild_from_type_v2") => Self::TensorSubclass,
            ("torch" | "torch.storage" | "torch.cuda", _) => Self::Storage(Number::of_storage(name)?),
            _ => return None,
        })
    }
}

/// A storage that a tensor lies in. Two tensors with the same share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StorageKey<'a> {
    /// The name of the file that holds it, or of its place in an old file.
    pub(crate) key: &'a str,
    pub(crate) number: Number,
    /// How far into it the numbers of this view begin, as old files have it.
    pub(crate) view: usize,
}

/// A tensor: which numbers of which storage.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TensorRecord {
    pub(crate) storage: u32,
    pub(crate) offset: usize,
    pub(crate) shape: Vec<usize>,
    pub(crate) strides: Vec<usize>,
}
