//! Softmax over the channels: the last layer, never a target.

use burn::module::Module;
use burn::tensor::{Tensor, activation};
#[cfg(feature = "flex")]
use relume_kernels::elementwise::softmax;

#[cfg(feature = "flex")]
use super::on_kernels;
use super::{Activation, BackwardContext, Build, Operation, Parameters};
use crate::error::Result;
use crate::graph::{Shape, SoftmaxSpec};

/// Softmax over the channels: the last layer, never a target.
#[derive(Module, Debug)]
pub struct Softmax {}

impl Build for SoftmaxSpec {
    type Layer = Softmax;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<Softmax> {
        Ok(Softmax {})
    }
}

impl Operation for Softmax {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        #[cfg(feature = "flex")]
        if on_kernels(&x.device()) {
            return softmax(x).into();
        }
        activation::softmax(x, 1).into()
    }

    fn backward(&self, _r: Tensor<4>, _context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        None
    }
}
