//! Batch normalisation, with the statistics of training.

#[cfg(feature = "flex")]
use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use relume_kernels::{
    After,
    elementwise::{Affine, AffineCache, BatchNormTensors, scale, scale_and_shift},
};

use super::{Activation, BackwardContext, Build, NamedTensor, Operation, Parameters, named};
#[cfg(feature = "flex")]
use super::{on_kernels, one_on_kernels};
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
    /// What it comes down to for one picture.
    #[cfg(feature = "flex")]
    #[module(skip)]
    cache: Arc<AffineCache>,
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
            #[cfg(feature = "flex")]
            cache: Arc::default(),
        })
    }
}

impl Operation for BatchNorm {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        #[cfg(feature = "flex")]
        if one_on_kernels(&x) {
            return scale_and_shift(x, &self.affine(), After::Nothing).into();
        }
        let scale = self.scale();
        let shift = self.bias.val().sub(self.running_mean.val().mul(scale.clone()));
        x.mul(per_channel(scale)).add(per_channel(shift)).into()
    }

    fn backward(&self, r: Tensor<4>, _context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        #[cfg(feature = "flex")]
        if one_on_kernels(&r) {
            return Some(vec![scale(r, &self.affine(), After::Nothing)]);
        }
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
    /// What it comes down to for one picture, outside of training.
    #[cfg(feature = "flex")]
    pub(crate) fn affine(&self) -> Arc<Affine> {
        let tensors = BatchNormTensors {
            weight: self.weight.val(),
            bias: self.bias.val(),
            mean: self.running_mean.val(),
            variance: self.running_var.val(),
        };
        self.cache.of(tensors, self.epsilon)
    }

    /// Whether weights can be multiplied by its factors without coming near the end of f32.
    #[cfg(feature = "flex")]
    pub(crate) fn scales_moderately(&self) -> bool {
        on_kernels(&self.weight.val().device()) && self.affine().is_moderate()
    }

    /// Together with the ReLU after it, clipped at `limit`.
    #[cfg(feature = "flex")]
    pub(crate) fn forward_relu(&self, x: Tensor<4>, limit: f32) -> Tensor<4> {
        scale_and_shift(x, &self.affine(), After::Relu(limit))
    }

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
