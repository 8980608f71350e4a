//! A block of a product on vector registers, by AVX512-BF16: thirty-two products an instruction.

use std::arch::x86_64::{
    __m512, __m512bh, __m512i, _mm512_dpbf16_ps, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_set1_epi32,
    _mm512_setzero_ps, _mm512_storeu_ps,
};
use std::mem::transmute;

use super::microkernel::BLOCK;

/// Rows summed at once: with two registers a row, eight leave room for the factors.
const ROWS: usize = 8;

pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bf16")
}

/// See [`Multiplier::multiply`](super::microkernel::Multiplier::multiply).
///
/// # Safety
/// The processor has AVX512F and AVX512-BF16. `out` has 32 rows, `out_pitch` apart, of 32 numbers; from each place in
/// `steps` on, `left` has 32 rows of 32 numbers and `right` 16 rows of 32 pairs.
#[target_feature(enable = "avx512f,avx512bf16")]
#[allow(clippy::too_many_arguments, reason = "three matrices")]
pub(super) unsafe fn multiply(
    out: *mut f32,
    out_pitch: usize,
    left: *const u16,
    left_pitch: usize,
    right: *const u32,
    right_pitch: usize,
    steps: &[[u32; 2]],
    accumulate: bool,
) {
    // SAFETY: the caller's promise; no row and no pair beyond those it names is touched.
    unsafe {
        for first in (0..BLOCK).step_by(ROWS) {
            let out = out.add(first * out_pitch);
            let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
            if accumulate {
                for (row, sums) in sums.iter_mut().enumerate() {
                    *sums = [
                        _mm512_loadu_ps(out.add(row * out_pitch)),
                        _mm512_loadu_ps(out.add(row * out_pitch + 16)),
                    ];
                }
            }
            for [a, b] in steps {
                let a = left.add(*a as usize + first * left_pitch);
                let b = right.add(*b as usize);
                for index in 0..BLOCK / 2 {
                    let b = b.add(index * right_pitch);
                    let pairs = [load(b), load(b.add(16))];
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let a = a.add(row * left_pitch + 2 * index).cast::<i32>().read_unaligned();
                        let a = transmute::<__m512i, __m512bh>(_mm512_set1_epi32(a));
                        for (sum, pairs) in sums.iter_mut().zip(pairs) {
                            *sum = _mm512_dpbf16_ps(*sum, a, pairs);
                        }
                    }
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                store(out.add(row * out_pitch), sums[0]);
                store(out.add(row * out_pitch + 16), sums[1]);
            }
        }
    }
}

/// # Safety
/// `from` has 16 pairs.
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn load(from: *const u32) -> __m512bh {
    // SAFETY: the caller's promise; both types are 64 bytes, and any bytes are valid for them.
    unsafe { transmute::<__m512i, __m512bh>(_mm512_loadu_si512(from.cast())) }
}

/// # Safety
/// `to` has room for 16 numbers.
#[target_feature(enable = "avx512f")]
unsafe fn store(to: *mut f32, values: __m512) {
    // SAFETY: the caller's promise.
    unsafe { _mm512_storeu_ps(to, values) }
}
