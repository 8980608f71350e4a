//! A convolution's sizes.

/// Any kernel, stride, padding, dilation and groups. Sizes fit together: whoever makes one has checked that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Channels in.
    pub channels: usize,
    /// Channels out.
    pub out_channels: usize,
    /// `[height, width]` that goes in.
    pub input: [usize; 2],
    /// `[height, width]` that comes out.
    pub output: [usize; 2],
    /// `[height, width]` of the kernel.
    pub kernel: [usize; 2],
    /// `[vertical, horizontal]` step.
    pub stride: [usize; 2],
    /// `[top, left, bottom, right]` zeros.
    pub padding: [usize; 4],
    /// Distance between the kernel's taps.
    pub dilation: [usize; 2],
    /// Into how many groups the channels are split.
    pub groups: usize,
}

impl Geometry {
    pub(crate) const fn input_len(&self) -> usize {
        self.channels * self.input[0] * self.input[1]
    }

    pub(crate) const fn output_len(&self) -> usize {
        self.out_channels * self.output[0] * self.output[1]
    }

    /// How many taps the kernel has.
    pub(crate) const fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Numbers in the weight, `[O, C / groups, kh, kw]`.
    pub(crate) const fn weight_len(&self) -> usize {
        self.out_channels * (self.channels / self.groups) * self.taps()
    }
}
