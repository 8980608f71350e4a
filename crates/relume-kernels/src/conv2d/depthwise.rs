//! Convolutions in which every channel has a kernel of its own: nothing is summed over channels, so registers hold
//! neighbouring channels and each tap is one multiplication.

use std::mem::MaybeUninit;

use super::finish::{Finish, Sink, load_part};
use super::passes::{Pass, Passes};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// One direction, weights packed.
#[derive(Debug)]
pub(super) struct Depthwise {
    width: Width,
    passes: Passes,
    /// For each pass: register after register of channels, in each a row of numbers for every tap. Channels are rounded
    /// up to whole registers.
    packed: Vec<Vec<f32>>,
}

impl Depthwise {
    /// `weight` gives the number for a tap and a channel.
    pub(super) fn new(width: Width, passes: Passes, weight: impl Fn(usize, usize) -> f32) -> Self {
        let (channels, lanes) = (passes.channels, width.count());
        let packed = passes
            .passes
            .iter()
            .map(|pass| {
                let mut packed = Vec::with_capacity(pass.taps.len() * channels.next_multiple_of(lanes));
                for first in (0..channels).step_by(lanes) {
                    for tap in &pass.taps {
                        let lane = |channel| {
                            if channel < channels {
                                weight(tap.index, channel)
                            } else {
                                0.0
                            }
                        };
                        packed.extend((first..first + lanes).map(lane));
                    }
                }
                packed
            })
            .collect();
        Self { width, passes, packed }
    }

    pub(super) const fn passes(&self) -> &Passes {
        &self.passes
    }

    /// `x` has its border; `bias` is one number a channel, or nothing.
    pub(super) fn run(&self, x: &[f32], bias: &[f32], finish: Finish<'_>, out: &mut [MaybeUninit<f32>]) {
        dispatch(
            self.width,
            Job {
                depthwise: self,
                x,
                bias,
                finish,
                out,
            },
        );
    }
}

struct Job<'a> {
    depthwise: &'a Depthwise,
    x: &'a [f32],
    bias: &'a [f32],
    finish: Finish<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let depthwise = self.depthwise;
        let mut sink = Sink::<L>::new(self.finish, self.out);
        let source = Source {
            x: self.x,
            bias: self.bias,
            channels: depthwise.passes.channels,
        };
        for (pass, weights) in depthwise.passes.passes.iter().zip(&depthwise.packed) {
            if pass.taps.is_empty() {
                pass.area.pixels().for_each(|at| sink.put_nothing(at, source.channels));
                continue;
            }
            let [rows, columns] = pass.area.grid;
            for row in 0..rows {
                let mut x = 0;
                while x < columns {
                    // Side by side, so that a tap's weights are loaded once for all.
                    x += match columns - x {
                        4.. => source.pixels::<L, 4>(pass, weights, row, x, &mut sink),
                        2.. => source.pixels::<L, 2>(pass, weights, row, x, &mut sink),
                        _ => source.pixels::<L, 1>(pass, weights, row, x, &mut sink),
                    };
                }
            }
        }
    }
}

/// What a pass reads.
struct Source<'a> {
    x: &'a [f32],
    bias: &'a [f32],
    channels: usize,
}

impl Source<'_> {
    /// All channels of `P` pixels; gives `P`.
    #[inline(always)]
    fn pixels<L: Lanes, const P: usize>(
        &self,
        pass: &Pass,
        weights: &[f32],
        row: usize,
        x: usize,
        sink: &mut Sink<'_, L>,
    ) -> usize {
        let channels = self.channels;
        let column = pass.area.source.column;
        let from = pass.area.source.first + row * pass.area.source.row + x * column;
        let to = pass.area.out.first + row * pass.area.out.row + x * pass.area.out.column;
        let reach = pass.taps.last().map_or(0, |tap| tap.offset) + (P - 1) * column + channels;
        let x = &self.x[from..from + reach];
        for (channel, weights) in (0..channels)
            .step_by(L::COUNT)
            .zip(weights.chunks_exact(pass.taps.len() * L::COUNT))
        {
            let count = L::COUNT.min(channels - channel);
            let (x, bias) = (&x[channel..], self.bias.get(channel..).unwrap_or_default());
            let sums = if count == L::COUNT {
                let bias = if bias.is_empty() { L::splat(0.0) } else { L::load(bias) };
                whole::<L, P>(x, column, pass, weights, bias)
            } else {
                let bias = load_part(&bias[..count.min(bias.len())]);
                part::<L, P>(x, column, count, pass, weights, bias)
            };
            sink.put(sums.map(|sum| [sum]), to + channel, pass.area.out.column, count);
        }
        P
    }
}

/// The sums of one register of channels.
#[inline(always)]
fn whole<L: Lanes, const P: usize>(x: &[f32], column: usize, pass: &Pass, weights: &[f32], bias: L) -> [L; P] {
    let last = pass.taps.last().map_or(0, |tap| tap.offset);
    assert!(
        last + (P - 1) * column + L::COUNT <= x.len(),
        "every tap lies in the source"
    );
    let mut sums = [bias; P];
    for (tap, weight) in pass.taps.iter().zip(weights.chunks_exact(L::COUNT)) {
        let weight = L::load(weight);
        for (p, sum) in sums.iter_mut().enumerate() {
            // SAFETY: taps are in the order of their offsets, and the last one's was asserted to fit.
            *sum = sum.mul_add(unsafe { L::load_at(x.as_ptr().add(tap.offset + p * column)) }, weight);
        }
    }
    sums
}

/// The sums of the last `count` channels, fewer than a register has.
#[inline(always)]
fn part<L: Lanes, const P: usize>(
    x: &[f32],
    column: usize,
    count: usize,
    pass: &Pass,
    weights: &[f32],
    bias: L,
) -> [L; P] {
    let mut sums = [bias; P];
    for (tap, weight) in pass.taps.iter().zip(weights.chunks_exact(L::COUNT)) {
        let weight = L::load(weight);
        for (p, sum) in sums.iter_mut().enumerate() {
            let at = tap.offset + p * column;
            *sum = sum.mul_add(load_part(&x[at..at + count]), weight);
        }
    }
    sums
}
