//! The way back through a depthwise convolution, the ReLU before it and the pointwise convolution before that, as networks
//! of separable layers have them: a band of rows at a time, so that what passes between the two stays in the cache. It is
//! the largest of their signals, and there is little to compute for each of its numbers.

use std::mem::MaybeUninit;

use super::depthwise::Depthwise;
use super::direct::Direct;
use super::finish::Finish;

/// How many numbers of a band a core keeps close.
pub(super) const BAND: usize = 64 * 1024;

/// `gate` is the ReLU's rule and what it gave; `r` and `out` are pictures with their channels last. A band has about as
/// many `numbers`.
pub(super) fn back(
    depthwise: &Depthwise,
    gate: Finish<'_>,
    pointwise: &Direct,
    r: &[f32],
    numbers: usize,
    out: &mut [MaybeUninit<f32>],
) {
    let row = depthwise.output_row();
    let rows = depthwise.output_len() / row;
    let out_row = out.len() / rows;
    let each = (numbers / row).clamp(1, rows);
    let mut band = Vec::with_capacity(each * row);
    for first in (0..rows).step_by(each) {
        let here = first..rows.min(first + each);
        let length = here.len() * row;
        let gate = match gate {
            Finish::Gate {
                y,
                limit,
                by_input,
                by_signal,
            } => Finish::Gate {
                y: &y[first * row..][..length],
                limit,
                by_input,
                by_signal,
            },
            other => other,
        };
        band.clear();
        depthwise.run_rows(here.clone(), r, &[], gate, &mut band.spare_capacity_mut()[..length]);
        // SAFETY: the room is there, and every number of every row was written (see `Way::run`).
        unsafe { band.set_len(length) };
        let out = &mut out[first * out_row..][..here.len() * out_row];
        pointwise.run_pixels(&band, &[], Finish::Keep, out);
    }
}
