//! Convolution of a batch, and its two gradients, as sums of matrix products (see [`phases`](super::implicit_gemm)).

use rayon::prelude::*;

use super::implicit_gemm::ImplicitGemm;
use super::matrix::{Layout, multiply};
use relume_kernels::Geometry;

/// How many pictures' weight gradients make up one partial sum: fixed, so that the result does not depend on the number
/// of threads.
pub(super) const SUMMED: usize = 8;

/// `x` is `[N, H, W, C]`, `weight` is `[O, C, kh, kw]`; the result is `[N, oh, ow, O]`.
pub(super) fn forward(geometry: &Geometry, x: &[f32], weight: &[f32]) -> Vec<f32> {
    let g = ImplicitGemm(*geometry);
    let (inner, outer) = (g.channels, g.out_channels);
    let taps = by_tap(&g, weight);
    let (input, output) = (g.input_layout(g.phase_len()), g.output_layout(0));
    let mut out = vec![0.0; x.len() / g.input_len() * g.output_len()];
    out.par_chunks_mut(g.output_len())
        .zip(x.par_chunks(g.input_len()))
        .for_each_init(
            || {
                (
                    vec![0.0; g.phases() * g.phase_len() * inner],
                    vec![0.0; g.pitched_len() * outer],
                )
            },
            |(phases, pitched), (out, x)| {
                input.scatter(x, inner, phases, inner, |value| value);
                for (index, tap) in g.tap_offsets().enumerate() {
                    multiply(
                        pitched,
                        Layout::rows(g.run_len(), outer, outer),
                        &phases[(tap.phase * g.phase_len() + tap.offset) * inner..],
                        Layout::rows(g.run_len(), inner, inner),
                        &taps[index * outer * inner..],
                        Layout::rows(outer, inner, inner).transposed(),
                        index > 0,
                    );
                }
                output.gather(pitched, outer, out);
            },
        );
    out
}

/// The gradient for the input, `[N, H, W, C]`, given the gradient `r` for the output, `[N, oh, ow, O]`.
pub(super) fn input_gradient(geometry: &Geometry, weight: &[f32], r: &[f32]) -> Vec<f32> {
    let g = ImplicitGemm(*geometry);
    let (inner, outer) = (g.channels, g.out_channels);
    let taps = by_tap(&g, weight);
    let (input, output) = (g.input_layout(g.phase_len()), g.output_layout(0));
    let mut out = vec![0.0; r.len() / g.output_len() * g.input_len()];
    out.par_chunks_mut(g.input_len())
        .zip(r.par_chunks(g.output_len()))
        .for_each_init(
            || {
                (
                    vec![0.0; g.phases() * g.phase_len() * inner],
                    vec![0.0; g.pitched_len() * outer],
                )
            },
            |(phases, pitched), (out, r)| {
                phases.fill(0.0);
                output.scatter(r, outer, pitched, outer, |value| value);
                for (index, tap) in g.tap_offsets().enumerate() {
                    multiply(
                        &mut phases[(tap.phase * g.phase_len() + tap.offset) * inner..],
                        Layout::rows(g.run_len(), inner, inner),
                        pitched,
                        Layout::rows(g.run_len(), outer, outer),
                        &taps[index * outer * inner..],
                        Layout::rows(outer, inner, inner),
                        true,
                    );
                }
                input.gather(phases, inner, out);
            },
        );
    out
}

/// The gradient for the weight, `[O, C, kh, kw]`, given the gradient `r` for the output.
pub(super) fn weight_gradient(geometry: &Geometry, x: &[f32], r: &[f32]) -> Vec<f32> {
    let g = ImplicitGemm(*geometry);
    let (inner, outer) = (g.channels, g.out_channels);
    let (input, output) = (g.input_layout(g.phase_len()), g.output_layout(0));
    let sums: Vec<Vec<f32>> = x
        .par_chunks(SUMMED * g.input_len())
        .zip(r.par_chunks(SUMMED * g.output_len()))
        .map(|(x, r)| {
            let mut phases = vec![0.0; g.phases() * g.phase_len() * inner];
            let mut pitched = vec![0.0; g.pitched_len() * outer];
            let mut sum = vec![0.0; g.taps() * outer * inner];
            for (x, r) in x.chunks_exact(g.input_len()).zip(r.chunks_exact(g.output_len())) {
                input.scatter(x, inner, &mut phases, inner, |value| value);
                output.scatter(r, outer, &mut pitched, outer, |value| value);
                for (tap, sum) in g.tap_offsets().zip(sum.chunks_exact_mut(outer * inner)) {
                    multiply(
                        sum,
                        Layout::rows(outer, inner, inner),
                        &pitched,
                        Layout::rows(g.run_len(), outer, outer).transposed(),
                        &phases[(tap.phase * g.phase_len() + tap.offset) * inner..],
                        Layout::rows(g.run_len(), inner, inner),
                        true,
                    );
                }
            }
            sum
        })
        .collect();
    from_taps(&g, &total(sums), outer, inner)
}

/// The sum of vectors of the same length, added in their order.
pub(super) fn total(mut sums: Vec<Vec<f32>>) -> Vec<f32> {
    /// Numbers that are summed at a time.
    const PIECE: usize = 1 << 12;
    let mut total = sums.remove(0);
    total.par_chunks_mut(PIECE).enumerate().for_each(|(piece, total)| {
        for sum in &sums {
            for (total, value) in total.iter_mut().zip(&sum[piece * PIECE..]) {
                *total += value;
            }
        }
    });
    total
}

/// The weights of each tap side by side, `[kh · kw, O, C]`.
fn by_tap(g: &ImplicitGemm, weight: &[f32]) -> Vec<f32> {
    let tap_len = g.out_channels * g.channels;
    let count = g.taps();
    let mut taps = vec![0.0; weight.len()];
    for (pair, weights) in weight.chunks_exact(count).enumerate() {
        for (tap, value) in weights.iter().enumerate() {
            taps[tap * tap_len + pair] = *value;
        }
    }
    taps
}

/// The inverse of `by_tap`: `[O, C, kh, kw]` from taps of `rows` × `columns`, which may be more than there are
/// channels.
pub(super) fn from_taps(g: &ImplicitGemm, taps: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let count = g.taps();
    let mut weight = vec![0.0; g.weight_len()];
    weight
        .par_chunks_exact_mut(count)
        .enumerate()
        .for_each(|(pair, weights)| {
            let at = pair / g.channels * columns + pair % g.channels;
            for (tap, value) in weights.iter_mut().enumerate() {
                *value = taps[tap * rows * columns + at];
            }
        });
    weight
}
