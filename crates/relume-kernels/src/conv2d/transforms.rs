//! The three transforms of Winograd's F(4×4, 3×3), a line at a time, for the points 0, ±√½, ±√2 and infinity.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use crate::lanes::Lanes;

/// Pixels a side of what a tile gives.
pub(super) const GIVES: usize = 4;
/// Pixels a side of what a tile takes.
pub(super) const TAKES: usize = 6;
/// Products a tile.
pub(super) const COMPONENTS: usize = TAKES * TAKES;
/// Kernels whose weights are transformed side by side.
pub(super) const KERNELS: usize = 4;
/// One number of each.
pub(super) type Side = [f64; KERNELS];

/// `G g Gᵀ` for nine taps in row order.
pub(super) fn transform_weights(taps: &[Side; 9]) -> [[f32; KERNELS]; COMPONENTS] {
    let columns: [[Side; TAKES]; 3] = core::array::from_fn(|x| transform_taps([taps[x], taps[3 + x], taps[6 + x]]));
    let mut out = [[0.0; KERNELS]; COMPONENTS];
    for y in 0..TAKES {
        let row = transform_taps([columns[0][y], columns[1][y], columns[2][y]]);
        for (x, values) in row.into_iter().enumerate() {
            out[y * TAKES + x] = values.map(|value| value as f32);
        }
    }
    out
}

/// `G g` for one line of taps.
#[inline(always)]
fn transform_taps([a, b, c]: [Side; 3]) -> [Side; TAKES] {
    let each = |of: fn(f64, f64, f64) -> f64| core::array::from_fn(|kernel| of(a[kernel], b[kernel], c[kernel]));
    [
        a,
        each(|a, b, c| ((a + c / 2.0) + b * FRAC_1_SQRT_2) * (-2.0 / 3.0)),
        each(|a, b, c| ((a + c / 2.0) - b * FRAC_1_SQRT_2) * (-2.0 / 3.0)),
        each(|a, b, c| ((a + c * 2.0) + b * SQRT_2) * (1.0 / 6.0)),
        each(|a, b, c| ((a + c * 2.0) - b * SQRT_2) * (1.0 / 6.0)),
        c,
    ]
}

/// `Bᵀ d` for one line of a tile.
#[inline(always)]
pub(super) fn transform_in<L: Lanes>(d: [L; TAKES]) -> [L; TAKES] {
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

/// `Aᵀ m` for one line of a tile.
#[inline(always)]
pub(super) fn transform_out<L: Lanes>(m: [L; TAKES]) -> [L; GIVES] {
    let (near, near_odd) = (m[1].add(m[2]), m[1].sub(m[2]));
    let (far, far_odd) = (m[3].add(m[4]), m[3].sub(m[4]));
    let [a, b, half_a, two_b] =
        [FRAC_1_SQRT_2, SQRT_2, FRAC_1_SQRT_2 / 2.0, SQRT_2 * 2.0].map(|point| L::splat(point as f32));
    [
        m[0].add(near).add(far),
        a.mul(near_odd).mul_add(b, far_odd),
        L::splat(0.5).mul(near).mul_add(L::splat(2.0), far),
        m[5].mul_add(half_a, near_odd).mul_add(two_b, far_odd),
    ]
}
