//! The forward pass, and the backward pass to the input: both multiply runs of positions with weights.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::bf16::{pair, round};
use super::blocks;
use super::microkernel::{BLOCK, Multiplier, Steps, Unit};
use crate::kernels::implicit_gemm::{ImplicitGemm, PhaseLayout, Tap};
use relume_kernels::Aligned;
use relume_kernels::Geometry;
use relume_kernels::uninit_vec;

/// The destination of a position that is dropped.
const NOWHERE: u32 = u32::MAX;

/// Computes some of the result's positions: all of them in the forward pass, those of one phase in the backward pass.
struct Part {
    /// For each block of channels that come out, for each step, 16 × 32 pairs.
    weights: Aligned<u32>,
    steps: Steps,
    /// Which of the result's positions each position of the product becomes.
    destinations: Vec<u32>,
}

/// A forward or backward pass of a batch.
struct Pass {
    unit: Unit,
    /// Numbers and channels of a picture that goes in, and of one that comes out.
    input: (usize, usize),
    output: (usize, usize),
    /// How a picture is laid out for the products, and for how many positions there must be room.
    layout: PhaseLayout,
    room: usize,
    parts: Vec<Part>,
}

/// `x` is `[N, H, W, C]`, `weight` is `[O, C, kh, kw]`; the result is `[N, oh, ow, O]`.
pub(in crate::kernels) fn forward(geometry: &Geometry, unit: Unit, x: &[f32], weight: &[f32]) -> Vec<f32> {
    let g = ImplicitGemm(*geometry);
    let taps: Vec<(usize, Tap)> = g.tap_offsets().enumerate().collect();
    let reach = g.max_offset() + blocks(g.run_len());
    let phase_len = g.phase_len();
    Pass {
        unit,
        input: (g.input_len(), g.channels),
        output: (g.output_len(), g.out_channels),
        layout: g.input_layout(phase_len),
        // The last run may reach beyond the last phase.
        room: (g.phases() - 1) * phase_len + reach.max(phase_len),
        parts: vec![Part::new(
            [g.channels, g.out_channels],
            &taps,
            |tap| tap.phase * phase_len + tap.offset,
            |from, to, tap| weight[(to * g.channels + from) * g.taps() + tap],
            destinations(g.output_layout(0).positions(), g.run_len()),
        )],
    }
    .run(x)
}

/// The gradient for the input, `[N, H, W, C]`, given the gradient `r` for the output, `[N, oh, ow, O]`.
pub(in crate::kernels) fn input_gradient(geometry: &Geometry, unit: Unit, weight: &[f32], r: &[f32]) -> Vec<f32> {
    let g = ImplicitGemm(*geometry);
    // Through a tap with offset t, the input position p was part of the output position p − t. So zeros lie before the
    // gradient, as many as the furthest tap reaches, and after it up to the last position.
    let front = g.max_offset();
    let phase_len = g.phase_len();
    let positions: Vec<(usize, usize)> = g.input_layout(phase_len).positions().collect();
    let parts = (0..g.phases()).map(|phase| {
        let taps: Vec<(usize, Tap)> = g
            .tap_offsets()
            .enumerate()
            .filter(|(_, tap)| tap.phase == phase)
            .collect();
        let first = phase * phase_len;
        let within = positions
            .iter()
            .filter(|(_, to)| (first..first + phase_len).contains(to));
        Part::new(
            [g.out_channels, g.channels],
            &taps,
            |tap| front - tap.offset,
            |from, to, tap| weight[(from * g.channels + to) * g.taps() + tap],
            destinations(within.map(|(from, to)| (*from, to - first)), phase_len),
        )
    });
    Pass {
        unit,
        input: (g.output_len(), g.out_channels),
        output: (g.input_len(), g.channels),
        layout: g.output_layout(front),
        room: front + blocks(phase_len).max(g.pitched_len()),
        parts: parts.collect(),
    }
    .run(r)
}

/// The destination of each of `positions`, in whole blocks.
fn destinations(to: impl Iterator<Item = (usize, usize)>, count: usize) -> Vec<u32> {
    let mut destinations = vec![NOWHERE; blocks(count)];
    for (position, at) in to {
        assert!(position < NOWHERE as usize, "a picture has fewer than 2³² positions");
        destinations[at] = position as u32;
    }
    destinations
}

impl Part {
    /// `at` says where a tap's run begins; `weight(from, to, tap)` is the weight from a channel that goes in to one that
    /// comes out.
    fn new(
        [inner, outer]: [usize; 2],
        taps: &[(usize, Tap)],
        at: impl Fn(Tap) -> usize,
        weight: impl Fn(usize, usize, usize) -> f32,
        destinations: Vec<u32>,
    ) -> Self {
        let mut steps = Steps::default();
        for (_, tap) in taps {
            for from in (0..inner).step_by(BLOCK) {
                steps.push(at(*tap) * blocks(inner) + from, steps.len() * BLOCK / 2 * BLOCK);
            }
        }
        let mut weights = Vec::with_capacity(blocks(outer) * steps.len() * BLOCK / 2);
        let weight = |from: usize, to: usize, tap: usize| {
            if from < inner && to < outer {
                weight(from, to, tap)
            } else {
                0.0
            }
        };
        for first in (0..outer).step_by(BLOCK) {
            for (tap, _) in taps {
                for from in (0..blocks(inner)).step_by(2) {
                    weights.extend(
                        (first..first + BLOCK).map(|to| pair(weight(from, to, *tap), weight(from + 1, to, *tap))),
                    );
                }
            }
        }
        Self {
            weights: Aligned::pushed(weights.len(), |values| values.extend_from_slice(&weights)),
            steps,
            destinations,
        }
    }

    /// Computes this part's positions of `out`, of `channels`, from a picture that is laid out in `left`; `sums` is
    /// room for a block of positions.
    fn run(
        &self,
        multiplier: &Multiplier,
        left: &[u16],
        pitch: usize,
        sums: &mut [f32],
        channels: usize,
        out: &mut [MaybeUninit<f32>],
    ) {
        let wide = blocks(channels);
        let block = self.steps.len() * BLOCK / 2 * BLOCK;
        for (index, destinations) in self.destinations.chunks_exact(BLOCK).enumerate() {
            if destinations.iter().all(|destination| *destination == NOWHERE) {
                continue;
            }
            for first in (0..channels).step_by(BLOCK) {
                multiplier.multiply(
                    &mut sums[first..],
                    wide,
                    (&left[index * BLOCK * pitch..], pitch),
                    (&self.weights[first / BLOCK * block..], BLOCK),
                    &self.steps,
                    false,
                );
            }
            for (destination, sums) in destinations.iter().zip(sums.chunks_exact(wide)) {
                if *destination != NOWHERE {
                    out[*destination as usize * channels..][..channels].write_copy_of_slice(&sums[..channels]);
                }
            }
        }
    }
}

impl Pass {
    fn run(&self, batch: &[f32]) -> Vec<f32> {
        let (input_len, inner) = self.input;
        let (output_len, outer) = self.output;
        let pitch = blocks(inner);
        let work = |out: &mut [MaybeUninit<f32>]| {
            out.par_chunks_mut(output_len)
                .zip(batch.par_chunks(input_len))
                .for_each_init(
                    || {
                        let left = Aligned::zeros(self.room * pitch);
                        (self.unit.begin(), left, Aligned::zeros(BLOCK * blocks(outer)))
                    },
                    |(multiplier, left, sums), (out, picture)| {
                        self.layout.scatter(picture, inner, left, pitch, round);
                        for part in &self.parts {
                            part.run(multiplier, left, pitch, sums, outer, out);
                        }
                    },
                );
        };
        // SAFETY: every position of a result is a destination in one of the parts, as `destinations` is given all of
        // them, and `Part::run` writes to each.
        unsafe { uninit_vec(batch.len() / input_len * output_len, work) }
    }
}
