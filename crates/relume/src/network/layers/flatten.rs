//! A picture as one flat vector, in row-major order.

use burn::module::Module;
use burn::tensor::Tensor;

use super::{Activation, BackwardContext, Build, Operation, Parameters};
use crate::error::Result;
use crate::graph::{FlattenSpec, Shape};

/// A picture as one flat vector, in row-major order.
#[derive(Module, Debug)]
pub struct Flatten {}

impl Build for FlattenSpec {
    type Layer = Flatten;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<Flatten> {
        Ok(Flatten {})
    }
}

impl Operation for Flatten {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        let [batch, channels, height, width] = x.dims();
        x.reshape([batch, channels * height * width, 1, 1]).into()
    }

    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        let [batch, ..] = r.dims();
        let [channels, height, width] = context.input;
        Some(vec![r.reshape([batch, channels, height, width])])
    }
}
