//! A convolution's sizes.

/// Weights that may be packed whatever the packing adds to them: 32 MiB, twice that where Winograd's transform is half done.
const MOST_PACKED: u64 = 1 << 23;
/// From this many output pixels on, more weights than [`MOST_PACKED`] are packed, if padding at most doubles them. For fewer pixels, reading the weights
/// unpacked once for each pixel is as fast.
const MANY_PIXELS: u64 = 8;
/// The most weights that are packed for many pixels: half a gigabyte.
const MOST_FOR_MANY_PIXELS: u64 = 1 << 27;
/// The most phases of a backward pass: those of a stride of eight.
const MOST_PHASES: usize = 64;
/// Multiplications too few for anyone to notice: some ten milliseconds.
const LITTLE_WORK: u64 = 1 << 27;

/// Any kernel, stride, padding, dilation and groups. The caller checks that the sizes fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Input channels.
    pub channels: usize,
    /// Output channels.
    pub out_channels: usize,
    /// `[height, width]` of the input.
    pub input: [usize; 2],
    /// `[height, width]` of the output.
    pub output: [usize; 2],
    /// `[height, width]` of the kernel.
    pub kernel: [usize; 2],
    /// `[vertical, horizontal]` step.
    pub stride: [usize; 2],
    /// `[top, left, bottom, right]` zeros.
    pub padding: [usize; 4],
    /// Distance between the kernel's taps.
    pub dilation: [usize; 2],
    /// How many groups the channels are split into.
    pub groups: usize,
}

impl Geometry {
    /// How many numbers an input, `[C, height, width]`, has.
    #[must_use]
    pub const fn input_len(&self) -> usize {
        self.channels * self.input[0] * self.input[1]
    }

    /// How many numbers an output has.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.out_channels * self.output[0] * self.output[1]
    }

    /// How many taps the kernel has.
    #[must_use]
    pub const fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// How many numbers the weight, `[O, C / groups, kh, kw]`, has.
    #[must_use]
    pub const fn weight_len(&self) -> usize {
        self.out_channels * (self.channels / self.groups) * self.taps()
    }

    /// Whether each output pixel is one input pixel multiplied by the same matrix.
    pub(crate) fn is_pointwise(&self) -> bool {
        self.groups == 1 && self.kernel == [1, 1] && self.stride == [1, 1] && self.padding == [0; 4]
    }

    /// Whether the output's size follows from the input's, the groups divide the channels, and no count of numbers overflows.
    pub(crate) fn fits(&self) -> bool {
        let divides = |channels: usize| channels > 0 && channels.checked_rem(self.groups) == Some(0);
        let count = |factors: &[usize]| {
            let count = factors
                .iter()
                .try_fold(size_of::<f32>(), |product, &factor| product.checked_mul(factor));
            count.is_some()
        };
        let [kh, kw] = self.kernel;
        divides(self.channels)
            && divides(self.out_channels)
            && self.reach().is_some()
            && count(&[self.channels, self.input[0], self.input[1]])
            && count(&[self.out_channels, self.output[0], self.output[1]])
            && count(&[self.out_channels, self.channels / self.groups, kh, kw])
    }

    /// Whether the sizes fit together, and no product of them overflows that a kernel with packed weights computes.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let product = |[rows, columns]: [usize; 2]| {
            let widest = self.channels.max(self.out_channels).checked_next_multiple_of(16)?;
            // A tile has at most twelve pixels.
            rows.checked_mul(columns)?
                .checked_mul(widest)?
                .checked_mul(12 * size_of::<f32>())
        };
        self.fits() && self.reach().and_then(product).is_some()
    }

    /// Along each axis a bound of all positions that a kernel computes: none lies further out than the padded input, one kernel and one step.
    /// `None` if the output's size does not follow from the input's.
    fn reach(&self) -> Option<[usize; 2]> {
        let axis = |axis: usize| {
            let padded = self.input[axis]
                .checked_add(self.padding[axis])?
                .checked_add(self.padding[axis + 2])?;
            let span = self.kernel[axis]
                .checked_sub(1)?
                .checked_mul(self.dilation[axis])?
                .checked_add(1)?;
            let output = padded.checked_sub(span)?.checked_div(self.stride[axis])? + 1;
            (self.dilation[axis] > 0 && self.input[axis] > 0 && self.output[axis] == output)
                .then(|| padded.checked_add(span)?.checked_add(self.stride[axis]))?
        };
        Some([axis(0)?, axis(1)?])
    }

    /// Whether each channel is a group of its own.
    pub(crate) const fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.groups == self.channels && self.groups == self.out_channels
    }

    /// Whether packing the weights pays; if not, `conv2d::patches` reads them unpacked.
    pub(crate) fn suits_packing(&self) -> bool {
        // Channels are packed in whole registers, of at most sixteen numbers.
        let whole = |channels: usize| channels.next_multiple_of(16) as u64;
        let [channels, out_channels] = [self.channels, self.out_channels].map(|channels| channels / self.groups);
        let packed = if self.is_depthwise() {
            whole(self.channels)
        } else {
            (self.groups as u64).saturating_mul(whole(channels) * whole(out_channels))
        };
        let packed = packed.saturating_mul(self.taps() as u64);
        let phases = self.stride[0] * self.stride[1];
        // The backward pass multiplies every input pixel by the taps of its phase, whether an output lies there or not.
        let per_pixel = self.weight_len() as u64;
        let backward = self.input[0].div_ceil(self.stride[0]) as u64 * self.input[1].div_ceil(self.stride[1]) as u64;
        let forward = self.output[0] as u64 * self.output[1] as u64;
        let at_most_doubled = packed <= per_pixel.saturating_mul(2).min(MOST_FOR_MANY_PIXELS);
        self.is_consistent()
            && (packed <= MOST_PACKED || (at_most_doubled && forward >= MANY_PIXELS))
            && phases <= MOST_PHASES
            && (backward <= 8 * forward || backward.saturating_mul(per_pixel) <= LITTLE_WORK)
    }
}
