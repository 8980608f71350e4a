//! The messages of an ONNX file that a network needs, borrowed from its bytes. Fields that say nothing about what a network
//! computes are passed over. How deep messages lie in each other is fixed by these types; a graph in an attribute is not entered.

mod model;
mod node;
mod tensor;

pub(crate) use model::{Declared, Graph, Model, Side};
pub(crate) use node::Node;
pub(crate) use tensor::{ElementType, Tensor};
