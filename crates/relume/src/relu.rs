//! The three rules: what a signal becomes in the backward pass through a ReLU.
//!
//! Everything else in a network (convolution, pooling, another activation) sends a signal back by its ordinary gradient. The
//! three methods differ here, and only here. With `f` the ReLU's input in the forward pass and `R` the signal that
//! arrives from above:
//!
//! | rule | back through the ReLU | source |
//! |---|---|---|
//! | [`Backprop`](ReluRule::Backprop) | `R · [f > 0]` | Simonyan, Vedaldi, Zisserman 2013, arXiv 1312.6034 |
//! | [`Deconvnet`](ReluRule::Deconvnet) | `R · [R > 0]` | Zeiler, Fergus 2013, arXiv 1311.2901 |
//! | [`Guided`](ReluRule::Guided) | `R · [f > 0] · [R > 0]` | Springenberg et al. 2014, arXiv 1412.6806 |
//!
//! For a ReLU clipped at `max` (ReLU6) "f > 0" reads "0 < f < max".
//!
//! The worked example, Figure 1b of arXiv 1412.6806:
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use relume::ReluRule;
//!
//! let device = Device::flex();
//! let f = Tensor::<2>::from_floats([[1., -1., 5.], [2., -5., -7.], [-3., 2., 4.]], &device);
//! let r = Tensor::<2>::from_floats([[-2., 3., -1.], [6., -3., 1.], [2., -1., 3.]], &device);
//! let back = |rule: ReluRule| rule.backward(f.clone(), r.clone(), None).into_data().try_into_vec::<f32>();
//!
//! assert_eq!(back(ReluRule::Backprop)?, [-2., 0., -1., 6., 0., 0., 0., -1., 3.]);
//! assert_eq!(back(ReluRule::Deconvnet)?, [0., 3., 0., 6., 0., 1., 2., 0., 3.]);
//! assert_eq!(back(ReluRule::Guided)?, [0., 0., 0., 6., 0., 0., 0., 0., 3.]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{fmt, str::FromStr};

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};

/// What a signal becomes in the backward pass through a ReLU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReluRule {
    /// The plain gradient, also called saliency: passes where the forward input was positive.
    Backprop,
    /// Passes where the signal itself is positive, whatever went forward.
    Deconvnet,
    /// Passes where both are positive.
    Guided,
}

impl ReluRule {
    /// All three, in the order of the paper.
    pub const ALL: [Self; 3] = [Self::Backprop, Self::Deconvnet, Self::Guided];

    /// The rule's name, as [`FromStr`] reads it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Backprop => "backprop",
            Self::Deconvnet => "deconvnet",
            Self::Guided => "guided",
        }
    }

    /// [`backward`](Self::backward) over plain numbers, for teaching.
    ///
    /// # Errors
    /// `shape-mismatch` if `f` and `r` differ in length or are empty, `not-finite` for NaN or an infinity.
    pub fn backward_values(self, f: &[f32], r: &[f32]) -> Result<Vec<f32>, Error> {
        if f.is_empty() || f.len() != r.len() {
            return Err(Error::new(
                ErrorKind::ShapeMismatch,
                format!(
                    "f has {} numbers and R has {}; they must have the same, non-zero length",
                    f.len(),
                    r.len()
                ),
            ));
        }
        if f.iter().chain(r).any(|value| !value.is_finite()) {
            return Err(Error::new(ErrorKind::NotFinite, "f and R must be finite numbers"));
        }
        let passes = |f: f32, r: f32| (!self.on_activation() || f > 0.0) && (!self.on_gradient() || r > 0.0);
        Ok(f.iter()
            .zip(r)
            .map(|(&f, &r)| if passes(f, r) { r } else { 0.0 })
            .collect())
    }

    /// Sends the signal `r` back through a ReLU whose input in the forward pass was `f` (both of one shape).
    ///
    /// `max` is the value at which the ReLU is clipped: `Some(6.0)` for ReLU6, `None` for a plain one. Where `f` or
    /// `r` is exactly 0 the result is 0.
    #[must_use]
    pub fn backward<const D: usize>(self, f: Tensor<D>, r: Tensor<D>, max: Option<f32>) -> Tensor<D> {
        let r = if self.on_gradient() { r.clamp_min(0.0) } else { r };
        if !self.on_activation() {
            return r;
        }
        let silent = match max {
            None => f.lower_equal_scalar(0.0),
            Some(max) => f.clone().lower_equal_scalar(0.0).bool_or(f.greater_equal_scalar(max)),
        };
        r.mask_fill(silent, 0.0)
    }

    /// Whether a signal passes only where the forward input was positive (and not clipped): the factor `[f > 0]`.
    #[must_use]
    pub const fn on_activation(self) -> bool {
        matches!(self, Self::Backprop | Self::Guided)
    }

    /// Whether a signal passes only where it is itself positive: the factor `[R > 0]`.
    #[must_use]
    pub const fn on_gradient(self) -> bool {
        matches!(self, Self::Deconvnet | Self::Guided)
    }
}

impl fmt::Display for ReluRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ReluRule {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|rule| rule.name() == name).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidOption,
                format!("there is no rule `{name}`; the rules are backprop, deconvnet and guided"),
            )
        })
    }
}
