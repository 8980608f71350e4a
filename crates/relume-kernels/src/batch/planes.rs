//! How a convolution becomes plain matrix products, without unfolding patches.
//!
//! Channels lie together: a picture is a row of positions, each a run of channels. Pad it with zeros and, for a stride
//! s, deal its rows and columns out to s × s phases (every s-th row and column). Then the positions that one tap of the
//! kernel meets, over all output positions in row order, lie one after the other in one phase, beginning at the tap's
//! offset. So each tap is one matrix product of such a run `[length, C]` with its weights `[C, O]`, and the convolution
//! is their sum. A run also meets the columns between the end of one output row and the start of the next; what is
//! computed there is dropped.

use crate::geometry::Geometry;

/// Where one tap's run begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tap {
    pub(super) phase: usize,
    pub(super) offset: usize,
}

impl Geometry {
    /// `[height, width]` of one phase.
    fn phase(&self) -> [usize; 2] {
        let [top, left, bottom, right] = self.padding;
        let padded = [self.input[0] + top + bottom, self.input[1] + left + right];
        [padded[0].div_ceil(self.stride[0]), padded[1].div_ceil(self.stride[1])]
    }

    pub(super) const fn phases(&self) -> usize {
        self.stride[0] * self.stride[1]
    }

    /// Length of a row of a phase, and so of an output row with the columns that are dropped.
    pub(super) fn pitch(&self) -> usize {
        self.phase()[1]
    }

    /// Positions in one phase.
    pub(super) fn plane(&self) -> usize {
        self.phase().iter().product()
    }

    /// Length of a run.
    pub(super) fn run(&self) -> usize {
        (self.output[0] - 1) * self.pitch() + self.output[1]
    }

    /// Positions in the output with the columns that are dropped.
    pub(super) fn wide(&self) -> usize {
        self.output[0] * self.pitch()
    }

    /// All taps in the order of the kernel.
    pub(super) fn tap_runs(&self) -> impl Iterator<Item = Tap> + '_ {
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
    pub(super) fn furthest(&self) -> usize {
        self.tap_runs().map(|tap| tap.offset).max().unwrap_or(0)
    }

    /// How an input lies in its phases, each of `plane` positions.
    pub(super) fn input_deal(&self, plane: usize) -> Deal {
        let [top, left, ..] = self.padding;
        Deal::new(self.input, [top, left], self.stride, self.pitch(), plane)
    }

    /// How an output lies with the columns that are dropped, after `first` other positions.
    pub(super) fn output_deal(&self, first: usize) -> Deal {
        let mut deal = Deal::new(self.output, [0, 0], [1, 1], self.pitch(), 0);
        for part in &mut deal.parts {
            part.to += first;
        }
        deal
    }
}

/// Part of a row: every `step`-th position from `from` on, stored contiguously from `to` on.
#[derive(Debug, Clone, Copy)]
struct Part {
    from: usize,
    step: usize,
    to: usize,
    count: usize,
}

/// Where each position of a picture goes.
#[derive(Debug, Clone)]
pub(super) struct Deal {
    parts: Vec<Part>,
}

impl Deal {
    /// For a picture of `[height, width]` after a `border` of `[above, left]`: to phases of `plane` positions each, in
    /// rows of `pitch`.
    fn new([height, width]: [usize; 2], border: [usize; 2], stride: [usize; 2], pitch: usize, plane: usize) -> Self {
        let mut parts = Vec::new();
        for y in 0..height {
            let (row, row_phase) = ((y + border[0]) / stride[0], (y + border[0]) % stride[0]);
            // Each of a row's first columns begins a part of its own.
            for x in 0..stride[1].min(width) {
                let (column, phase) = ((x + border[1]) / stride[1], (x + border[1]) % stride[1]);
                parts.push(Part {
                    from: y * width + x,
                    step: stride[1],
                    to: (row_phase * stride[1] + phase) * plane + row * pitch + column,
                    count: (width - x).div_ceil(stride[1]),
                });
            }
        }
        Self { parts }
    }

    /// Every position of the picture and where it goes.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.parts
            .iter()
            .flat_map(|part| (0..part.count).map(move |index| (part.from + index * part.step, part.to + index)))
    }

    /// Deals out a picture of `channels`, `pitch` numbers per position; what lies between must be zero and stays so.
    pub(super) fn spread<T>(
        &self,
        picture: &[f32],
        channels: usize,
        out: &mut [T],
        pitch: usize,
        convert: impl Fn(f32) -> T,
    ) {
        for part in &self.parts {
            if part.step == 1 && pitch == channels {
                let from = &picture[part.from * channels..][..part.count * channels];
                for (out, value) in out[part.to * pitch..].iter_mut().zip(from) {
                    *out = convert(*value);
                }
            } else {
                let from = picture[part.from * channels..].chunks(channels).step_by(part.step);
                for (out, from) in out[part.to * pitch..].chunks_mut(pitch).take(part.count).zip(from) {
                    for (out, value) in out.iter_mut().zip(from) {
                        *out = convert(*value);
                    }
                }
            }
        }
    }

    /// The inverse of `spread`: collects a picture of `channels` from where it was dealt to.
    pub(super) fn gather(&self, dealt: &[f32], channels: usize, picture: &mut [f32]) {
        for part in &self.parts {
            let to = picture[part.from * channels..].chunks_mut(channels).step_by(part.step);
            let from = dealt[part.to * channels..].chunks_exact(channels).take(part.count);
            for (to, from) in to.zip(from) {
                to.copy_from_slice(from);
            }
        }
    }
}
