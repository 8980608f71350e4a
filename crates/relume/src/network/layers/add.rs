//! The sum of several layers.

use burn::module::Module;
use burn::tensor::Tensor;

use super::{Activation, BackwardContext, Build, Operation, Parameters};
use crate::error::Result;
use crate::graph::{AddSpec, Shape};

/// The sum of several layers.
#[derive(Module, Debug)]
pub struct Add {}

impl Build for AddSpec {
    type Layer = Add;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<Add> {
        Ok(Add {})
    }
}

impl Operation for Add {
    fn forward(&self, x: Tensor<4>, others: Vec<Tensor<4>>) -> Activation {
        others.into_iter().fold(x, super::add).into()
    }

    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        Some(vec![r; context.inputs.len()])
    }
}
