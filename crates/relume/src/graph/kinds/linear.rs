//! A fully connected layer.

use serde::{Deserialize, Serialize};

use super::defaults::yes;
use super::{Kind, Parameter, Shape, single};

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

impl Kind for LinearSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        match single(inputs)? {
            [_, 1, 1] => Ok([self.out_features, 1, 1]),
            [c, h, w] => Err(format!("takes a flat input; {c}×{h}×{w} needs a `flatten` first")),
        }
    }

    fn cost(&self, [features, ..]: Shape, _output: Shape) -> u64 {
        self.out_features as u64 * features as u64
    }

    /// Each weight is read for one multiplication.
    fn pace(&self) -> u64 {
        8
    }

    fn parameters(&self, [features, ..]: Shape) -> Vec<Parameter> {
        let weight = Parameter::new("weight", [self.out_features, features]);
        let bias = self.bias.then(|| Parameter::new("bias", [self.out_features]));
        std::iter::once(weight).chain(bias).collect()
    }
}
