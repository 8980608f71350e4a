//! The three transforms of Winograd's F(4×4, 3×3), and of F(4×4, 2×2), a line at a time, for the points 0, ±√½, ±√2; F(4×4, 3×3) has infinity,
//! too.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use crate::lanes::Lanes;

/// Components of a line: the five finite points, and infinity or, through a stride of two, the middle tap.
pub(super) const LINE: usize = 6;
/// Components of a tile.
pub(super) const COMPONENTS: usize = LINE * LINE;
/// Weights a side of a kernel.
pub(super) const SIDE: usize = 3;

/// The lines of `G` in pairs that have most of their arithmetic in common: those of 0 and of the last component, of ±√½, of ±√2.
pub(super) const PAIRS: [[usize; 2]; 3] = [[0, 5], [1, 2], [3, 4]];

/// A pair of lines of `G g` for three numbers of a kernel, without the factors of [`FACTORS`].
#[inline(always)]
pub(super) fn kernel_pair<L: Lanes, const PAIR: usize>([a, b, c]: [L; SIDE]) -> [L; 2] {
    let point = match PAIR {
        0 => return [a, c],
        1 => FRAC_1_SQRT_2,
        _ => SQRT_2,
    };
    let even = a.mul_add(L::splat((point * point) as f32), c);
    [
        even.mul_add(L::splat(point as f32), b),
        even.mul_add(L::splat(-point as f32), b),
    ]
}

/// The same for F(4, 2) of the two outer taps; the last component is the middle tap itself.
#[inline(always)]
pub(super) fn outer_kernel_pair<L: Lanes, const PAIR: usize>([a, b, c]: [L; SIDE]) -> [L; 2] {
    let point = match PAIR {
        0 => return [a, b],
        1 => FRAC_1_SQRT_2,
        _ => SQRT_2,
    };
    [point, -point].map(|point| a.mul_add(L::splat(point as f32), c))
}

/// The finite points of `Bᵀ d` for one line of a tile.
#[inline(always)]
fn finite_input<L: Lanes>(d: [L; 5]) -> [L; 5] {
    let (near, near_odd) = (less(d[4], 2.0, d[2]), less(d[3], 2.0, d[1]));
    let (far, far_odd) = (less(d[4], 0.5, d[2]), less(d[3], 0.5, d[1]));
    let [a, b] = [FRAC_1_SQRT_2, SQRT_2].map(|point| L::splat(point as f32));
    [
        less(d[4], 2.5, d[2]).add(d[0]),
        near.mul_add(a, near_odd),
        near.sub(a.mul(near_odd)),
        far.mul_add(b, far_odd),
        far.sub(b.mul(far_odd)),
    ]
}

/// `Bᵀ d` for one line of a tile.
#[inline(always)]
pub(super) fn input_line<L: Lanes>([d @ .., last]: [L; LINE]) -> [L; LINE] {
    let [zero, near, near_minus, far, far_minus] = finite_input(d);
    let infinite = less(last, 2.5, d[3]).add(d[1]);
    [zero, near, near_minus, far, far_minus, infinite]
}

/// The factors of a line of pixels through a stride of two: of every second pixel, and those between as they are.
#[inline(always)]
pub(super) fn stride_2_input_line<L: Lanes>([a, b, c, d, e, f, g, h, i]: [L; 9]) -> [L; 9] {
    let [zero, near, near_minus, far, far_minus] = finite_input([a, c, e, g, i]);
    [zero, near, near_minus, far, far_minus, b, d, f, h]
}

/// The same of a line of the signal in the backward pass.
#[inline(always)]
pub(super) fn stride_2_signal_line<L: Lanes>(r: [L; 5]) -> [L; 9] {
    let [zero, near, near_minus, far, far_minus] = finite_input(r);
    let [a, b, c, d, _] = r;
    [zero, near, near_minus, far, far_minus, a, b, c, d]
}

#[inline(always)]
fn less<L: Lanes>(from: L, share: f32, what: L) -> L {
    from.mul_add(L::splat(-share), what)
}

/// What `G` multiplies its lines by: those of ±√½, and those of ±√2.
const FACTORS: [f64; 2] = [-2.0 / 3.0, 1.0 / 6.0];

/// What ±√½ and ±√2 give to `Aᵀ m` for one line of a tile, added to what is there. It costs nothing to multiply by [`FACTORS`] here.
#[inline(always)]
fn finite_output<L: Lanes>(points: [L; 4], there: [Option<L>; 4]) -> [L; 4] {
    let [near, near_minus, far, far_minus] = points;
    let even = [near.add(near_minus), far.add(far_minus)];
    let odd = [near.sub(near_minus), far.sub(far_minus)];
    let sum = |power: usize| {
        let [a, b] = [FRAC_1_SQRT_2, SQRT_2].map(|point| point.powi(power as i32));
        let [a, b] = [a * FACTORS[0], b * FACTORS[1]].map(|factor| L::splat(factor as f32));
        let [near, far] = if power.is_multiple_of(2) { even } else { odd };
        let first = match there[power] {
            Some(there) => there.mul_add(a, near),
            None => a.mul(near),
        };
        first.mul_add(b, far)
    };
    [sum(0), sum(1), sum(2), sum(3)]
}

/// `Aᵀ m` for one line of a tile.
#[inline(always)]
pub(super) fn output_line<L: Lanes>([zero, points @ .., infinite]: [L; LINE]) -> [L; 4] {
    finite_output(points, [Some(zero), None, None, Some(infinite)])
}

/// A line of pixels from its products through a stride of two.
#[inline(always)]
pub(super) fn stride_2_output_line<L: Lanes>([zero, points @ .., a, b, c, d]: [L; 9]) -> [L; 4] {
    finite_output(points, [Some(a.add(zero)), Some(b), Some(c), Some(d)])
}

/// The same in the backward pass: the middle tap's pixels and the outer taps' in turn.
#[inline(always)]
pub(super) fn stride_2_gradient_line<L: Lanes>([zero, points @ .., a, b, c, d]: [L; 9]) -> [L; 8] {
    let [e, f, g, h] = finite_output(points, [Some(zero), None, None, None]);
    [a, e, b, f, c, g, d, h]
}
