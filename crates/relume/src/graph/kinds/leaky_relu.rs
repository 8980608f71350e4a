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
        if self.slope > 0.0 && self.slope < 1.0 {
            single(inputs)
        } else {
            Err(format!("slope {} must lie between 0 and 1, both excluded", self.slope))
        }
    }

    fn is_activation(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without a slope it would be a ReLU that no rule applies to.
    #[test]
    fn only_a_slope_between_0_and_1_is_taken() {
        let output = |slope| LeakyReluSpec { slope }.output(&[[3, 4, 5]]);
        assert_eq!(output(0.01), Ok([3, 4, 5]));
        for slope in [0.0, -0.0, -0.1, 1.0, f32::NAN, f32::INFINITY] {
            assert!(output(slope).is_err(), "{slope}");
        }
    }
}
