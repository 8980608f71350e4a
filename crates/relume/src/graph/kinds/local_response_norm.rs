//! Normalisation over neighbouring channels.

use serde::{Deserialize, Serialize};

use super::{Kind, Shape, numbers, single};

/// Normalisation over neighbouring channels, as AlexNet has it (Krizhevsky 2012, section 3.3): each number is divided by
/// `(k + alpha / size · s)^beta`, where `s` is the sum of the squares at its position in the `size` channels around its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalResponseNormSpec {
    /// How many channels: an odd number, so that as many lie before as after.
    pub size: usize,
    /// What the mean of the squares is multiplied by.
    #[serde(default = "alpha")]
    pub alpha: f32,
    /// The exponent.
    #[serde(default = "beta")]
    pub beta: f32,
    /// What is added, from 10⁻⁶ on.
    #[serde(default = "k")]
    pub k: f32,
}

/// Of `k`: divided by less, numbers would leave the range of f32.
const SMALLEST: f32 = 1e-6;

const fn alpha() -> f32 {
    1e-4
}

const fn beta() -> f32 {
    0.75
}

const fn k() -> f32 {
    1.0
}

impl Kind for LocalResponseNormSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let Self { size, alpha, beta, k } = *self;
        if size.is_multiple_of(2) {
            return Err(format!("size {size} must be odd"));
        }
        let sound = |setting: f32| (0.0..=1e6).contains(&setting);
        if !(sound(alpha) && sound(beta) && sound(k) && k >= SMALLEST) {
            return Err(format!(
                "alpha {alpha}, beta {beta} and k {k} must lie between 0 and 10⁶, and k from 10⁻⁶ on"
            ));
        }
        single(inputs)
    }

    fn workspace(&self, input: Shape, _output: Shape) -> u64 {
        numbers(input).saturating_mul(8)
    }

    fn cost(&self, input: Shape, output: Shape) -> u64 {
        // The sums are exact, in f64 and one number at a time: each takes as long as a dozen multiplications elsewhere.
        let channels = self.size.min(input[0].saturating_mul(2)) as u64;
        numbers(output).saturating_mul(channels).saturating_mul(12)
    }

    /// Its [cost](Kind::cost) counts the time of its sums already.
    fn pace(&self) -> u64 {
        3
    }
}
