//! The innermost loops: a few pixels times a few registers of channels, summed in registers.

use super::phases::Phase;
use crate::lanes::{Lanes, Width};

/// Numbers that lie one after the other in the source, and meet as many rows of the packed weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// From the pixel's place.
    pub(super) offset: usize,
    pub(super) length: usize,
}

/// Neighbouring taps' numbers that follow each other are one run.
pub(super) fn runs(phase: &Phase, channels: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for tap in &phase.taps {
        match runs.last_mut() {
            Some(run) if run.offset + run.length == tap.offset => run.length += channels,
            _ => runs.push(Run {
                offset: tap.offset,
                length: channels,
            }),
        }
    }
    runs
}

/// How many products are added up before their sum is added to the others: one long sum would round away what comes
/// last.
pub(super) const PART: usize = 64;

/// How many registers of channels each block has: as many as is best, and at the end what is left, rather two twos than
/// a three and a one.
pub(super) fn blocks(channels: usize, width: Width) -> impl Iterator<Item = usize> {
    let mut left = channels.div_ceil(width.count());
    std::iter::from_fn(move || {
        let block = match left {
            0 => return None,
            4 => 2,
            _ => left.min(width.block()),
        };
        left -= block;
        Some(block)
    })
}

/// The sums of `P` pixels, `step` apart from the start of `x`, for the `K` registers of channels in one block's
/// `weights`, beginning at `sums`.
#[inline(always)]
pub(super) fn tile<L: Lanes, const P: usize, const K: usize>(
    x: &[f32],
    step: usize,
    runs: &[Run],
    weights: &[f32],
    first: [L; K],
) -> [[L; K]; P] {
    let mut sums = [first; P];
    let rows: usize = runs.iter().map(|run| run.length).sum();
    assert!(rows * K * L::COUNT <= weights.len(), "a row of weights for each number");
    let mut weight = weights.as_ptr();
    for run in runs {
        assert!(
            (P - 1) * step + run.offset + run.length <= x.len(),
            "every run lies in the source"
        );
        let mut pixel = x[run.offset..].as_ptr();
        let mut left = run.length;
        while left > 0 {
            let part = left.min(PART);
            let mut parts = [[L::splat(0.0); K]; P];
            for _ in 0..part {
                // SAFETY: `pixel` has been moved by less than the run's length, so the `P` numbers lie in `x`; `weight`
                // by as many rows as numbers have been read before, fewer than `rows`. Both were asserted.
                unsafe {
                    let row: [L; K] = core::array::from_fn(|j| L::load_at(weight.add(j * L::COUNT)));
                    for (p, parts) in parts.iter_mut().enumerate() {
                        let value = L::splat(*pixel.add(p * step));
                        for (sum, weight) in parts.iter_mut().zip(&row) {
                            *sum = sum.mul_add(value, *weight);
                        }
                    }
                    weight = weight.add(K * L::COUNT);
                    pixel = pixel.add(1);
                }
            }
            for (sums, parts) in sums.iter_mut().zip(parts) {
                for (sum, part) in sums.iter_mut().zip(parts) {
                    *sum = sum.add(part);
                }
            }
            left -= part;
        }
    }
    sums
}

/// Calls `$each` with tiles of as many pixels as there are registers for, then ever fewer, until `$count` are done:
/// `each!(P, x)` computes `P` pixels from the `x`-th on.
macro_rules! cover {
    ($lanes:ident, $k:ident, $count:expr, $each:ident) => {{
        let (count, most) = ($count, $lanes::PIXELS[$k - 1]);
        let mut x = 0;
        while x < count {
            // Rather two twos than a three and a one.
            let left = if most == 3 && count - x == 4 {
                2
            } else {
                (count - x).min(most)
            };
            x += match left {
                12.. => $each!(12, x),
                8.. => $each!(8, x),
                6.. => $each!(6, x),
                4.. => $each!(4, x),
                3 if most == 3 => $each!(3, x),
                2.. => $each!(2, x),
                _ => $each!(1, x),
            };
        }
    }};
}
pub(super) use cover;
