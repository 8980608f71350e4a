//! The backward pass to the weights: a product over positions, for which the channels of the output's gradient become
//! rows.

use rayon::prelude::*;

use super::bf16::round;
use super::blocks;
use super::microkernel::{BLOCK, Steps, Unit};
use crate::kernels::conv2d::{SUMMED, from_taps, total};
use crate::kernels::implicit_gemm::ImplicitGemm;
use relume_kernels::Aligned;
use relume_kernels::Geometry;

/// The least number of positions for one product: where a picture has fewer, several are combined.
const POSITIONS: usize = 1024;

/// The gradient for the weight, `[O, C, kh, kw]`, given the gradient `r` for the output, `[N, oh, ow, O]`; `x` is
/// `[N, H, W, C]`.
pub(in crate::kernels) fn weight_gradient(geometry: &Geometry, unit: Unit, x: &[f32], r: &[f32]) -> Vec<f32> {
    let g = ImplicitGemm(*geometry);
    let (rows, columns) = (blocks(g.out_channels), blocks(g.channels));
    let positions = blocks(g.pitched_len());
    // Even, so that every phase begins with a pair of its own positions.
    let phase_len = (g.max_offset() + positions).max(g.phase_len()).next_multiple_of(2);
    let (input, output) = (g.input_layout(phase_len), g.output_layout(0));
    let together = (POSITIONS / positions).clamp(1, SUMMED);
    // A tap that begins at an odd position uses the pairs that begin at odd positions.
    let pairs_len = g.phases() * phase_len / 2 * columns;
    let per_picture = positions / BLOCK;
    let mut steps = Steps::default();
    for picture in 0..together {
        for step in 0..per_picture {
            steps.push(
                (picture * positions + step * BLOCK) * rows,
                picture * 2 * pairs_len + step * BLOCK / 2 * columns,
            );
        }
    }
    let tap_len = rows * columns;
    let sums: Vec<Vec<f32>> = x
        .par_chunks(SUMMED * g.input_len())
        .zip(r.par_chunks(SUMMED * g.output_len()))
        .map(|(x, r)| {
            let multiplier = unit.begin();
            let mut input_rows = vec![0; g.phases() * phase_len * columns];
            let mut output_rows = vec![0; positions * rows];
            let mut left = Aligned::zeros(together * positions * rows);
            let mut right = Aligned::zeros(together * 2 * pairs_len);
            let mut sum = Aligned::zeros(g.taps() * tap_len);
            for (x, r) in x
                .chunks(together * g.input_len())
                .zip(r.chunks(together * g.output_len()))
            {
                for (x, right) in x.chunks_exact(g.input_len()).zip(right.chunks_exact_mut(2 * pairs_len)) {
                    input.scatter(x, g.channels, &mut input_rows, columns, round);
                    let (even, odd) = right.split_at_mut(pairs_len);
                    pair_up(&input_rows, columns, even);
                    pair_up(&input_rows[columns..], columns, odd);
                }
                for (r, left) in r
                    .chunks_exact(g.output_len())
                    .zip(left.chunks_exact_mut(positions * rows))
                {
                    output.scatter(r, g.out_channels, &mut output_rows, rows, round);
                    transpose(&output_rows, rows, left);
                }
                // The last group may have fewer pictures.
                let steps = steps.first(x.len() / g.input_len() * per_picture);
                for (tap, sum) in g.tap_offsets().zip(sum.chunks_exact_mut(tap_len)) {
                    let at = tap.phase * phase_len + tap.offset;
                    let right = &right[at % 2 * pairs_len + at / 2 * columns..];
                    for row in (0..rows).step_by(BLOCK) {
                        for column in (0..columns).step_by(BLOCK) {
                            multiplier.multiply(
                                &mut sum[row * columns + column..],
                                columns,
                                (&left[row * BLOCK..], BLOCK),
                                (&right[column..], columns),
                                &steps,
                                true,
                            );
                        }
                    }
                }
            }
            sum.to_vec()
        })
        .collect();
    from_taps(&g, &total(sums), rows, columns)
}

/// Makes pairs of the positions 0 and 1, 2 and 3, …; an odd last one is left out.
fn pair_up(rows: &[u16], channels: usize, pairs: &mut [u32]) {
    for (rows, pairs) in rows.chunks_exact(2 * channels).zip(pairs.chunks_exact_mut(channels)) {
        let (first, second) = rows.split_at(channels);
        for (pair, (first, second)) in pairs.iter_mut().zip(first.iter().zip(second)) {
            *pair = u32::from(*first) | u32::from(*second) << 16;
        }
    }
}

/// From positions of channels to blocks of 32 positions, in each of which the numbers of a channel lie together.
fn transpose(rows: &[u16], channels: usize, out: &mut [u16]) {
    let block = BLOCK * channels;
    for (rows, out) in rows.chunks_exact(block).zip(out.chunks_exact_mut(block)) {
        // Two positions at a time: half as many writes.
        for (pair, rows) in rows.chunks_exact(2 * channels).enumerate() {
            let (first, second) = rows.split_at(channels);
            for (out, (first, second)) in out.chunks_exact_mut(BLOCK).zip(first.iter().zip(second)) {
                out[2 * pair] = *first;
                out[2 * pair + 1] = *second;
            }
        }
    }
}
