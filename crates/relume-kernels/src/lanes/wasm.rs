//! WebAssembly's 128-bit registers; with relaxed SIMD a multiplication and its addition are one instruction.

use core::arch::wasm32::*;

use super::{Lanes, OverLanes, Width};

/// Compiled with relaxed SIMD where the build says so. The attribute is on functions, not on the whole build, because
/// not every dependency compiles with it.
#[cfg_attr(feature = "relaxed-simd", target_feature(enable = "relaxed-simd"))]
pub(super) fn in_four(kernel: impl OverLanes) {
    kernel.run::<Four>();
}

#[derive(Clone, Copy)]
pub(super) struct Four(v128);

impl Lanes for Four {
    const COUNT: usize = 4;
    // V8 loads everything that one step of the innermost loop needs before it multiplies: 4 × 2 sums, 4 pixels and 2
    // weights fit its 15 registers, and so do 3 × 3 sums, 3 pixels and 3 weights; 4 × 3 sums do not (and take twice as long).
    const PIXELS: [usize; 3] = [6, 4, 3];
    const WIDTH: Width = Width::Four;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
    }

    #[inline(always)]
    unsafe fn load_at(from: *const f32) -> Self {
        // SAFETY: the caller's promise; WebAssembly needs no alignment.
        Self(unsafe { v128_load(from.cast()) })
    }

    #[inline(always)]
    unsafe fn store_at(self, to: *mut f32) {
        // SAFETY: the caller's promise; WebAssembly needs no alignment.
        unsafe { v128_store(to.cast(), self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }

    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        #[cfg(feature = "relaxed-simd")]
        return Self(f32x4_relaxed_madd(a.0, b.0, self.0));
        #[cfg(not(feature = "relaxed-simd"))]
        Self(f32x4_add(self.0, f32x4_mul(a.0, b.0)))
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        let pairs = f32x4_add(self.0, i32x4_shuffle::<2, 3, 0, 1>(self.0, self.0));
        f32x4_extract_lane::<0>(pairs) + f32x4_extract_lane::<1>(pairs)
    }

    #[inline(always)]
    fn zip(self, other: Self) -> (Self, Self) {
        (
            Self(i32x4_shuffle::<0, 4, 1, 5>(self.0, other.0)),
            Self(i32x4_shuffle::<2, 6, 3, 7>(self.0, other.0)),
        )
    }

    // The pseudo-minimum and -maximum are one instruction each on most processors, and return the first operand if
    // either is NaN.
    #[inline(always)]
    fn at_least(self, limit: Self) -> Self {
        Self(f32x4_pmax(self.0, limit.0))
    }

    #[inline(always)]
    fn at_most(self, limit: Self) -> Self {
        Self(f32x4_pmin(self.0, limit.0))
    }

    #[inline(always)]
    fn where_between(self, y: Self, limit: Self) -> Self {
        let inside = v128_and(f32x4_gt(y.0, f32x4_splat(0.0)), f32x4_lt(y.0, limit.0));
        Self(v128_and(self.0, inside))
    }

    #[inline(always)]
    fn where_equal(self, a: Self, b: Self) -> Self {
        Self(v128_and(self.0, f32x4_eq(a.0, b.0)))
    }

    #[inline(always)]
    fn where_greater(self, a: Self, b: Self) -> Self {
        Self(v128_and(self.0, f32x4_gt(a.0, b.0)))
    }
}
