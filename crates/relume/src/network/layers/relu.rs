//! The ReLU as a layer: its backward pass is [`ReluRule`]'s, and nobody else's.

use burn::module::Module;
use burn::tensor::{Tensor, activation};
#[cfg(feature = "flex")]
use relume_kernels::conv2d::{GatedRelu, ReluGate, relu_backward};
use serde::{Deserialize, Serialize};

#[cfg(feature = "flex")]
use super::layout::on_kernels;
use crate::relu::ReluRule;

/// A ReLU, clipped from above if `max` is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReluSpec {
    /// The largest value that comes out: 6 for ReLU6, nothing for a plain ReLU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f32>,
}

impl ReluSpec {
    pub(super) fn check(&self) -> Result<(), String> {
        match self.max {
            Some(max) if !(max.is_finite() && max > 0.0) => Err(format!("max {max} must be a positive number")),
            _ => Ok(()),
        }
    }
}

/// A ReLU.
#[derive(Module, Debug)]
pub struct Relu {
    /// Where it is clipped, if it is.
    #[module(skip)]
    pub max: Option<f32>,
}

impl Relu {
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match self.max {
            None => activation::relu(x),
            Some(max) => x.clamp(0.0, max),
        }
    }

    /// `y` is what the ReLU gave in the forward pass, of the same shape as `r`. The rules ask whether the input `f`
    /// was above 0 and below the clip, which `y` answers as well as `f`.
    pub(super) fn backward(&self, r: Tensor<4>, y: Tensor<4>, rule: ReluRule) -> Tensor<4> {
        #[cfg(feature = "flex")]
        if on_kernels(&r.device()) {
            return relu_backward(r, self.gated(y, rule));
        }
        rule.backward(y, r, self.max)
    }

    /// The same for a kernel.
    #[cfg(feature = "flex")]
    pub(crate) fn gated(&self, activation: Tensor<4>, rule: ReluRule) -> GatedRelu {
        GatedRelu {
            activation,
            gate: ReluGate {
                limit: self.max.unwrap_or(f32::INFINITY),
                on_activation: rule.on_activation(),
                on_gradient: rule.on_gradient(),
            },
        }
    }
}
