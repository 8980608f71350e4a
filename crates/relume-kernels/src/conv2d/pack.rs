//! Weights in the order in which the kernels read them.

use super::tile::blocks;
use super::winograd::{IN_TILE, SIDE, kernel_column_transform};
use crate::aligned::Aligned;
use crate::geometry::Geometry;
use crate::lanes::Width;

/// The weights of one direction, as they lie in `[O, I, kh, kw]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights<'a> {
    values: &'a [f32],
    /// From one channel that goes in to the next, and from one that comes out to the next. Taps follow each other.
    from: usize,
    to: usize,
}

impl<'a> Weights<'a> {
    pub(super) const fn forward(g: &Geometry, values: &'a [f32]) -> Self {
        Self {
            values,
            from: g.taps(),
            to: g.channels / g.groups * g.taps(),
        }
    }

    /// What comes out goes in.
    pub(super) const fn backward(g: &Geometry, values: &'a [f32]) -> Self {
        let Self { from, to, .. } = Self::forward(g, values);
        Self {
            values,
            from: to,
            to: from,
        }
    }

    pub(super) fn at(&self, tap: usize, from: usize, to: usize) -> f32 {
        self.values[tap + from * self.from + to * self.to]
    }
}

/// For a tile: group after group, and in each block after block of channels out; in each block, a row of its channels for every
/// number of the source, tap after tap. Channels, of one group, are rounded up to whole registers.
pub(super) fn rows(
    weights: Weights<'_>,
    taps: &[usize],
    [channels, out_channels]: [usize; 2],
    groups: usize,
    width: Width,
) -> Aligned<f32> {
    let length = groups * taps.len() * channels * out_channels.next_multiple_of(width.count());
    Aligned::pushed(length, |packed| {
        for group in 0..groups {
            let values = &weights.values[weights.values.len() / groups * group..];
            let mut first = 0;
            for block in blocks(out_channels, width) {
                let length = block * width.count();
                let there = length.min(out_channels - first);
                for &tap in taps {
                    for from in 0..channels {
                        let row = &values[tap + from * weights.from + first * weights.to..];
                        packed.extend(row.iter().step_by(weights.to).take(there));
                        packed.resize(packed.len() + length - there, 0.0);
                    }
                }
                first += length;
            }
        }
    })
}

/// For Winograd's products, transformed down their columns: block after block of channels out; in each, line after line
/// of components; in each, for every channel in, a row of the block's channels for every column. Channels out fill whole
/// registers.
pub(super) fn half_transformed(
    weights: Weights<'_>,
    taps: &[usize; SIDE * SIDE],
    [channels, out_channels]: [usize; 2],
    width: Width,
) -> Aligned<f32> {
    let length = IN_TILE * SIDE * channels * out_channels;
    Aligned::pushed(length, |packed| {
        let mut first = 0;
        for block in blocks(out_channels, width) {
            let row = block * width.count();
            let begin = packed.len();
            packed.resize(begin + IN_TILE * SIDE * channels * row, 0.0);
            let packed = &mut packed[begin..];
            for (from, to) in (0..channels).flat_map(|from| (0..row).map(move |to| (from, to))) {
                let lines = kernel_column_transform(taps.map(|tap| weights.at(tap, from, first + to)));
                for (line, values) in lines.into_iter().enumerate() {
                    for (x, value) in values.into_iter().enumerate() {
                        packed[((line * channels + from) * SIDE + x) * row + to] = value;
                    }
                }
            }
            first += row;
        }
    })
}

/// For depthwise convolutions: register after register of channels, in each a row of numbers for every tap. Channels are
/// rounded up to whole registers.
pub(super) fn registers(weights: Weights<'_>, taps: &[usize], channels: usize, width: Width) -> Aligned<f32> {
    let count = width.count();
    Aligned::pushed(taps.len() * channels.next_multiple_of(count), |packed| {
        for first in (0..channels).step_by(count) {
            let there = count.min(channels - first);
            for &tap in taps {
                packed.extend((first..first + there).map(|channel| weights.at(tap, 0, channel)));
                packed.resize(packed.len() + count - there, 0.0);
            }
        }
    })
}
