//! The operations that formulas of activations are written in. Each formula is compiled twice: for `f32`, inside one loop of a kernel, and for
//! tensors, computed by Burn's operations.

use burn::tensor::{Tensor, activation};

use super::vector_math;

/// A number, or a tensor of numbers.
pub(super) trait Real: Clone {
    fn add(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn neg(self) -> Self;
    fn abs(self) -> Self;
    fn square(self) -> Self;
    fn add_scalar(self, summand: f32) -> Self;
    fn mul_scalar(self, factor: f32) -> Self;
    fn clamp(self, least: f32, most: f32) -> Self;
    fn clamp_min(self, least: f32) -> Self;
    fn clamp_max(self, most: f32) -> Self;
    fn exp(self) -> Self;
    fn erf(self) -> Self;
    fn tanh(self) -> Self;
    fn sigmoid(self) -> Self;
    /// The logarithm of the sigmoid.
    fn log_sigmoid(self) -> Self;
    /// `value` everywhere.
    fn constant(&self, value: f32) -> Self;
    /// `below` where this is less than `limit`, else `otherwise`.
    fn choose_below(self, limit: f32, below: Self, otherwise: Self) -> Self;
}

macro_rules! of_burn {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        $(fn $name(self $(, $argument: $type)*) -> Self {
            Tensor::<4>::$name(self $(, $argument)*)
        })*
    };
}

impl Real for Tensor<4> {
    of_burn! {
        add(other: Self);
        mul(other: Self);
        div(other: Self);
        neg();
        abs();
        square();
        add_scalar(summand: f32);
        mul_scalar(factor: f32);
        clamp(least: f32, most: f32);
        clamp_min(least: f32);
        clamp_max(most: f32);
        exp();
        erf();
        tanh();
    }

    fn sigmoid(self) -> Self {
        activation::sigmoid(self)
    }

    fn log_sigmoid(self) -> Self {
        activation::log_sigmoid(self)
    }

    fn constant(&self, value: f32) -> Self {
        self.full_like(value)
    }

    fn choose_below(self, limit: f32, below: Self, otherwise: Self) -> Self {
        otherwise.mask_where(self.lower_scalar(limit), below)
    }
}

impl Real for f32 {
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self + other
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self * other
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self / other
    }

    #[inline(always)]
    fn neg(self) -> Self {
        -self
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }

    #[inline(always)]
    fn add_scalar(self, summand: f32) -> Self {
        self + summand
    }

    #[inline(always)]
    fn mul_scalar(self, factor: f32) -> Self {
        self * factor
    }

    #[inline(always)]
    fn clamp(self, least: f32, most: f32) -> Self {
        Real::clamp_max(Real::clamp_min(self, least), most)
    }

    #[inline(always)]
    fn clamp_min(self, least: f32) -> Self {
        // Not `max`: it would hide a NaN.
        if self < least { least } else { self }
    }

    #[inline(always)]
    fn clamp_max(self, most: f32) -> Self {
        if self > most { most } else { self }
    }

    #[inline(always)]
    fn exp(self) -> Self {
        vector_math::exp(self)
    }

    #[inline(always)]
    fn erf(self) -> Self {
        vector_math::erf(self)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        vector_math::tanh(self)
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        vector_math::sigmoid(self)
    }

    /// Without the cancellation of `ln(1 + e⁻ˣ)` where that is near 0.
    #[inline(always)]
    fn log_sigmoid(self) -> Self {
        Real::clamp_max(self, 0.0) - vector_math::exp(-self.abs()).ln_1p()
    }

    #[inline(always)]
    fn constant(&self, value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn choose_below(self, limit: f32, below: Self, otherwise: Self) -> Self {
        if self < limit { below } else { otherwise }
    }
}
