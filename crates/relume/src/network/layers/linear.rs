//! A fully connected layer.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::defaults::yes;
use super::window::single;
use super::{Parameter, Parameters, Shape};

/// A fully connected layer over a flat input (`F×1×1`). Weights are `[O, F]`, the bias `[O]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearSpec {
    /// How many features come out.
    pub out_features: usize,
    /// Whether a bias is added.
    #[serde(default = "yes")]
    pub bias: bool,
}

impl LinearSpec {
    pub(super) fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        match single(inputs)? {
            [_, 1, 1] => Ok([self.out_features, 1, 1]),
            [c, h, w] => Err(format!("takes a flat input; {c}×{h}×{w} needs a `flatten` first")),
        }
    }

    pub(super) fn parameters(&self, [features, ..]: Shape) -> Vec<Parameter> {
        let weight = Parameter::new("weight", [self.out_features, features]);
        let bias = self.bias.then(|| Parameter::new("bias", [self.out_features]));
        std::iter::once(weight).chain(bias).collect()
    }

    pub(super) fn build(&self, parameters: &mut Parameters<'_>) -> crate::Result<Linear> {
        Ok(Linear {
            weight: parameters.take("weight")?,
            bias: if self.bias {
                Some(parameters.take("bias")?)
            } else {
                None
            },
        })
    }
}

/// A fully connected layer with its weights.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[O, F]`
    pub weight: Param<Tensor<2>>,
    /// `[O]`
    pub bias: Option<Param<Tensor<1>>>,
}

impl Linear {
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, features, ..] = x.dims();
        let y = x.reshape([batch, features]).matmul(self.weight.val().transpose());
        let y = match &self.bias {
            Some(bias) => y.add(bias.val().unsqueeze()),
            None => y,
        };
        let [batch, features] = y.dims();
        y.reshape([batch, features, 1, 1])
    }

    pub(super) fn backward(&self, r: Tensor<4>) -> Tensor<4> {
        let [batch, features, ..] = r.dims();
        let back = r.reshape([batch, features]).matmul(self.weight.val());
        let [batch, features] = back.dims();
        back.reshape([batch, features, 1, 1])
    }
}
