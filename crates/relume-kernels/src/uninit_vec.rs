//! Results in memory that was not cleared before: clearing tens of megabytes in one thread, only to overwrite them,
//! takes a sixth of a step.

use std::mem::MaybeUninit;

/// A vector of `len` numbers, all written by `fill`.
///
/// # Safety
/// `fill` writes every number of the slice it is given.
pub unsafe fn uninit_vec(len: usize, fill: impl FnOnce(&mut [MaybeUninit<f32>])) -> Vec<f32> {
    let mut values = Vec::with_capacity(len);
    fill(&mut values.spare_capacity_mut()[..len]);
    // SAFETY: the room is there, and `fill` has written to all of it.
    unsafe { values.set_len(len) };
    values
}
