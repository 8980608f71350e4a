//! Average pooling over a window.

use serde::{Deserialize, Serialize};

use super::defaults::{ones, yes};
use super::window::{Padding, Window};
use super::{Kind, Shape};

/// Average pooling, as a model file describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AvgPool2dSpec {
    /// `[height, width]` of the window.
    pub kernel: [usize; 2],
    /// `[vertical, horizontal]` step.
    pub stride: [usize; 2],
    /// `[top, left, bottom, right]` zeros.
    #[serde(default)]
    pub padding: Padding,
    /// Whether a window that hangs over the end counts.
    #[serde(default)]
    pub ceil_mode: bool,
    /// Whether padding counts in the denominator, as PyTorch's default.
    #[serde(default = "yes")]
    pub count_include_pad: bool,
}

impl AvgPool2dSpec {
    pub(crate) const fn window(&self) -> Window {
        Window {
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
            dilation: ones(),
        }
    }
}

impl Kind for AvgPool2dSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        self.window().pooled(inputs, self.ceil_mode)
    }

    fn window(&self) -> Option<Window> {
        Some(self.window())
    }

    fn workspace(&self, input: Shape, _output: Shape) -> u64 {
        self.window().pooling_workspace(input)
    }
}
