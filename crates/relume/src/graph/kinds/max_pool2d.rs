//! Max-pooling.

use serde::{Deserialize, Serialize};

use super::defaults::ones;
use super::window::{Padding, Window};
use super::{Kind, Shape};

/// Max-pooling, as a model file describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxPool2dSpec {
    /// `[height, width]` of the window.
    pub kernel: [usize; 2],
    /// `[vertical, horizontal]` step.
    pub stride: [usize; 2],
    /// `[top, left, bottom, right]`; padding never wins.
    #[serde(default)]
    pub padding: Padding,
    /// Distance between the window's taps.
    #[serde(default = "ones")]
    pub dilation: [usize; 2],
    /// Whether a window that hangs over the end counts.
    #[serde(default)]
    pub ceil_mode: bool,
}

impl MaxPool2dSpec {
    pub(crate) const fn window(&self) -> Window {
        Window {
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
            dilation: self.dilation,
        }
    }
}

impl Kind for MaxPool2dSpec {
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
