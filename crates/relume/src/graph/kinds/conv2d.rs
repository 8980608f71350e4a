//! Convolution.

use serde::{Deserialize, Serialize};

use super::defaults::{one, ones, yes};
use super::window::{Padding, Window};
use super::{Kind, Parameter, Shape, single};

/// A convolution, as a model file describes it. Weights are `[O, I / groups, kh, kw]`, the bias `[O]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv2dSpec {
    /// How many channels come out.
    pub out_channels: usize,
    /// `[height, width]` of the kernel.
    pub kernel: [usize; 2],
    /// `[vertical, horizontal]` step.
    #[serde(default = "ones")]
    pub stride: [usize; 2],
    /// `[top, left, bottom, right]` zeros.
    #[serde(default)]
    pub padding: Padding,
    /// Distance between the kernel's taps.
    #[serde(default = "ones")]
    pub dilation: [usize; 2],
    /// Into how many groups the channels are split (depthwise: as many as there are channels).
    #[serde(default = "one")]
    pub groups: usize,
    /// Whether a bias is added.
    #[serde(default = "yes")]
    pub bias: bool,
}

impl Conv2dSpec {
    /// A convolution with a bias, of stride 1, without padding, dilation or groups:
    /// `Conv2dSpec { padding: [1; 4], ..Conv2dSpec::new(96, [3, 3]) }`.
    #[must_use]
    pub const fn new(out_channels: usize, kernel: [usize; 2]) -> Self {
        Self {
            out_channels,
            kernel,
            stride: ones(),
            padding: [0; 4],
            dilation: ones(),
            groups: one(),
            bias: yes(),
        }
    }

    pub(crate) const fn window(&self) -> Window {
        Window {
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
            dilation: self.dilation,
        }
    }
}

impl Kind for Conv2dSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let [channels, height, width] = single(inputs)?;
        let window = self.window();
        window.check()?;
        let groups = self.groups;
        if groups == 0 || !channels.is_multiple_of(groups) || !self.out_channels.is_multiple_of(groups) {
            return Err(format!(
                "groups {groups} must divide {channels} input and {} output channels",
                self.out_channels
            ));
        }
        let [height, width] = window.output([height, width], false)?;
        Ok([self.out_channels, height, width])
    }

    fn window(&self) -> Option<Window> {
        Some(self.window())
    }

    /// The most numbers that any backend holds at once besides input and output, over-estimated: the padded input, the
    /// spread-out signal of the backward pass with its borders, the unfolded patches of one tile.
    fn workspace(&self, [channels, height, width]: Shape, [_, oh, ow]: Shape) -> u64 {
        let window = self.window();
        let padded = window.padded([height, width]);
        let border = |axis: usize| padded[axis] + 2 * window.span(axis) as u64;
        let taps = self.kernel[0] as u64 * self.kernel[1] as u64;
        let patches = (channels / self.groups) as u64 * taps * (oh as u64 * ow as u64).min(512);
        let widest = channels.max(self.out_channels) as u64;
        patches.max(widest.saturating_mul(border(0)).saturating_mul(border(1)))
    }

    /// Multiplications of one forward pass.
    fn cost(&self, [channels, ..]: Shape, [_, oh, ow]: Shape) -> u64 {
        let taps = self.kernel[0] as u64 * self.kernel[1] as u64 * (channels / self.groups) as u64;
        taps.saturating_mul(self.out_channels as u64)
            .saturating_mul(oh as u64 * ow as u64)
    }

    /// With few output channels, in all or in a group, the kernels cannot keep as many products at hand.
    fn pace(&self) -> u64 {
        if self.groups == 1 && self.out_channels >= 8 {
            1
        } else {
            8
        }
    }

    fn parameters(&self, [channels, ..]: Shape) -> Vec<Parameter> {
        let [kh, kw] = self.kernel;
        let weight = Parameter::new("weight", [self.out_channels, channels / self.groups, kh, kw]);
        let bias = self.bias.then(|| Parameter::new("bias", [self.out_channels]));
        std::iter::once(weight).chain(bias).collect()
    }
}
