//! The three transforms of Winograd's F(4×4, 3×3), a line at a time, for the points 0, ±√½, ±√2 and infinity.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use crate::lanes::Lanes;

/// Pixels a side of what a tile gives.
pub(super) const OUT_TILE: usize = 4;
/// Pixels a side of what a tile takes.
pub(super) const IN_TILE: usize = 6;
/// Products a tile.
pub(super) const COMPONENTS: usize = IN_TILE * IN_TILE;
/// Weights a side of a kernel.
pub(super) const SIDE: usize = 3;

/// The lines of `G` in pairs that have most of their arithmetic in common: those of 0 and infinity, of ±√½, of ±√2.
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

/// `G g` for three numbers of a kernel, without the factors of [`FACTORS`].
#[inline(always)]
pub(super) fn kernel_transform<L: Lanes>(g: [L; SIDE]) -> [L; IN_TILE] {
    let [first, last] = kernel_pair::<L, 0>(g);
    let [near, near_minus] = kernel_pair::<L, 1>(g);
    let [far, far_minus] = kernel_pair::<L, 2>(g);
    [first, near, near_minus, far, far_minus, last]
}

/// `Bᵀ d` for one line of a tile.
#[inline(always)]
pub(super) fn input_transform<L: Lanes>(d: [L; IN_TILE]) -> [L; IN_TILE] {
    let less = |from: L, share: f32, what: L| from.mul_add(L::splat(-share), what);
    let (near, near_odd) = (less(d[4], 2.0, d[2]), less(d[3], 2.0, d[1]));
    let (far, far_odd) = (less(d[4], 0.5, d[2]), less(d[3], 0.5, d[1]));
    let [a, b] = [FRAC_1_SQRT_2, SQRT_2].map(|point| L::splat(point as f32));
    [
        less(d[4], 2.5, d[2]).add(d[0]),
        near.mul_add(a, near_odd),
        near.sub(a.mul(near_odd)),
        far.mul_add(b, far_odd),
        far.sub(b.mul(far_odd)),
        less(d[5], 2.5, d[3]).add(d[1]),
    ]
}

/// What `G` multiplies its lines by: those of ±√½, and those of ±√2.
const FACTORS: [f64; 2] = [-2.0 / 3.0, 1.0 / 6.0];

/// `Aᵀ m` for one line of a tile. It costs nothing to multiply by [`FACTORS`] here.
#[inline(always)]
pub(super) fn output_transform<L: Lanes>(m: [L; IN_TILE]) -> [L; OUT_TILE] {
    let (near, near_odd) = (m[1].add(m[2]), m[1].sub(m[2]));
    let (far, far_odd) = (m[3].add(m[4]), m[3].sub(m[4]));
    let by = |power: i32| {
        let factors = [FRAC_1_SQRT_2, SQRT_2].map(|point| point.powi(power));
        [factors[0] * FACTORS[0], factors[1] * FACTORS[1]].map(|factor| L::splat(factor as f32))
    };
    let sum = |[a, b]: [L; 2], near: L, far: L| a.mul(near).mul_add(b, far);
    let [even, odd, square, cube] = [0, 1, 2, 3].map(by);
    [
        m[0].mul_add(even[0], near).mul_add(even[1], far),
        sum(odd, near_odd, far_odd),
        sum(square, near, far),
        m[5].mul_add(cube[0], near_odd).mul_add(cube[1], far_odd),
    ]
}
