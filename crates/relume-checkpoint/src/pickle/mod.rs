//! Pickles as `torch.save` writes them, read without being run.
//!
//! A pickle is a program for a stack machine. Most of its instructions put a number, a text or a list together; a few call
//! functions by name, which is how a hostile file takes over a Python program. Here, the machine knows the few functions that
//! tensors are made by (`_rebuild_tensor_v2`, `OrderedDict`, …). A call of any other gives an object of which nothing is known but the
//! function's name.

mod call;
mod instructions;
mod machine;
mod values;

pub(crate) use call::MAX_AXES;
pub(crate) use machine::{Machine, read};
pub(crate) use values::Value;
