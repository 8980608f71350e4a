//! x86-64's registers: SSE2 (every such processor), AVX2 with FMA, AVX-512.
//!
//! What makes this module sound: `Eight` and `Sixteen` never leave it. The only code that computes with them is what
//! [`in_eight`] and [`in_sixteen`] run, and those first check what the processor has.
#![allow(clippy::missing_safety_doc)]

use core::arch::x86_64::*;

use super::{Lanes, OverLanes, Width};

pub(super) fn has_eight() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

pub(super) fn has_sixteen() -> bool {
    has_eight() && is_x86_feature_detected!("avx512f")
}

pub(super) fn in_eight(kernel: impl OverLanes) {
    #[target_feature(enable = "avx2,fma")]
    fn compiled(kernel: impl OverLanes) {
        kernel.run::<Eight>();
    }
    assert!(has_eight());
    // SAFETY: the processor has these features.
    unsafe { compiled(kernel) }
}

pub(super) fn in_sixteen(kernel: impl OverLanes) {
    #[target_feature(enable = "avx2,fma,avx512f")]
    fn compiled(kernel: impl OverLanes) {
        kernel.run::<Sixteen>();
    }
    assert!(has_sixteen());
    // SAFETY: the processor has these features.
    unsafe { compiled(kernel) }
}

/// A register type: its width and intrinsics.
macro_rules! lanes {
    (
        $name:ident($register:ty), $count:literal, $pixels:expr,
        splat $splat:ident, load $load:ident, store $store:ident, add $add:ident, sub $sub:ident, mul $mul:ident,
        max $max:ident, min $min:ident,
        mul_add |$sum:ident, $a:ident, $b:ident| $mul_add:expr,
        sum |$whole:ident| $total:expr,
        zip |$even:ident, $odd:ident| $pairs:expr,
        between |$value:ident, $y:ident, $limit:ident| $between:expr,
        equal |$kept:ident, $left:ident, $right:ident| $equal:expr,
        greater |$if_greater:ident, $more:ident, $less:ident| $greater:expr
    ) => {
        #[derive(Clone, Copy)]
        pub(super) struct $name($register);

        impl Lanes for $name {
            const COUNT: usize = $count;
            const PIXELS: [usize; 3] = $pixels;
            const WIDTH: Width = Width::$name;

            #[inline(always)]
            fn splat(value: f32) -> Self {
                // SAFETY: the processor has the feature (see the head of this file).
                Self(unsafe { $splat(value) })
            }

            #[inline(always)]
            unsafe fn load_at(from: *const f32) -> Self {
                // SAFETY: the caller's promise; the processor has the feature.
                Self(unsafe { $load(from) })
            }

            #[inline(always)]
            unsafe fn store_at(self, to: *mut f32) {
                // SAFETY: the caller's promise; the processor has the feature.
                unsafe { $store(to, self.0) }
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: the processor has the feature.
                Self(unsafe { $add(self.0, other.0) })
            }

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                // SAFETY: the processor has the feature.
                Self(unsafe { $sub(self.0, other.0) })
            }

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                // SAFETY: the processor has the feature.
                Self(unsafe { $mul(self.0, other.0) })
            }

            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                let ($sum, $a, $b) = (self.0, a.0, b.0);
                // SAFETY: the processor has the feature.
                Self(unsafe { $mul_add })
            }

            #[inline(always)]
            fn sum(self) -> f32 {
                let $whole = self.0;
                // SAFETY: the processor has the feature.
                unsafe { $total }
            }

            #[inline(always)]
            fn zip(self, other: Self) -> (Self, Self) {
                let ($even, $odd) = (self.0, other.0);
                // SAFETY: the processor has the feature.
                let (lower, upper) = unsafe { $pairs };
                (Self(lower), Self(upper))
            }

            // These instructions return the second operand if either is NaN.
            #[inline(always)]
            fn at_least(self, limit: Self) -> Self {
                // SAFETY: the processor has the feature.
                Self(unsafe { $max(limit.0, self.0) })
            }

            #[inline(always)]
            fn at_most(self, limit: Self) -> Self {
                // SAFETY: the processor has the feature.
                Self(unsafe { $min(limit.0, self.0) })
            }

            #[inline(always)]
            fn where_between(self, y: Self, limit: Self) -> Self {
                let ($value, $y, $limit) = (self.0, y.0, limit.0);
                // SAFETY: the processor has the feature.
                Self(unsafe { $between })
            }

            #[inline(always)]
            fn where_equal(self, a: Self, b: Self) -> Self {
                let ($kept, $left, $right) = (self.0, a.0, b.0);
                // SAFETY: the processor has the feature.
                Self(unsafe { $equal })
            }

            #[inline(always)]
            fn where_greater(self, a: Self, b: Self) -> Self {
                let ($if_greater, $more, $less) = (self.0, a.0, b.0);
                // SAFETY: the processor has the feature.
                Self(unsafe { $greater })
            }
        }
    };
}

lanes!(
    Four(__m128), 4, [8, 6, 4],
    splat _mm_set1_ps, load _mm_loadu_ps, store _mm_storeu_ps, add _mm_add_ps, sub _mm_sub_ps, mul _mm_mul_ps,
    max _mm_max_ps, min _mm_min_ps,
    mul_add |sum, a, b| _mm_add_ps(sum, _mm_mul_ps(a, b)),
    sum |whole| {
        let pairs = _mm_add_ps(whole, _mm_movehl_ps(whole, whole));
        _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps::<1>(pairs, pairs)))
    },
    zip |even, odd| (_mm_unpacklo_ps(even, odd), _mm_unpackhi_ps(even, odd)),
    between |value, y, limit| _mm_and_ps(
        value,
        _mm_and_ps(_mm_cmpgt_ps(y, _mm_setzero_ps()), _mm_cmplt_ps(y, limit))
    ),
    equal |value, a, b| _mm_and_ps(value, _mm_cmpeq_ps(a, b)),
    greater |value, a, b| _mm_and_ps(value, _mm_cmpgt_ps(a, b))
);

lanes!(
    Eight(__m256), 8, [8, 6, 4],
    splat _mm256_set1_ps, load _mm256_loadu_ps, store _mm256_storeu_ps, add _mm256_add_ps, sub _mm256_sub_ps,
    mul _mm256_mul_ps, max _mm256_max_ps, min _mm256_min_ps,
    mul_add |sum, a, b| _mm256_fmadd_ps(a, b, sum),
    sum |whole| Four(_mm_add_ps(_mm256_castps256_ps128(whole), _mm256_extractf128_ps::<1>(whole))).sum(),
    zip |even, odd| {
        let (low, high) = (_mm256_unpacklo_ps(even, odd), _mm256_unpackhi_ps(even, odd));
        (_mm256_permute2f128_ps::<0x20>(low, high), _mm256_permute2f128_ps::<0x31>(low, high))
    },
    between |value, y, limit| _mm256_and_ps(
        value,
        _mm256_and_ps(
            _mm256_cmp_ps::<_CMP_GT_OQ>(y, _mm256_setzero_ps()),
            _mm256_cmp_ps::<_CMP_LT_OQ>(y, limit)
        )
    ),
    equal |value, a, b| _mm256_and_ps(value, _mm256_cmp_ps::<_CMP_EQ_OQ>(a, b)),
    greater |value, a, b| _mm256_and_ps(value, _mm256_cmp_ps::<_CMP_GT_OQ>(a, b))
);

lanes!(
    Sixteen(__m512), 16, [12, 12, 8],
    splat _mm512_set1_ps, load _mm512_loadu_ps, store _mm512_storeu_ps, add _mm512_add_ps, sub _mm512_sub_ps,
    mul _mm512_mul_ps, max _mm512_max_ps, min _mm512_min_ps,
    mul_add |sum, a, b| _mm512_fmadd_ps(a, b, sum),
    sum |whole| _mm512_reduce_add_ps(whole),
    zip |even, odd| {
        let lower = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        let upper = _mm512_add_epi32(lower, _mm512_set1_epi32(8));
        (_mm512_permutex2var_ps(even, lower, odd), _mm512_permutex2var_ps(even, upper, odd))
    },
    between |value, y, limit| {
        let inside = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(y, _mm512_setzero_ps())
            & _mm512_cmp_ps_mask::<_CMP_LT_OQ>(y, limit);
        _mm512_maskz_mov_ps(inside, value)
    },
    equal |value, a, b| _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b), value),
    greater |value, a, b| _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b), value)
);
