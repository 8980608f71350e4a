//! How a convolution becomes plain matrix products, without unfolding patches.
//!
//! Pad the picture with zeros and, for a stride s, deal its rows and columns out to s × s phases (every s-th row and
//! column). Then the pixels that one tap of the kernel meets, over all output positions in row order, lie one after
//! the other in one phase, beginning at the tap's offset: a run. So each tap is one matrix product of its weights
//! `[O, C]` with runs `[C, length]`, and the convolution is their sum. A run also meets the columns between the end of
//! one output row and the start of the next; what is computed there is dropped.

use crate::geometry::Geometry;

/// Where one tap's run begins.
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

    /// Length of a row of a phase, and so of an output row with the columns that are dropped.
    pub(super) fn pitch(&self) -> usize {
        self.phase()[1]
    }

    /// Numbers in one channel of one phase.
    pub(super) fn plane(&self) -> usize {
        self.phase().iter().product()
    }

    /// Numbers in all phases of all channels of one picture.
    pub(super) fn planes_len(&self) -> usize {
        self.stride[0] * self.stride[1] * self.channels * self.plane()
    }

    /// Length of a run.
    pub(super) fn run(&self) -> usize {
        (self.output[0] - 1) * self.pitch() + self.output[1]
    }

    /// Numbers in one channel of the output with the columns that are dropped.
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

    /// Where input row `y` lies: which row of phases, and which row in it.
    const fn row(&self, y: usize) -> (usize, usize) {
        let y = y + self.padding[0];
        (y % self.stride[0], y / self.stride[0])
    }

    /// Calls `each` with every row of a picture: its place among the planes (of the row's first column's phase) and its
    /// first position in the picture.
    fn rows(&self, mut each: impl FnMut(usize, usize)) {
        let plane = self.plane();
        for channel in 0..self.channels {
            for y in 0..self.input[0] {
                let (phase, row) = self.row(y);
                let place = (phase * self.stride[1] * self.channels + channel) * plane + row * self.pitch();
                each(place, (channel * self.input[0] + y) * self.input[1]);
            }
        }
    }

    /// Where input column `x` lies, from the place that [`rows`](Self::rows) gives.
    fn column(&self, x: usize) -> usize {
        let x = x + self.padding[1];
        (x % self.stride[1]) * self.channels * self.plane() + x / self.stride[1]
    }

    /// Deals a picture `[C, H, W]` out to `planes`, whose borders must be zero and stay so.
    pub(super) fn spread(&self, picture: &[f32], planes: &mut [f32]) {
        let width = self.input[1];
        self.rows(|place, from| {
            let row = &picture[from..from + width];
            if self.stride[1] == 1 {
                let place = place + self.padding[1];
                planes[place..place + width].copy_from_slice(row);
            } else {
                for (x, value) in row.iter().enumerate() {
                    planes[place + self.column(x)] = *value;
                }
            }
        });
    }

    /// The other way: collects a picture `[C, H, W]` from `planes`.
    pub(super) fn gather(&self, planes: &[f32], picture: &mut [f32]) {
        let width = self.input[1];
        self.rows(|place, to| {
            let row = &mut picture[to..to + width];
            if self.stride[1] == 1 {
                let place = place + self.padding[1];
                row.copy_from_slice(&planes[place..place + width]);
            } else {
                for (x, value) in row.iter_mut().enumerate() {
                    *value = planes[place + self.column(x)];
                }
            }
        });
    }

    /// Puts an output `[O, oh, ow]` into rows of `pitch`; the columns between must be zero and stay so.
    pub(super) fn widen(&self, output: &[f32], wide: &mut [f32]) {
        let width = self.output[1];
        for (row, wide) in output.chunks_exact(width).zip(wide.chunks_exact_mut(self.pitch())) {
            wide[..width].copy_from_slice(row);
        }
    }

    /// The other way: drops the columns between.
    pub(super) fn narrow(&self, wide: &[f32], output: &mut [f32]) {
        let width = self.output[1];
        for (row, wide) in output.chunks_exact_mut(width).zip(wide.chunks_exact(self.pitch())) {
            row.copy_from_slice(&wide[..width]);
        }
    }
}
