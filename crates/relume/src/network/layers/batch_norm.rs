//! Batch normalisation, with the statistics of training.

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use super::{Activation, BackwardContext, Build, NamedTensor, Operation, Parameters, named};
use crate::error::Result;
use crate::graph::{BatchNormSpec, Shape};

/// Batch normalisation with its statistics.
#[derive(Module, Debug)]
pub struct BatchNorm {
    /// `[C]`
    pub weight: Param<Tensor<1>>,
    /// `[C]`
    pub bias: Param<Tensor<1>>,
    /// `[C]`
    pub running_mean: Param<Tensor<1>>,
    /// `[C]`
    pub running_var: Param<Tensor<1>>,
    /// Added to the variance.
    #[module(skip)]
    pub epsilon: f64,
}

impl Build for BatchNormSpec {
    type Layer = BatchNorm;

    fn build(&self, parameters: &mut Parameters<'_>, _input: Shape) -> Result<BatchNorm> {
        Ok(BatchNorm {
            weight: parameters.take("weight")?,
            bias: parameters.take("bias")?,
            running_mean: parameters.take("running_mean")?,
            running_var: parameters.take("running_var")?,
            epsilon: self.epsilon,
        })
    }
}

impl Operation for BatchNorm {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        let scale = self.scale();
        let shift = self.bias.val().sub(self.running_mean.val().mul(scale.clone()));
        x.mul(per_channel(scale)).add(per_channel(shift)).into()
    }

    fn backward(&self, r: Tensor<4>, _context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        Some(vec![r.mul(per_channel(self.scale()))])
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        vec![
            named("weight", self.weight.val()),
            named("bias", self.bias.val()),
            named("running_mean", self.running_mean.val()),
            named("running_var", self.running_var.val()),
        ]
    }
}

impl BatchNorm {
    fn scale(&self) -> Tensor<1> {
        self.weight
            .val()
            .div(self.running_var.val().add_scalar(self.epsilon).sqrt())
    }
}

/// `[C]` as it lies along the channels of an activation.
fn per_channel(values: Tensor<1>) -> Tensor<4> {
    let [channels] = values.dims();
    values.reshape([1, channels, 1, 1])
}
