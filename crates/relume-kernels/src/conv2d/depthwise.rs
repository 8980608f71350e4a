//! Convolutions in which every channel has a kernel of its own: nothing is summed over channels, so registers hold
//! neighbouring channels and each tap is one multiplication.

use super::finish::{Finish, load_part};
use super::passes::{Pass, Passes};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// Pixels that are computed side by side, so that a tap's weights are loaded once for all.
const PIXELS: usize = 4;

/// One direction, weights packed.
#[derive(Debug)]
pub(super) struct Depthwise {
    width: Width,
    passes: Passes,
    /// For each tap of the kernel the channels' numbers, channels rounded up to whole registers.
    weights: Vec<f32>,
    pitch: usize,
}

impl Depthwise {
    /// `weight` gives the number for a tap and a channel, of `taps` taps.
    pub(super) fn new(width: Width, passes: Passes, taps: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        let channels = passes.channels;
        let pitch = channels.next_multiple_of(width.count());
        let mut weights = vec![0.0; taps * pitch];
        for (tap, row) in weights.chunks_exact_mut(pitch).enumerate() {
            for (channel, value) in row.iter_mut().enumerate().take(channels) {
                *value = weight(tap, channel);
            }
        }
        Self {
            width,
            passes,
            weights,
            pitch,
        }
    }

    pub(super) const fn passes(&self) -> &Passes {
        &self.passes
    }

    /// `x` has its border; `bias` is one number a channel, or nothing. What no tap reaches stays as it is in `out`.
    pub(super) fn run(&self, x: &[f32], bias: &[f32], finish: Finish<'_>, out: &mut [f32]) {
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
    out: &'a mut [f32],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let passes = &self.depthwise.passes.passes;
        for pass in passes.iter().filter(|pass| !pass.taps.is_empty()) {
            let [rows, columns] = pass.grid;
            for row in 0..rows {
                let mut x = 0;
                while x + PIXELS <= columns {
                    self.pixels::<L, PIXELS>(pass, row, x);
                    x += PIXELS;
                }
                while x < columns {
                    self.pixels::<L, 1>(pass, row, x);
                    x += 1;
                }
            }
        }
    }
}

impl Job<'_> {
    /// All channels of `P` pixels.
    #[inline(always)]
    fn pixels<L: Lanes, const P: usize>(&mut self, pass: &Pass, row: usize, x: usize) {
        let channels = self.depthwise.passes.channels;
        let from = pass.source.first + row * pass.source.row + x * pass.source.column;
        let to = pass.out.first + row * pass.out.row + x * pass.out.column;
        for channel in (0..channels).step_by(L::COUNT) {
            let count = L::COUNT.min(channels - channel);
            let part = |from: &[f32], at: usize| {
                if count == L::COUNT {
                    L::load(&from[at..])
                } else {
                    load_part(&from[at..at + count])
                }
            };
            let bias = if self.bias.is_empty() {
                L::splat(0.0)
            } else {
                part(self.bias, channel)
            };
            let mut sums = [bias; P];
            for tap in &pass.taps {
                let weight = L::load(&self.depthwise.weights[tap.index * self.depthwise.pitch + channel..]);
                for (p, sum) in sums.iter_mut().enumerate() {
                    let at = from + tap.offset + p * pass.source.column + channel;
                    *sum = sum.mul_add(part(self.x, at), weight);
                }
            }
            for (p, sum) in sums.into_iter().enumerate() {
                self.finish
                    .store(sum, self.out, to + p * pass.out.column + channel, count);
            }
        }
    }
}
