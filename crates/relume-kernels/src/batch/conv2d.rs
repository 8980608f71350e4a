//! Convolution of a batch, and its two gradients, as sums of matrix products (see [`planes`](super::planes)).

use rayon::prelude::*;

use crate::geometry::Geometry;
use crate::matrix::{Layout, multiply};

/// Over how many pictures a weight gradient is summed before the sums are: fixed, so that the result does not depend
/// on how many threads there are.
const SUMMED: usize = 8;

/// `x` is `[N, C, H, W]`, `weight` is `[O, C, kh, kw]`; the result is `[N, O, oh, ow]`.
pub(super) fn forward(geometry: &Geometry, x: &[f32], weight: &[f32]) -> Vec<f32> {
    let g = geometry;
    let taps = by_tap(g, weight);
    let mut out = vec![0.0; x.len() / g.input_len() * g.output_len()];
    out.par_chunks_mut(g.output_len())
        .zip(x.par_chunks(g.input_len()))
        .for_each_init(
            || (vec![0.0; g.planes_len()], vec![0.0; g.out_channels * g.wide()]),
            |(planes, wide), (out, x)| {
                g.spread(x, planes);
                for (index, tap) in g.tap_runs().enumerate() {
                    let at = tap.phase * g.channels * g.plane() + tap.offset;
                    multiply(
                        wide,
                        Layout::rows(g.out_channels, g.run(), g.wide()),
                        &taps[index * g.out_channels * g.channels..],
                        Layout::rows(g.out_channels, g.channels, g.channels),
                        &planes[at..],
                        Layout::rows(g.channels, g.run(), g.plane()),
                        index > 0,
                    );
                }
                g.narrow(wide, out);
            },
        );
    out
}

/// The gradient for the input, `[N, C, H, W]`, given the gradient `r` for the output, `[N, O, oh, ow]`.
pub(super) fn input_gradient(geometry: &Geometry, weight: &[f32], r: &[f32]) -> Vec<f32> {
    let g = geometry;
    let taps = by_tap(g, weight);
    let mut out = vec![0.0; r.len() / g.output_len() * g.input_len()];
    out.par_chunks_mut(g.input_len())
        .zip(r.par_chunks(g.output_len()))
        .for_each_init(
            || (vec![0.0; g.planes_len()], vec![0.0; g.out_channels * g.wide()]),
            |(planes, wide), (out, r)| {
                planes.fill(0.0);
                g.widen(r, wide);
                for (index, tap) in g.tap_runs().enumerate() {
                    let at = tap.phase * g.channels * g.plane() + tap.offset;
                    multiply(
                        &mut planes[at..],
                        Layout::rows(g.channels, g.run(), g.plane()),
                        &taps[index * g.out_channels * g.channels..],
                        Layout::rows(g.out_channels, g.channels, g.channels).transposed(),
                        wide,
                        Layout::rows(g.out_channels, g.run(), g.wide()),
                        true,
                    );
                }
                g.gather(planes, out);
            },
        );
    out
}

/// The gradient for the weight, `[O, C, kh, kw]`, given the gradient `r` for the output.
pub(super) fn weight_gradient(geometry: &Geometry, x: &[f32], r: &[f32]) -> Vec<f32> {
    let g = geometry;
    let tap_len = g.out_channels * g.channels;
    let count = g.taps();
    let sums: Vec<Vec<f32>> = x
        .par_chunks(SUMMED * g.input_len())
        .zip(r.par_chunks(SUMMED * g.output_len()))
        .map(|(x, r)| {
            let mut planes = vec![0.0; g.planes_len()];
            let mut wide = vec![0.0; g.out_channels * g.wide()];
            let mut sum = vec![0.0; count * tap_len];
            for (x, r) in x.chunks_exact(g.input_len()).zip(r.chunks_exact(g.output_len())) {
                g.spread(x, &mut planes);
                g.widen(r, &mut wide);
                for (tap, sum) in g.tap_runs().zip(sum.chunks_exact_mut(tap_len)) {
                    let at = tap.phase * g.channels * g.plane() + tap.offset;
                    multiply(
                        sum,
                        Layout::rows(g.out_channels, g.channels, g.channels),
                        &wide,
                        Layout::rows(g.out_channels, g.run(), g.wide()),
                        &planes[at..],
                        Layout::rows(g.channels, g.run(), g.plane()).transposed(),
                        true,
                    );
                }
            }
            sum
        })
        .collect();
    let mut gradient = vec![0.0; count * tap_len];
    for (index, value) in gradient.iter_mut().enumerate() {
        let (pair, tap) = (index / count, index % count);
        *value = sums.iter().map(|sum| sum[tap * tap_len + pair]).sum();
    }
    gradient
}

/// The weights of each tap side by side, `[kh · kw, O, C]`.
fn by_tap(g: &Geometry, weight: &[f32]) -> Vec<f32> {
    let tap_len = g.out_channels * g.channels;
    let count = g.taps();
    let mut taps = vec![0.0; weight.len()];
    for (index, value) in weight.iter().enumerate() {
        let (pair, tap) = (index / count, index % count);
        taps[tap * tap_len + pair] = *value;
    }
    taps
}
