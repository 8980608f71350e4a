//! The ReLU as a layer: its way back is [`ReluRule`]'s, and nobody else's.

use burn::module::Module;
use burn::tensor::{Tensor, activation};
#[cfg(feature = "flex")]
use relume_kernels::conv2d::Gate;
use serde::{Deserialize, Serialize};

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

    /// `y` is what the ReLU gave on the way forward. The rules ask whether its input `f` was above 0 and below the clip,
    /// which `y` answers as well as `f`.
    pub(super) fn backward(&self, r: Tensor<4>, y: Tensor<4>, ruling: &mut Ruling) -> Tensor<4> {
        ruling.applied += 1;
        ruling.rule.backward(y, r, self.max)
    }

    /// The same for a kernel that passes the ReLU together with the convolution behind it.
    #[cfg(feature = "flex")]
    pub(super) fn gate(&self, y: Tensor<4>, rule: ReluRule) -> Gate {
        Gate {
            y,
            max: self.max,
            by_input: rule.asks_input(),
            by_signal: rule.asks_signal(),
        }
    }
}

/// A rule on its way back through a network, and at how many ReLUs it was applied so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ruling {
    pub(crate) rule: ReluRule,
    pub(crate) applied: usize,
}
