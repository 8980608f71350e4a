//! How a map was made.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::relu::ReluRule;

/// How a map was made: by one backward pass and a rule, or by what is computed from one or many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// One backward pass, by this rule at every ReLU.
    Rule(ReluRule),
    /// [`Trace::input_x_gradient`](crate::network::Trace::input_x_gradient)
    InputXGradient,
    /// [`IntegratedGradients`](super::IntegratedGradients)
    IntegratedGradients,
    /// [`SmoothGrad`](super::SmoothGrad)
    SmoothGrad,
    /// [`Trace::lrp`](crate::network::Trace::lrp)
    Lrp,
    /// [`Trace::grad_cam`](crate::network::Trace::grad_cam)
    GradCam,
    /// [`Trace::guided_grad_cam`](crate::network::Trace::guided_grad_cam)
    GuidedGradCam,
    /// [`Occlusion`](super::Occlusion)
    Occlusion,
    /// [`Rise`](super::Rise)
    Rise,
}

impl Method {
    /// Its name, in kebab-case: the same on the command line and in JavaScript.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.name(),
            Self::InputXGradient => "input-x-gradient",
            Self::IntegratedGradients => "integrated-gradients",
            Self::SmoothGrad => "smoothgrad",
            Self::Lrp => "lrp",
            Self::GradCam => "grad-cam",
            Self::GuidedGradCam => "guided-grad-cam",
            Self::Occlusion => "occlusion",
            Self::Rise => "rise",
        }
    }
}

impl From<ReluRule> for Method {
    fn from(rule: ReluRule) -> Self {
        Self::Rule(rule)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
