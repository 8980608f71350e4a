//! A convolution's weights in the order in which the forward pass reads them. The backward pass wants the same numbers
//! transposed; they are kept once, and transposed as it goes.

use std::mem::MaybeUninit;

use crate::aligned::Aligned;
use crate::epilogue::load;
use crate::geometry::Geometry;
use crate::lanes::{Lanes, OverLanes, WIDEST, Width, dispatch, transpose};

use super::tile::blocks;

/// The order of the channels that go in, and of the taps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Tap after tap, all channels of each.
    ByTap,
    /// Channel after channel, all taps of each.
    ByChannel,
}

/// Group after group; in each, block after block of output channels; in each, a row of the block's channels for every channel
/// that goes in and every tap. Output channels, of one group, are rounded up to whole registers.
#[derive(Debug)]
pub(super) struct PackedWeights {
    shape: Shape,
    values: Aligned<f32>,
}

#[derive(Debug, Clone, Copy)]
struct Shape {
    order: Order,
    width: Width,
    groups: usize,
    taps: usize,
    /// Of one group.
    channels: usize,
    out_channels: usize,
}

impl PackedWeights {
    /// `weight` is `[O, C / groups, kh, kw]`; each output channel's is multiplied by its `scale`, if there is one.
    pub(super) fn new(g: &Geometry, order: Order, width: Width, weight: &[f32], scale: Option<&[f32]>) -> Self {
        assert_eq!(weight.len(), g.weight_len());
        assert!(scale.is_none_or(|scale| scale.len() == g.out_channels));
        let [channels, out_channels] = [g.channels, g.out_channels].map(|channels| channels / g.groups);
        let width = match g.groups {
            1 => width,
            _ => width.filled_by(channels.min(out_channels)),
        };
        let whole = [channels, out_channels]
            .iter()
            .all(|count| count.is_multiple_of(width.count()));
        assert!(order == Order::ByTap || whole, "whole registers");
        let shape = Shape {
            order,
            width,
            groups: g.groups,
            taps: g.taps(),
            channels,
            out_channels,
        };
        let row = out_channels.next_multiple_of(width.count());
        let mut values = Aligned::zeros(g.groups * g.taps() * channels * row);
        let job = Pack {
            shape,
            weight,
            scale,
            to: &mut values,
        };
        dispatch(width, job);
        Self { shape, values }
    }

    /// The width of the registers that rows are packed for.
    pub(super) const fn width(&self) -> Width {
        self.shape.width
    }

    /// The rows of the forward pass.
    pub(super) fn forward(&self) -> &[f32] {
        &self.values
    }

    /// What an output channel's inputs are multiplied by, `[C / groups, kh, kw]` in row-major order.
    pub(super) fn of_channel(&self, channel: usize) -> impl Iterator<Item = f32> {
        let Shape {
            order,
            width,
            taps,
            channels,
            out_channels,
            ..
        } = self.shape;
        let (group, channel) = (channel / out_channels, channel % out_channels);
        let mut blocks = self.shape.blocks(group);
        let block = blocks.find(|&(first, registers, _)| channel < first + registers * width.count());
        let (first, registers, start) = block.expect("a channel of the convolution");
        let [tap_step, channel_step] = order.steps(taps, channels);
        let row = registers * width.count();
        (0..channels * taps).map(move |at| {
            let (from, tap) = (at / taps, at % taps);
            self.values[start + (tap * tap_step + from * channel_step) * row + channel - first]
        })
    }

    /// The rows of the backward pass for these taps, in the same order as the forward pass has them: group after group,
    /// block after block of the channels that come out of it. Those beyond a group's last are 0.
    pub(super) fn backward(&self, taps: &[usize]) -> Aligned<f32> {
        let Shape {
            width,
            groups,
            channels,
            out_channels,
            ..
        } = self.shape;
        assert!(taps.iter().all(|&tap| tap < self.shape.taps));
        let each = taps.len() * out_channels * channels.next_multiple_of(width.count());
        let mut rows = Aligned::uninit(groups * each);
        for (group, rows) in rows.chunks_exact_mut(each.max(1)).enumerate() {
            let job = Swap {
                packed: self,
                group,
                taps,
                to: rows,
            };
            dispatch(width, job);
        }
        // SAFETY: each number of each row was written.
        unsafe { rows.assume_init() }
    }
}

impl Shape {
    /// Each block of a group: its first output channel, how many registers it has, and where it begins.
    fn blocks(&self, group: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        let rows = self.taps * self.channels;
        let count = self.width.count();
        let start = group * rows * self.out_channels.next_multiple_of(count);
        let mut first = 0;
        blocks(self.out_channels, self.width).map(move |registers| {
            let block = (first, registers, start + rows * first);
            first += registers * count;
            block
        })
    }
}

impl Order {
    /// How many rows of a block it is from one tap to the next, and from one channel to the next.
    const fn steps(self, taps: usize, channels: usize) -> [usize; 2] {
        match self {
            Self::ByTap => [channels, 1],
            Self::ByChannel => [1, taps],
        }
    }
}

struct Pack<'a> {
    shape: Shape,
    weight: &'a [f32],
    scale: Option<&'a [f32]>,
    to: &'a mut [f32],
}

impl OverLanes for Pack<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Shape {
            order,
            groups,
            taps,
            channels,
            out_channels,
            ..
        } = self.shape;
        // One output channel's weights.
        let length = channels * taps;
        let [tap_step, channel_step] = order.steps(taps, channels);
        for group in 0..groups {
            for (first, registers, start) in self.shape.blocks(group) {
                for register in 0..registers {
                    let first = first + register * L::COUNT;
                    let there = L::COUNT.min(out_channels.saturating_sub(first));
                    let first = group * out_channels + first;
                    let scale = self.scale.map(|scale| load::<L>(&scale[first..first + there]));
                    let (mut tap, mut channel) = (0, 0);
                    for number in (0..length).step_by(L::COUNT) {
                        let numbers = L::COUNT.min(length - number);
                        let from = &self.weight[first * length + number..];
                        let mut square = [L::splat(0.0); WIDEST];
                        if there == L::COUNT && numbers == L::COUNT {
                            load_rows(&mut square, from, length);
                        } else {
                            for (row, square) in square.iter_mut().enumerate().take(there) {
                                *square = load(&from[row * length..row * length + numbers]);
                            }
                        }
                        transpose(&mut square);
                        for row in square.into_iter().take(numbers) {
                            let row = scale.map_or(row, |scale| row.mul(scale));
                            let to = (tap * tap_step + channel * channel_step) * registers + register;
                            row.store(&mut self.to[start + to * L::COUNT..]);
                            tap += 1;
                            if tap == taps {
                                (tap, channel) = (0, channel + 1);
                            }
                        }
                    }
                }
            }
        }
    }
}

struct Swap<'a> {
    packed: &'a PackedWeights,
    group: usize,
    taps: &'a [usize],
    to: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Swap<'_> {
    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let Shape {
            channels, out_channels, ..
        } = self.packed.shape;
        // In the order in which the numbers lie, since there may be more of them than the nearest caches hold.
        for block in self.packed.shape.blocks(self.group) {
            let (out, registers, _) = block;
            if channels.is_multiple_of(L::COUNT) && out + registers * L::COUNT <= out_channels {
                self.swap_whole::<L>(block);
            } else {
                self.swap_part::<L>(block);
            }
        }
    }
}

impl Swap<'_> {
    /// Swaps a block's rows and columns, where whole registers of either's channels are there.
    // A function of its own in WebAssembly: V8 runs out of patience, and then of registers, in one that holds everything.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn swap_whole<L: Lanes>(&mut self, block: (usize, usize, usize)) {
        self.for_squares::<L>(block, |squares, taps, from, to| {
            let mut first = to[squares.to..].as_mut_ptr().cast::<f32>();
            for tap in taps {
                let from = from[squares.from + tap * squares.from_tap..].as_ptr();
                let mut square = [L::splat(0.0); WIDEST];
                // SAFETY: a whole register of either's channels is there, of each tap.
                unsafe {
                    for (at, row) in square.iter_mut().enumerate().take(L::COUNT) {
                        *row = L::load_at(from.add(at * squares.from_row));
                    }
                    transpose(&mut square);
                    for (at, row) in square.into_iter().enumerate().take(L::COUNT) {
                        row.store_at(first.add(at * squares.to_row));
                    }
                }
                first = first.wrapping_add(squares.to_tap);
            }
        });
    }

    /// Swaps a block's rows and columns; zeros come after the rows that are there.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn swap_part<L: Lanes>(&mut self, block: (usize, usize, usize)) {
        self.for_squares::<L>(block, |squares, taps, from, to| {
            let [rows, columns] = squares.there.map(|there| there.min(L::COUNT));
            for (place, tap) in taps.iter().enumerate() {
                let mut square = [L::splat(0.0); WIDEST];
                for (at, square) in square.iter_mut().enumerate().take(rows) {
                    *square = L::load(&from[squares.from + tap * squares.from_tap + at * squares.from_row..]);
                }
                transpose(&mut square);
                for (at, square) in square.into_iter().enumerate().take(columns) {
                    let mut row = [0.0; WIDEST];
                    square.store(&mut row);
                    let to = &mut to[squares.to + place * squares.to_tap + at * squares.to_row..];
                    to[..L::COUNT].write_copy_of_slice(&row[..L::COUNT]);
                }
            }
        });
    }

    /// Calls `each` with the squares of a block, the taps, what they are read from and what they are written to.
    #[inline(always)]
    fn for_squares<L: Lanes>(
        &mut self,
        (out, registers, start): (usize, usize, usize),
        each: impl Fn(Squares, &[usize], &[f32], &mut [MaybeUninit<f32>]),
    ) {
        let Shape {
            order,
            width,
            taps,
            channels,
            out_channels,
            ..
        } = self.packed.shape;
        let [tap_step, channel_step] = order.steps(taps, channels);
        let [to_tap_step, to_channel_step] = order.steps(self.taps.len(), out_channels);
        let mut first = 0;
        for to_registers in blocks(channels, width) {
            let begin = self.taps.len() * out_channels * first;
            for register in 0..registers {
                for to_register in 0..to_registers {
                    let (out, channel) = (out + register * L::COUNT, first + to_register * L::COUNT);
                    let squares = Squares {
                        there: [channels.saturating_sub(channel), out_channels.saturating_sub(out)],
                        from: start + (channel * channel_step * registers + register) * L::COUNT,
                        from_row: channel_step * registers * L::COUNT,
                        from_tap: tap_step * registers * L::COUNT,
                        to: begin + (out * to_channel_step * to_registers + to_register) * L::COUNT,
                        to_row: to_channel_step * to_registers * L::COUNT,
                        to_tap: to_tap_step * to_registers * L::COUNT,
                    };
                    each(squares, self.taps, &self.packed.values, self.to);
                }
            }
            first += to_registers * L::COUNT;
        }
    }
}

/// Squares of as many rows and columns as a register holds, one for each tap: where the first begins, on both sides, and how far
/// it is to the next row, and to the next tap.
struct Squares {
    /// How many rows and columns are left there.
    there: [usize; 2],
    from: usize,
    from_row: usize,
    from_tap: usize,
    to: usize,
    to_row: usize,
    to_tap: usize,
}

/// Loads as many rows of a matrix as a register holds, `length` apart.
#[inline(always)]
fn load_rows<L: Lanes>(rows: &mut [L; WIDEST], from: &[f32], length: usize) {
    assert!((L::COUNT - 1) * length + L::COUNT <= from.len());
    for (at, row) in rows.iter_mut().enumerate().take(L::COUNT) {
        // SAFETY: that the last row ends in `from` was asserted.
        *row = unsafe { L::load_at(from.as_ptr().add(at * length)) };
    }
}
