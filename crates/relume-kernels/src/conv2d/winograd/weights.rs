//! Winograd's transform of the weights, a pair of lines of components at a time.

use super::tiling::Tiling;
use super::transforms::{LINE, SIDE};
use crate::lanes::Lanes;

/// Which transformed weights are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct To {
    /// Numbers from one component to the next.
    pub(super) pitch: usize,
    /// Numbers from one row of channels to the next.
    pub(super) row: usize,
}

/// The transformed weights of a block for a pair of lines, [`PAIRS`](super::transforms::PAIRS)`[pair]`: twelve components, in each a
/// row of the block's `registers` for every kernel of `packed`, which is as
/// [`Order::ByChannel`](super::super::packed::Order::ByChannel) has it. `FLIP`: the kernels turned by half a turn.
#[inline(always)]
pub(super) fn transform<T: Tiling, L: Lanes, const FLIP: bool>(
    pair: usize,
    registers: usize,
    packed: &[f32],
    weights: &mut [f32],
    to: To,
) {
    match pair {
        0 => transform_pair::<T, L, FLIP, 0>(registers, packed, weights, to),
        1 => transform_pair::<T, L, FLIP, 1>(registers, packed, weights, to),
        _ => transform_pair::<T, L, FLIP, 2>(registers, packed, weights, to),
    }
}

// A function of its own in WebAssembly: V8 runs out of patience, and then of registers, in one that holds everything.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(
    all(target_arch = "wasm32", feature = "relaxed-simd"),
    target_feature(enable = "relaxed-simd")
)]
fn transform_pair<T: Tiling, L: Lanes, const FLIP: bool, const PAIR: usize>(
    registers: usize,
    packed: &[f32],
    weights: &mut [f32],
    To { pitch, row: to_row }: To,
) {
    let row = registers * L::COUNT;
    let kernels = packed.chunks_exact(SIDE * SIDE * row);
    assert!(
        kernels.remainder().is_empty()
            && to_row >= row
            && weights.len() >= (2 * LINE - 1) * pitch + (kernels.len() - 1) * to_row + row,
        "room for two lines of whole kernels"
    );
    let mut to = weights.as_mut_ptr();
    for kernels in kernels {
        for at in (0..row).step_by(L::COUNT) {
            let [mut upper, mut lower] = [[L::splat(0.0); SIDE]; 2];
            for (x, (upper, lower)) in upper.iter_mut().zip(&mut lower).enumerate() {
                let mut taps = [L::splat(0.0); SIDE];
                for (y, tap) in taps.iter_mut().enumerate() {
                    let place = y * SIDE + x;
                    let index = if FLIP { SIDE * SIDE - 1 - place } else { place };
                    // SAFETY: a register of one tap's row, of which there are nine.
                    *tap = unsafe { L::load_at(kernels.as_ptr().add(index * row + at)) };
                }
                [*upper, *lower] = T::kernel_pair::<L, PAIR>(taps);
            }
            // SAFETY: `to` is moved by a row for each kernel, and within the row by a register; that there is room for as many in
            // each of twelve components was asserted.
            unsafe {
                for (place, line) in [upper, lower].into_iter().enumerate() {
                    for (column, value) in components::<T, L>(line).into_iter().enumerate() {
                        value.store_at(to.add((place * LINE + column) * pitch + at));
                    }
                }
            }
        }
        to = to.wrapping_add(to_row);
    }
}

/// All components of three taps.
#[inline(always)]
fn components<T: Tiling, L: Lanes>(taps: [L; SIDE]) -> [L; LINE] {
    let [first, last] = T::kernel_pair::<L, 0>(taps);
    let [near, near_minus] = T::kernel_pair::<L, 1>(taps);
    let [far, far_minus] = T::kernel_pair::<L, 2>(taps);
    [first, near, near_minus, far, far_minus, last]
}
