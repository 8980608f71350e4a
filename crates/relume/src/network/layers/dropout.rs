//! Dropout: the identity outside training.

use burn::module::Module;
use burn::tensor::Tensor;

use super::{Activation, BackwardContext, Build, Operation, Parameters};
use crate::error::Result;
use crate::graph::{DropoutSpec, Shape};

/// Dropout: the identity outside training.
#[derive(Module, Debug)]
pub struct Dropout {}

impl Build for DropoutSpec {
    type Layer = Dropout;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<Dropout> {
        Ok(Dropout {})
    }
}

impl Operation for Dropout {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        x.into()
    }

    fn backward(&self, r: Tensor<4>, _context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        Some(vec![r])
    }
}
