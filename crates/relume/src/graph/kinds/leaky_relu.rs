//! Leaky ReLU.

use serde::{Deserialize, Serialize};

use super::{Kind, Shape, single};

/// `x` where it is positive, `slope · x` elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeakyReluSpec {
    /// What negative numbers are multiplied by.
    pub slope: f32,
}

impl Kind for LeakyReluSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        if (0.0..1.0).contains(&self.slope) {
            single(inputs)
        } else {
            Err(format!("slope {} must lie between 0 and 1 (1 excluded)", self.slope))
        }
    }
}
