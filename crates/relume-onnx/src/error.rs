//! Errors: the node, its operator, what is wrong and what to do.

use std::fmt::Display;

use relume::{Error, ErrorKind};

use crate::messages::Node;

/// The operators that are read, for an error that says what is.
const SUPPORTED: &str = "Conv, Gemm, MatMul, BatchNormalization, LRN, the activations (Relu, Clip from 0, LeakyRelu, PRelu, Sigmoid, \
    HardSigmoid, HardSwish, Gelu, Elu, Selu, Softplus, Mish, Tanh, and SiLU as x times Sigmoid), MaxPool, AveragePool, \
    GlobalAveragePool, GlobalMaxPool, ReduceMean over height and width, Add, Sub, Mul and Div with constants, Add and Mul of \
    activations, Concat, Split and Slice of channels, channel shuffles, Pad with zeros, Flatten and Reshape to a vector, Dropout, and \
    Softmax at the end";

/// The file is damaged or contradicts itself.
pub(crate) fn invalid(message: impl Display) -> Error {
    Error::new(ErrorKind::InvalidModel, message.to_string())
}

/// The file is damaged or contradicts itself at `node`.
pub(crate) fn invalid_at(node: &Node<'_>, message: impl Display) -> Error {
    invalid(format!("node {}: {message}", node.title()))
}

/// There is no layer kind for the operator of `node`.
pub(crate) fn unknown_operator(node: &Node<'_>) -> Error {
    let domain = if node.is_standard() {
        String::new()
    } else {
        format!(" of the domain `{}`", shortened(node.domain))
    };
    unsupported(format!(
        "node {}: relume has no such layer{domain}. It reads {SUPPORTED}",
        node.title()
    ))
}

/// The operator of `node` is known, but not as it is used here.
pub(crate) fn unsupported_at(node: &Node<'_>, message: impl Display) -> Error {
    unsupported(format!("node {}: {message}", node.title()))
}

pub(crate) fn unsupported(message: impl Display) -> Error {
    Error::new(ErrorKind::UnsupportedOperator, message.to_string())
}

/// A name of a stranger's file may be as long as the file.
pub(crate) fn shortened(name: &str) -> String {
    const SHOWN: usize = 80;
    match name.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", name.get(..at).unwrap_or_default()),
        None => name.to_owned(),
    }
}
