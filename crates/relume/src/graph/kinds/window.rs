//! The arithmetic of a window that slides over a picture: shared by convolution and pooling.

use super::{Shape, single};

/// `[top, left, bottom, right]`, in pixels.
pub type Padding = [usize; 4];

/// The largest kernel, stride, dilation and padding. With it and the limits of the graph no sum of sizes comes near the
/// end of 32 bits.
const LARGEST_WINDOW: usize = 1024;

/// A window's extent: kernel, stride, padding and dilation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) padding: Padding,
    pub(crate) dilation: [usize; 2],
}

impl Window {
    /// Refuses zeros and absurd sizes.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (what, sizes) in [
            ("kernel", self.kernel),
            ("stride", self.stride),
            ("dilation", self.dilation),
        ] {
            if sizes.iter().any(|&size| size == 0 || size > LARGEST_WINDOW) {
                return Err(format!("{what} {sizes:?} must lie between 1 and {LARGEST_WINDOW}"));
            }
        }
        if self.padding.iter().any(|&size| size > LARGEST_WINDOW) {
            return Err(format!("padding {:?} is larger than {LARGEST_WINDOW}", self.padding));
        }
        Ok(())
    }

    /// `((before, after), (before, after))` for rows and columns, as Burn wants it.
    pub(crate) const fn pairs(&self) -> [(usize, usize); 2] {
        let [top, left, bottom, right] = self.padding;
        [(top, bottom), (left, right)]
    }

    /// How many pixels the dilated kernel spans along `axis` (0: rows, 1: columns).
    pub(crate) const fn span(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) * self.dilation[axis] + 1
    }

    /// How many pixels it reads for one that it gives.
    pub(crate) const fn taps(&self) -> u64 {
        self.kernel[0] as u64 * self.kernel[1] as u64
    }

    /// The room that a pooling by this window may need: a picture with its padding, and a window beyond it.
    pub(crate) fn pooling_workspace(&self, [channels, height, width]: Shape) -> u64 {
        let [height, width] = self.padded([height, width]);
        let [kh, kw] = self.kernel.map(|size| size as u64);
        (channels as u64).saturating_mul(((height + kh) * (width + kw)).max(kh * kw))
    }

    /// The shape that a pooling by this window makes of its one input.
    pub(crate) fn pooled(&self, inputs: &[Shape], ceil: bool) -> Result<Shape, String> {
        let [channels, height, width] = single(inputs)?;
        self.check()?;
        let output = self.output([height, width], ceil)?;
        if !self.meets_the_input([height, width], output) {
            return Err(format!(
                "with padding {:?} a window would hold nothing but padding",
                self.padding
            ));
        }
        Ok([channels, output[0], output[1]])
    }

    /// A pooling of one picture's `input` by this window, as the kernels want it.
    #[cfg(feature = "flex")]
    pub(crate) fn pooling_geometry(
        &self,
        [channels, height, width]: Shape,
        ceil: bool,
    ) -> Option<relume_kernels::Geometry> {
        Some(relume_kernels::Geometry {
            channels,
            out_channels: channels,
            input: [height, width],
            output: self.output([height, width], ceil).ok()?,
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
            dilation: self.dilation,
            groups: channels,
        })
    }

    /// The input's `[height, width]` with its padding.
    pub(crate) fn padded(&self, input: [usize; 2]) -> [u64; 2] {
        let [top, left, bottom, right] = self.padding;
        [(input[0] + top + bottom) as u64, (input[1] + left + right) as u64]
    }

    /// Whether every window has a tap on a pixel that is not padding, along both axes.
    pub(crate) fn meets_the_input(&self, input: [usize; 2], output: [usize; 2]) -> bool {
        let pairs = self.pairs();
        (0..2).all(|axis| {
            let (before, _) = pairs[axis];
            (0..output[axis]).all(|i| {
                let start = i * self.stride[axis];
                let tap = before.saturating_sub(start).div_ceil(self.dilation[axis]);
                tap < self.kernel[axis] && start + tap * self.dilation[axis] < before + input[axis]
            })
        })
    }

    /// The output's `[height, width]` over an input of `[height, width]`; `ceil` rounds up, as PyTorch's `ceil_mode`.
    pub(crate) fn output(&self, input: [usize; 2], ceil: bool) -> Result<[usize; 2], String> {
        let pairs = self.pairs();
        let mut output = [0; 2];
        for axis in 0..2 {
            let (before, after) = pairs[axis];
            let padded = input[axis] + before + after;
            let span = self.span(axis);
            let Some(room) = padded.checked_sub(span) else {
                return Err(format!(
                    "a window of {span} does not fit into {padded} pixels (padding counted)"
                ));
            };
            let stride = self.stride[axis];
            let mut size = room / stride + 1;
            // A last window that hangs over the end counts only if it begins inside the input or its left padding.
            if ceil && !room.is_multiple_of(stride) && size * stride < input[axis] + before {
                size += 1;
            }
            output[axis] = size;
        }
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_sizes_are_pytorchs() {
        // (input, kernel, stride, before, after, dilation, ceil) -> size; hand-computed from PyTorch's documented formula.
        for (input, kernel, stride, before, after, dilation, ceil, size) in [
            (32, 3, 1, 1, 1, 1, false, 32),
            (32, 3, 2, 1, 1, 1, false, 16),
            (8, 3, 1, 0, 0, 1, false, 6),
            (224, 3, 2, 0, 1, 1, false, 112),
            (7, 3, 2, 0, 0, 1, false, 3),
            (8, 3, 2, 0, 0, 1, true, 4),
            (8, 3, 2, 1, 1, 1, true, 5),
            (3, 2, 2, 1, 1, 1, true, 2), // a third window would begin in the right padding
            (9, 3, 1, 0, 0, 4, false, 1),
        ] {
            let window = Window {
                kernel: [kernel; 2],
                stride: [stride; 2],
                padding: [before, before, after, after],
                dilation: [dilation; 2],
            };
            assert_eq!(window.output([input; 2], ceil), Ok([size; 2]), "{input} {window:?}");
        }
    }
}
