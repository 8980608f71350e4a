//! ReLU.

use serde::{Deserialize, Serialize};

use super::{Kind, Shape, single};

/// A ReLU, clipped from above if `max` is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReluSpec {
    /// The largest value that comes out: 6 for ReLU6, nothing for a plain ReLU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f32>,
}

impl Kind for ReluSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        match self.max {
            Some(max) if !(max.is_finite() && max > 0.0) => Err(format!("max {max} must be a positive number")),
            _ => single(inputs),
        }
    }

    fn is_activation(&self) -> bool {
        true
    }
}
