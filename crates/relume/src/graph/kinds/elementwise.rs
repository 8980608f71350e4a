//! Activations that are one function of one number and have no weights, other than the ReLU and the leaky ReLU.

use serde::{Deserialize, Serialize};

use super::{Kind, Shape, numbers, single};

/// The settings of such a function.
pub(crate) trait Elementwise {
    /// What is wrong with a setting.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

impl<F: Elementwise> Kind for F {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        self.check()?;
        single(inputs)
    }

    fn is_activation(&self) -> bool {
        true
    }

    /// A function or its derivative is put together of several operations, each of which gives a new tensor.
    fn workspace(&self, _input: Shape, output: Shape) -> u64 {
        4 * numbers(output)
    }
}

/// Functions without settings.
macro_rules! functions {
    ($($(#[$doc:meta])* $spec:ident)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $spec {}

            impl Elementwise for $spec {}
        )*
    };
}

functions! {
    /// The logistic function, `σ(x) = 1 / (1 + e⁻ˣ)`.
    SigmoidSpec
    /// The hyperbolic tangent.
    TanhSpec
    /// `x · σ(x)`, also called swish.
    SiluSpec
    /// `λ · x` where x is positive, `λ · α · (eˣ − 1)` elsewhere, with the α ≈ 1.6733 and λ ≈ 1.0507 of arXiv 1706.02515.
    SeluSpec
    /// `x · tanh(ln(1 + eˣ))`.
    MishSpec
    /// `(x + 3) / 6`, at least 0 and at most 1.
    HardSigmoidSpec
    /// `x · (x + 3) / 6` between −3 and 3, 0 below and x above.
    HardSwishSpec
}

/// `x · Φ(x)`, with the distribution function Φ of the normal distribution.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeluSpec {
    /// How Φ is computed.
    #[serde(default)]
    pub approximate: GeluApproximation,
}

impl Elementwise for GeluSpec {}

/// How a GELU computes Φ; the names are PyTorch's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GeluApproximation {
    /// By the error function.
    #[default]
    None,
    /// As `(1 + tanh(√(2/π) · (x + 0.044715 · x³))) / 2`.
    Tanh,
}

/// `x` where it is positive, `alpha · (eˣ − 1)` elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EluSpec {
    /// Large negative numbers become `−alpha`.
    #[serde(default = "one")]
    pub alpha: f32,
}

impl Elementwise for EluSpec {
    fn check(&self) -> Result<(), String> {
        moderate("alpha", self.alpha)
    }
}

/// `ln(1 + e^(beta · x)) / beta`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftplusSpec {
    /// How sharp the bend at 0 is.
    #[serde(default = "one")]
    pub beta: f32,
}

impl Elementwise for SoftplusSpec {
    fn check(&self) -> Result<(), String> {
        moderate("beta", self.beta)
    }
}

const fn one() -> f32 {
    1.0
}

/// A larger or smaller number would let a product overflow where the function itself does not.
fn moderate(field: &str, value: f32) -> Result<(), String> {
    if (1e-3..=1e3).contains(&value) {
        Ok(())
    } else {
        Err(format!("{field} {value} must lie between 0.001 and 1000"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        for value in [0.0, -1.0, 1e-4, 1e4, f32::NAN, f32::INFINITY] {
            assert!(EluSpec { alpha: value }.output(&[[3, 4, 5]]).is_err(), "{value}");
            assert!(SoftplusSpec { beta: value }.output(&[[3, 4, 5]]).is_err(), "{value}");
        }
        assert_eq!(EluSpec { alpha: 0.5 }.output(&[[3, 4, 5]]), Ok([3, 4, 5]));
        assert!(SiluSpec {}.output(&[[3, 4, 5]; 2]).is_err(), "two inputs");
    }
}
