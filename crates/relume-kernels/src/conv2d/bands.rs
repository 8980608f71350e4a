//! The backward pass through a depthwise convolution, the ReLU before it and the pointwise convolution before that, as
//! networks of separable layers have them: a band of rows at a time, so that what passes between the two stays in the
//! cache. It is the largest of their signals, and there is little to compute for each of its numbers.

use std::mem::MaybeUninit;

use super::depthwise::Depthwise;
use super::direct::Ready;
use crate::epilogue::Epilogue;

/// How many numbers of a band a core keeps close.
pub(super) const BAND: usize = 64 * 1024;

/// `gate` is the epilogue of the depthwise convolution; `r` and `out` are signals with their channels last. A band has about
/// as many `numbers`.
pub(super) fn backward(
    depthwise: &Depthwise,
    gate: Epilogue<'_>,
    pointwise: &Ready<'_>,
    r: &[f32],
    numbers: usize,
    out: &mut [MaybeUninit<f32>],
) {
    let (row, rows) = (depthwise.output_row(), depthwise.output_rows());
    let out_row = out.len() / rows;
    let each = (numbers / row).clamp(1, rows);
    let mut band = Vec::with_capacity(each * row);
    for first in (0..rows).step_by(each) {
        let here = first..rows.min(first + each);
        let length = here.len() * row;
        let gate = gate.part(first * row, length);
        band.clear();
        depthwise.run_rows(here.clone(), r, &[], gate, &mut band.spare_capacity_mut()[..length]);
        // SAFETY: the room is there, and every number of every row was written (see `Algorithm::fill`).
        unsafe { band.set_len(length) };
        let out = &mut out[first * out_row..][..here.len() * out_row];
        pointwise.run_pixels(&band, &[], Epilogue::None, out);
    }
}
