//! The three transforms of Winograd's F(4×4, 3×3), a line at a time, for the points 0, ±√½, ±√2 and infinity.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use crate::lanes::Lanes;

/// Pixels a side of what a tile gives.
pub(super) const GIVES: usize = 4;
/// Pixels a side of what a tile takes.
pub(super) const TAKES: usize = 6;
/// Products a tile.
pub(super) const COMPONENTS: usize = TAKES * TAKES;
/// `G g Gᵀ` for nine taps in row order.
pub(super) fn transform_weights(taps: &[f64; 9]) -> [f32; COMPONENTS] {
    let g = |[a, b, c]: [f64; 3]| {
        let (near, near_odd) = ((a + c / 2.0) / -1.5, b * FRAC_1_SQRT_2 / -1.5);
        let (far, far_odd) = ((a + c * 2.0) / 6.0, b * SQRT_2 / 6.0);
        [a, near + near_odd, near - near_odd, far + far_odd, far - far_odd, c]
    };
    let columns: [[f64; TAKES]; 3] = core::array::from_fn(|x| g([taps[x], taps[3 + x], taps[6 + x]]));
    let mut out = [0.0; COMPONENTS];
    for y in 0..TAKES {
        let row = g([columns[0][y], columns[1][y], columns[2][y]]);
        for (x, value) in row.into_iter().enumerate() {
            out[y * TAKES + x] = value as f32;
        }
    }
    out
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
