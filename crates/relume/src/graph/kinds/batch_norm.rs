//! Batch normalisation, with the statistics of training.

use serde::{Deserialize, Serialize};

use super::{Kind, Parameter, Shape, single};

/// Batch normalisation with kept statistics: `(x − running_mean) / √(running_var + epsilon) · weight + bias`, each
/// a tensor `[C]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNormSpec {
    /// Added to the variance.
    #[serde(default = "epsilon")]
    pub epsilon: f64,
}

const fn epsilon() -> f64 {
    1e-5
}

impl Kind for BatchNormSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        if self.epsilon.is_finite() && self.epsilon > 0.0 {
            single(inputs)
        } else {
            Err(format!("epsilon {} must be a positive number", self.epsilon))
        }
    }

    fn parameters(&self, [channels, ..]: Shape) -> Vec<Parameter> {
        let [weight, bias, mean, variance] =
            ["weight", "bias", "running_mean", "running_var"].map(|name| Parameter::new(name, [channels]));
        let variance = Parameter {
            non_negative: true,
            ..variance
        };
        vec![weight, bias, mean, variance]
    }
}
