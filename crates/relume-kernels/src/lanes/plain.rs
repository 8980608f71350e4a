//! Four numbers in an array, for architectures without a module of their own: compilers vectorise it.

use super::{Lanes, Width};

#[derive(Clone, Copy)]
pub(super) struct Four([f32; 4]);

impl Four {
    #[inline(always)]
    fn with(self, other: Self, each: impl Fn(f32, f32) -> f32) -> Self {
        Self(core::array::from_fn(|lane| each(self.0[lane], other.0[lane])))
    }
}

impl Lanes for Four {
    const COUNT: usize = 4;
    const PIXELS: [usize; 3] = [8, 8, 6];
    const WIDTH: Width = Width::Four;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline(always)]
    unsafe fn load_at(from: *const f32) -> Self {
        // SAFETY: the caller's promise; an unaligned read needs no alignment.
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store_at(self, to: *mut f32) {
        // SAFETY: the caller's promise; an unaligned write needs no alignment.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
    }

    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        self.add(a.mul(b))
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        let [a, b, c, d] = self.0;
        (a + c) + (b + d)
    }

    #[inline(always)]
    fn zip(self, other: Self) -> (Self, Self) {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        (Self([a, e, b, f]), Self([c, g, d, h]))
    }

    #[inline(always)]
    fn at_least(self, limit: Self) -> Self {
        // Not `max`: it would hide a NaN.
        self.with(limit, |value, limit| if value < limit { limit } else { value })
    }

    #[inline(always)]
    fn at_most(self, limit: Self) -> Self {
        self.with(limit, |value, limit| if value > limit { limit } else { value })
    }

    #[inline(always)]
    fn where_between(self, y: Self, limit: Self) -> Self {
        let inside = y.with(limit, |y, limit| f32::from(u8::from(y > 0.0 && y < limit)));
        self.with(inside, |value, inside| if inside > 0.0 { value } else { 0.0 })
    }

    #[inline(always)]
    fn where_equal(self, a: Self, b: Self) -> Self {
        Self(core::array::from_fn(|lane| {
            if a.0[lane] == b.0[lane] { self.0[lane] } else { 0.0 }
        }))
    }

    #[inline(always)]
    fn where_greater(self, a: Self, b: Self) -> Self {
        Self(core::array::from_fn(|lane| {
            if a.0[lane] > b.0[lane] { self.0[lane] } else { 0.0 }
        }))
    }
}
