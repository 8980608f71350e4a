//! Max-pooling, with the switches that its backward pass needs.

use burn::module::Module;
use burn::tensor::{IndexingUpdateOp, Int, Tensor, module::max_pool2d_with_indices, ops::MaxPoolOptions};
#[cfg(feature = "batch")]
use relume_kernels::Geometry;
use serde::{Deserialize, Serialize};

use super::Shape;
use super::defaults::ones;
use super::window::{Padding, Window};
#[cfg(feature = "batch")]
use crate::backend::Backend;

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
    pub(super) fn window(&self) -> Window {
        Window {
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
            dilation: self.dilation,
        }
    }

    pub(super) fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        self.window().pooled(inputs, self.ceil_mode)
    }
}

/// Max-pooling.
#[derive(Module, Debug)]
pub struct MaxPool2d {
    /// Its geometry.
    #[module(skip)]
    pub spec: MaxPool2dSpec,
}

impl MaxPool2d {
    /// As [`forward`](Self::forward), of several pictures and without switches to hold: quicker, and it can be
    /// differentiated. `None` on a backend that has no such operation.
    #[cfg(feature = "batch")]
    pub(crate) fn forward_batch(&self, x: &Tensor<4>) -> Option<Tensor<4>> {
        let [_, channels, height, width] = x.dims();
        let window = self.spec.window();
        let geometry = Geometry {
            channels,
            out_channels: channels,
            input: [height, width],
            output: window.output([height, width], self.spec.ceil_mode).ok()?,
            kernel: window.kernel,
            stride: window.stride,
            padding: window.padding,
            dilation: window.dilation,
            groups: channels,
        };
        let known = Backend::of(&x.device()) == Some(Backend::Flex);
        known.then(|| relume_kernels::batch::max_pool2d(x.clone(), geometry))
    }

    /// The pooled values, and for each the position (row · width + column) in the input that it came from: Zeiler
    /// and Fergus's switches. Among equal values the first in row order is taken, as in PyTorch.
    pub(crate) fn forward(&self, x: Tensor<4>) -> (Tensor<4>, Tensor<4, Int>) {
        let window = self.spec.window();
        let options = MaxPoolOptions {
            kernel_size: window.kernel,
            stride: window.stride,
            padding: window.pairs(),
            dilation: window.dilation,
            ceil_mode: self.spec.ceil_mode,
        };
        max_pool2d_with_indices(x, options)
    }

    /// Each value of `r` goes to the position its switch names; overlapping windows add up.
    pub(super) fn backward(&self, r: Tensor<4>, switches: Tensor<4, Int>, [_, height, width]: Shape) -> Tensor<4> {
        let [batch, channels, oh, ow] = r.dims();
        let flat = [batch, channels, oh * ow];
        Tensor::<3>::zeros([batch, channels, height * width], &r.device())
            .scatter(2, switches.reshape(flat), r.reshape(flat), IndexingUpdateOp::Add)
            .reshape([batch, channels, height, width])
    }
}
