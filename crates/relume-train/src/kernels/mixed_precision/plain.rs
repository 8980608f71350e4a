//! A block of a product in ordinary arithmetic: the reference that the other units are compared with.

use super::bf16::widen;
use super::microkernel::{BLOCK, Left, Right};

/// See [`Multiplier::multiply`](super::microkernel::Multiplier::multiply).
pub(super) fn multiply(
    out: &mut [f32],
    pitch: usize,
    (left, left_pitch): Left<'_>,
    (right, right_pitch): Right<'_>,
    steps: &[[u32; 2]],
    accumulate: bool,
) {
    for row in 0..BLOCK {
        let sums = &mut out[row * pitch..row * pitch + BLOCK];
        if !accumulate {
            sums.fill(0.0);
        }
        for [a, b] in steps {
            let a = &left[*a as usize + row * left_pitch..][..BLOCK];
            for (index, a) in a.chunks_exact(2).enumerate() {
                let (first, second) = (widen(a[0]), widen(a[1]));
                let pairs = &right[*b as usize + index * right_pitch..][..BLOCK];
                for (sum, pair) in sums.iter_mut().zip(pairs) {
                    *sum += first * widen(*pair as u16) + second * widen((*pair >> 16) as u16);
                }
            }
        }
    }
}
