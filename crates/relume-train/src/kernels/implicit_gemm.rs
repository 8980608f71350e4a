//! A convolution as plain matrix products, without unfolding patches (implicit GEMM).
//!
//! Channels lie together: a picture is a row of positions, each a run of channels. Pad it with zeros and, for a stride
//! s, split its rows and columns into s × s phases (every s-th row and column). Then the positions that one tap of the
//! kernel meets, over all output positions in row order, lie one after the other in one phase, beginning at the tap's
//! offset. So each tap is one matrix product of such a run `[length, C]` with its weights `[C, O]`, and the convolution
//! is their sum. A run also meets the columns between the end of one output row and the start of the next; what is
//! computed there is dropped.

use std::ops::Deref;

use relume_kernels::Geometry;

/// A convolution's sizes, and those that its matrix products have.
#[derive(Debug, Clone, Copy)]
pub(super) struct ImplicitGemm(pub(super) Geometry);

impl Deref for ImplicitGemm {
    type Target = Geometry;

    fn deref(&self) -> &Geometry {
        &self.0
    }
}

/// Where one tap's run begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tap {
    pub(super) phase: usize,
    pub(super) offset: usize,
}

impl ImplicitGemm {
    /// `[height, width]` of one phase.
    fn phase_size(&self) -> [usize; 2] {
        let [top, left, bottom, right] = self.padding;
        let padded = [self.input[0] + top + bottom, self.input[1] + left + right];
        [padded[0].div_ceil(self.stride[0]), padded[1].div_ceil(self.stride[1])]
    }

    pub(super) fn phases(&self) -> usize {
        self.stride[0] * self.stride[1]
    }

    /// Positions in one phase.
    pub(super) fn phase_len(&self) -> usize {
        self.phase_size().iter().product()
    }

    /// Length of a row of a phase, and so of an output row with the columns that are dropped.
    fn pitch(&self) -> usize {
        self.phase_size()[1]
    }

    /// Length of a run.
    pub(super) fn run_len(&self) -> usize {
        (self.output[0] - 1) * self.pitch() + self.output[1]
    }

    /// Positions in the output with the columns that are dropped.
    pub(super) fn pitched_len(&self) -> usize {
        self.output[0] * self.pitch()
    }

    /// All taps in the order of the kernel.
    pub(super) fn tap_offsets(&self) -> impl Iterator<Item = Tap> + '_ {
        let [kh, kw] = self.kernel;
        (0..kh).flat_map(move |ky| {
            (0..kw).map(move |kx| {
                let [y, x] = [ky * self.dilation[0], kx * self.dilation[1]];
                Tap {
                    phase: (y % self.stride[0]) * self.stride[1] + x % self.stride[1],
                    offset: (y / self.stride[0]) * self.pitch() + x / self.stride[1],
                }
            })
        })
    }

    /// The largest offset of any tap.
    pub(super) fn max_offset(&self) -> usize {
        self.tap_offsets().map(|tap| tap.offset).max().unwrap_or(0)
    }

    /// How an input lies in its phases, `phase_len` positions apart.
    pub(super) fn input_layout(&self, phase_len: usize) -> PhaseLayout {
        let [top, left, ..] = self.padding;
        PhaseLayout::new(self.input, [top, left], self.stride, self.pitch(), phase_len)
    }

    /// How an output lies with the columns that are dropped, after `first` other positions.
    pub(super) fn output_layout(&self, first: usize) -> PhaseLayout {
        let mut layout = PhaseLayout::new(self.output, [0, 0], [1, 1], self.pitch(), 0);
        for segment in &mut layout.segments {
            segment.to += first;
        }
        layout
    }
}

/// Part of a row: every `step`-th position from `from` on, stored contiguously from `to` on.
#[derive(Debug, Clone, Copy)]
struct Segment {
    from: usize,
    step: usize,
    to: usize,
    count: usize,
}

/// Where each position of a picture lies in the phases.
#[derive(Debug, Clone)]
pub(super) struct PhaseLayout {
    segments: Vec<Segment>,
}

impl PhaseLayout {
    /// For a picture of `[height, width]` after a `border` of `[above, left]`: in phases of `phase_len` positions each, in
    /// rows of `pitch`.
    fn new(
        [height, width]: [usize; 2],
        border: [usize; 2],
        stride: [usize; 2],
        pitch: usize,
        phase_len: usize,
    ) -> Self {
        let mut segments = Vec::new();
        for y in 0..height {
            let (row, row_phase) = ((y + border[0]) / stride[0], (y + border[0]) % stride[0]);
            // Each of a row's first columns begins a segment of its own.
            for x in 0..stride[1].min(width) {
                let (column, phase) = ((x + border[1]) / stride[1], (x + border[1]) % stride[1]);
                segments.push(Segment {
                    from: y * width + x,
                    step: stride[1],
                    to: (row_phase * stride[1] + phase) * phase_len + row * pitch + column,
                    count: (width - x).div_ceil(stride[1]),
                });
            }
        }
        Self { segments }
    }

    /// Every position of the picture and where it lies.
    pub(super) fn positions(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.segments.iter().flat_map(|segment| {
            (0..segment.count).map(move |index| (segment.from + index * segment.step, segment.to + index))
        })
    }

    /// Writes a picture of `channels` to its phases, `pitch` numbers per position; what lies between must be zero and
    /// stays so.
    pub(super) fn scatter<T>(
        &self,
        picture: &[f32],
        channels: usize,
        out: &mut [T],
        pitch: usize,
        convert: impl Fn(f32) -> T,
    ) {
        for segment in &self.segments {
            if segment.step == 1 && pitch == channels {
                let from = &picture[segment.from * channels..][..segment.count * channels];
                for (out, value) in out[segment.to * pitch..].iter_mut().zip(from) {
                    *out = convert(*value);
                }
            } else {
                let from = picture[segment.from * channels..]
                    .chunks(channels)
                    .step_by(segment.step);
                let out = out[segment.to * pitch..].chunks_mut(pitch).take(segment.count);
                for (out, from) in out.zip(from) {
                    for (out, value) in out.iter_mut().zip(from) {
                        *out = convert(*value);
                    }
                }
            }
        }
    }

    /// The inverse of [`scatter`](Self::scatter): collects a picture of `channels` from its phases.
    pub(super) fn gather(&self, phases: &[f32], channels: usize, picture: &mut [f32]) {
        for segment in &self.segments {
            let to = picture[segment.from * channels..]
                .chunks_mut(channels)
                .step_by(segment.step);
            let from = phases[segment.to * channels..].chunks_exact(channels);
            for (to, from) in to.zip(from.take(segment.count)) {
                to.copy_from_slice(from);
            }
        }
    }
}
