//! Functions of one number without a branch or a call, so that the compiler computes several numbers at once. The tests below bound their
//! errors against f64, for every 16,384th f32.

use std::f32::consts::LOG2_E;

/// 1.5 · 2²³: added to a number of less than 2²² it leaves the nearest whole number in the lowest bits.
const ROUNDING: f32 = 12_582_912.0;
/// ln 2, in two parts: the first has few bits, so that its multiples are exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
/// Below the first `exp` is 0, above the second it is infinite.
const EXP_RANGE: [f32; 2] = [-103.9, 88.722_83];

/// `eˣ`: 2ⁿ · eʳ with r at most half of ln 2, and eʳ by its Taylor series. Results below 7.5e-46 are 0.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    let inside = x.clamp(EXP_RANGE[0], EXP_RANGE[1]);
    let rounded = inside * LOG2_E + ROUNDING;
    // n is split into two halves, because 2ⁿ may be too large or too small for an f32.
    let n = rounded.to_bits().wrapping_sub(ROUNDING.to_bits()).cast_signed();
    let [half, rest] = [n >> 1, n - (n >> 1)];
    let whole = rounded - ROUNDING;
    let r = inside - whole * LN_2[0] - whole * LN_2[1];
    let series = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let near = series.into_iter().fold(0.0, |sum, factor| sum * r + factor);
    let power = |n: i32| f32::from_bits(((n + 127) << 23).cast_unsigned());
    let value = near * power(half) * power(rest);
    let value = if x < EXP_RANGE[0] { 0.0 } else { value };
    if x > EXP_RANGE[1] { f32::INFINITY } else { value }
}

/// The hyperbolic tangent: near 0 by a polynomial of Cephes (Moshier 1992), elsewhere `1 − 2 / (e²ˣ + 1)`.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    let square = x * x;
    let factors = [
        -5.704_988_7e-3,
        2.063_908_8e-2,
        -5.373_971_6e-2,
        1.333_144_2e-1,
        -3.333_328e-1,
    ];
    let near = factors.into_iter().fold(0.0, |sum, factor| sum * square + factor) * square * x + x;
    let far = (1.0 - 2.0 / (exp(2.0 * x.abs()) + 1.0)).copysign(x);
    if x.abs() < 0.625 { near } else { far }
}

/// The error function: up to 1 by a polynomial of Cephes, elsewhere by formula 7.1.26 of Abramowitz and Stegun 1964.
#[inline(always)]
pub(super) fn erf(x: f32) -> f32 {
    let square = x * x;
    let factors = [
        7.853_861e-5,
        -8.010_194e-4,
        5.188_327_7e-3,
        -2.685_381_2e-2,
        1.128_358_5e-1,
        -3.761_262_6e-1,
        std::f32::consts::FRAC_2_SQRT_PI,
    ];
    let near = factors.into_iter().fold(0.0, |sum, factor| sum * square + factor) * x;
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let factors = [1.061_405_4, -1.453_152_1, 1.421_413_8, -0.284_496_72, 0.254_829_6, 0.0];
    let tail = factors.into_iter().fold(0.0, |sum, factor| sum * t + factor) * exp(-square);
    let far = (1.0 - tail).copysign(x);
    if x.abs() < 1.0 { near } else { far }
}

/// `1 / (1 + e⁻ˣ)`, which is `eˣ / (1 + eˣ)`: the exponential is never above 1.
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    let power = exp(-x.abs());
    let above = 1.0 / (1.0 + power);
    if x < 0.0 { power * above } else { above }
}

#[cfg(test)]
mod tests {
    use super::{erf, exp, sigmoid, tanh};

    /// Every 16,384th number there is.
    fn numbers() -> impl Iterator<Item = f32> {
        (0..=u32::MAX >> 14)
            .map(|bits| f32::from_bits(bits << 14))
            .filter(|number| number.is_finite())
    }

    /// By its series, or by its continued fraction where that has too many terms.
    fn exact_erf(x: f64) -> f64 {
        let size = x.abs().min(7.0);
        if size < 3.0 {
            let terms = (0..80).scan(size, |term, n| {
                let value = *term / (2.0 * f64::from(n) + 1.0);
                *term *= -size * size / (f64::from(n) + 1.0);
                Some(value)
            });
            (terms.sum::<f64>() * std::f64::consts::FRAC_2_SQRT_PI).copysign(x)
        } else {
            let fraction = (1..60).rev().fold(size, |below, n| size + f64::from(n) / 2.0 / below);
            let tail = (-size * size).exp() / fraction / std::f64::consts::PI.sqrt();
            (1.0 - tail).copysign(x)
        }
    }

    #[test]
    fn they_are_as_exact_as_is_said() {
        for x in numbers() {
            let wide = f64::from(x);
            let relative = |got: f32, wanted: f64| (f64::from(got) - wanted).abs() / wanted.abs().max(2e-38);
            let power = wide.exp();
            if power > f64::from(f32::MAX) {
                assert_eq!(exp(x), f32::INFINITY, "{x}");
            } else {
                assert!(relative(exp(x), power) < 3e-7, "exp({x}) is {}, not {power}", exp(x));
            }
            assert!(relative(tanh(x), wide.tanh()) < 3e-7, "tanh({x}) is {}", tanh(x));
            assert!(
                relative(sigmoid(x), 1.0 / (1.0 + (-wide).exp())) < 5e-7,
                "sigmoid({x}) is {}",
                sigmoid(x)
            );
            assert!(
                (f64::from(erf(x)) - exact_erf(wide)).abs() < 4e-7,
                "erf({x}) is {}",
                erf(x)
            );
        }
    }
}
