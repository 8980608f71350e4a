//! A convolution's sizes.

/// The most weights that are packed: 32 MiB each way, twice that where they are half transformed.
const MOST_PACKED: u64 = 1 << 23;
/// The most phases of a way back: a stride of eight.
const MOST_PHASES: usize = 64;
/// Multiplications that nobody waits for, some ten milliseconds.
const LITTLE_WORK: u64 = 1 << 27;

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
    #[cfg(any(test, feature = "batch"))]
    pub(crate) const fn input_len(&self) -> usize {
        self.channels * self.input[0] * self.input[1]
    }

    #[cfg(any(test, feature = "batch"))]
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

    /// Whether each pixel becomes one pixel, by a matrix for all of them.
    pub(crate) fn is_pointwise(&self) -> bool {
        self.groups == 1 && self.kernel == [1, 1] && self.stride == [1, 1] && self.padding == [0; 4]
    }

    /// Whether the output is what comes out of the input, and every product of sizes fits its type.
    pub(crate) fn is_consistent(&self) -> bool {
        let axis = |axis: usize| {
            let padded = self.input[axis]
                .checked_add(self.padding[axis])?
                .checked_add(self.padding[axis + 2])?;
            let span = self.kernel[axis]
                .checked_sub(1)?
                .checked_mul(self.dilation[axis])?
                .checked_add(1)?;
            let output = padded.checked_sub(span)?.checked_div(self.stride[axis])? + 1;
            // What is padded, and one step beyond it, is the furthest that any place lies.
            (self.dilation[axis] > 0 && self.input[axis] > 0 && self.output[axis] == output)
                .then(|| padded.checked_add(span)?.checked_add(self.stride[axis]))?
        };
        let divides = |channels: usize| channels > 0 && channels.checked_rem(self.groups) == Some(0);
        let product = |rows: usize, columns: usize| {
            let widest = self.channels.max(self.out_channels).checked_next_multiple_of(16)?;
            // Twelve: as many pixels as a tile has at most.
            rows.checked_mul(columns)?
                .checked_mul(widest)?
                .checked_mul(12 * size_of::<f32>())
        };
        divides(self.channels)
            && divides(self.out_channels)
            && axis(0)
                .zip(axis(1))
                .is_some_and(|(rows, columns)| product(rows, columns).is_some())
    }

    /// Whether the kernels do this better than others would.
    pub(crate) fn suits_packing(&self) -> bool {
        let depthwise = self.groups == self.channels && self.groups == self.out_channels;
        // Channels are packed in whole registers, of sixteen at most.
        let whole = |channels: usize| channels.next_multiple_of(16) as u64;
        let packed = whole(self.channels / self.groups) * whole(self.out_channels) * self.taps() as u64;
        let phases = self.stride[0] * self.stride[1];
        // Every input pixel meets the taps of its phase, whether an output lies there or not.
        let per_pixel = self.weight_len() as u64;
        let back = self.input[0].div_ceil(self.stride[0]) as u64 * self.input[1].div_ceil(self.stride[1]) as u64;
        let forward = self.output[0] as u64 * self.output[1] as u64;
        (self.groups == 1 || depthwise)
            && packed <= MOST_PACKED
            && phases <= MOST_PHASES
            && (back <= 8 * forward || back.saturating_mul(per_pixel) <= LITTLE_WORK)
    }
}
