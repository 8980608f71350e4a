//! Dropout.

use serde::{Deserialize, Serialize};

use super::{Kind, Shape, single};

/// Dropout. A trained network passes everything on; the rate is kept for those who train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropoutSpec {
    /// The share of values set to 0 while training.
    pub rate: f64,
}

impl Kind for DropoutSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        if (0.0..1.0).contains(&self.rate) {
            single(inputs)
        } else {
            Err(format!("rate {} must lie between 0 and 1 (1 excluded)", self.rate))
        }
    }
}
