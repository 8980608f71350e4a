//! A block of a matrix product, 32 × 32: factors in bfloat16, sums in f32.
//!
//! Processors multiply such numbers in pairs: two neighbours of a row of the left matrix with two neighbours of a
//! column of the right one. So the right matrix lies in memory as rows of pairs, each a `u32` with the first number in
//! its lower half.

use std::marker::PhantomData;

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
use super::amx;
#[cfg(target_arch = "x86_64")]
use super::avx512;
use super::plain;

/// Rows and columns of a block, and how many products one step adds to each of its numbers.
pub(super) const BLOCK: usize = 32;

/// What computes the products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernels) enum Unit {
    /// Intel's matrix unit (AMX-BF16).
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    Amx,
    /// Vector registers (AVX512-BF16).
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// Ordinary arithmetic, for comparison: slower than f32 everywhere.
    #[cfg_attr(not(test), expect(dead_code, reason = "the reference of the tests"))]
    Plain,
}

impl Unit {
    /// The fastest unit of this processor; `None` if it has no instructions for bfloat16.
    pub(in crate::kernels) fn fastest() -> Option<Self> {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if amx::is_available() {
            return Some(Self::Amx);
        }
        #[cfg(target_arch = "x86_64")]
        if avx512::is_available() {
            return Some(Self::Avx512);
        }
        None
    }

    /// Every unit that works on this machine.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![Self::Plain];
        #[cfg(target_arch = "x86_64")]
        if avx512::is_available() {
            all.push(Self::Avx512);
        }
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if amx::is_available() {
            all.push(Self::Amx);
        }
        all
    }

    /// Prepares this thread for products.
    pub(super) fn begin(self) -> Multiplier {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if self == Self::Amx {
            amx::begin();
        }
        #[cfg(target_arch = "x86_64")]
        assert!(self != Self::Avx512 || avx512::is_available(), "AVX512-BF16");
        Multiplier {
            unit: self,
            here: PhantomData,
        }
    }
}

/// The left matrix: rows of bfloat16 numbers, and how far apart they are.
pub(super) type Left<'a> = (&'a [u16], usize);

/// The right matrix: rows of pairs, and how far apart they are.
pub(super) type Right<'a> = (&'a [u32], usize);

/// Where the parts of both matrices that each step multiplies begin, 32 × 32 numbers each.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps {
    at: Vec<[u32; 2]>,
    furthest: [usize; 2],
}

impl Steps {
    pub(super) fn push(&mut self, left: usize, right: usize) {
        let fits = |place: usize| u32::try_from(place).expect("a picture's numbers are fewer than 2³²");
        self.at.push([fits(left), fits(right)]);
        self.furthest = [self.furthest[0].max(left), self.furthest[1].max(right)];
    }

    pub(super) fn len(&self) -> usize {
        self.at.len()
    }

    /// The first `count` of them.
    pub(super) fn first(&self, count: usize) -> Self {
        let mut first = Self::default();
        for [left, right] in &self.at[..count] {
            first.push(*left as usize, *right as usize);
        }
        first
    }
}

/// Multiplies, in the thread that made it. At most one per thread: dropping one releases the unit for the whole thread.
pub(super) struct Multiplier {
    unit: Unit,
    /// The matrix unit's registers belong to one thread.
    here: PhantomData<*const ()>,
}

impl Multiplier {
    /// Fills a block of `out`, whose rows are `pitch` apart, with the sum of the products of `steps`; adds to what is
    /// there if `accumulate`.
    ///
    /// # Panics
    /// If a slice is too short.
    pub(super) fn multiply(
        &self,
        out: &mut [f32],
        pitch: usize,
        (left, left_pitch): Left<'_>,
        (right, right_pitch): Right<'_>,
        steps: &Steps,
        accumulate: bool,
    ) {
        assert!(out.len() >= (BLOCK - 1) * pitch + BLOCK && pitch >= BLOCK);
        if steps.len() > 0 {
            assert!(left.len() >= steps.furthest[0] + (BLOCK - 1) * left_pitch + BLOCK);
            assert!(right.len() >= steps.furthest[1] + (BLOCK / 2 - 1) * right_pitch + BLOCK);
        }
        match self.unit {
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            // SAFETY: the assertions keep every row of every part inside its slice, `out` is borrowed mutably, and a
            // multiplier of this unit is only made by `begin`, in this thread.
            Unit::Amx => unsafe {
                amx::multiply(
                    out.as_mut_ptr(),
                    pitch,
                    left.as_ptr(),
                    left_pitch,
                    right.as_ptr(),
                    right_pitch,
                    &steps.at,
                    accumulate,
                );
            },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above; `begin` has seen that the processor has the instructions.
            Unit::Avx512 => unsafe {
                avx512::multiply(
                    out.as_mut_ptr(),
                    pitch,
                    left.as_ptr(),
                    left_pitch,
                    right.as_ptr(),
                    right_pitch,
                    &steps.at,
                    accumulate,
                );
            },
            Unit::Plain => plain::multiply(
                out,
                pitch,
                (left, left_pitch),
                (right, right_pitch),
                &steps.at,
                accumulate,
            ),
        }
    }
}

impl Drop for Multiplier {
    fn drop(&mut self) {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if self.unit == Unit::Amx {
            amx::end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Steps, Unit};
    use crate::kernels::mixed_precision::bf16::{round, widen};

    /// With small whole numbers every sum is exact, so all units must give exactly the same.
    #[test]
    fn every_unit_multiplies_and_accumulates() {
        let number = |at: usize, seed: usize| ((at * 7 + seed * 13) % 17) as f32 - 8.0;
        let (left_pitch, right_pitch, pitch) = (80, 50, 40);
        let left: Vec<u16> = (0..40 * left_pitch).map(|at| round(number(at, 1))).collect();
        let right: Vec<u32> = (0..40 * right_pitch)
            .map(|at| u32::from(round(number(at, 2))) | u32::from(round(number(at, 3))) << 16)
            .collect();
        let mut steps = Steps::default();
        for (a, b) in [(0, 3), (41, 500), (7 * left_pitch + 3, 18 * right_pitch)] {
            steps.push(a, b);
        }
        let expected = |row: usize, column: usize| -> f32 {
            steps
                .at
                .iter()
                .flat_map(|[a, b]| (0..BLOCK).map(move |k| (*a as usize + row * left_pitch + k, *b as usize, k)))
                .map(|(a, b, k)| {
                    let pair = right[b + k / 2 * right_pitch + column];
                    widen(left[a]) * widen((pair >> (16 * (k % 2))) as u16)
                })
                .sum()
        };
        for unit in Unit::all() {
            let multiplier = unit.begin();
            let mut out = vec![0.5; BLOCK * pitch];
            for (accumulate, factor, before) in [(false, 1.0, 0.0), (true, 2.0, 0.0)] {
                multiplier.multiply(
                    &mut out,
                    pitch,
                    (&left, left_pitch),
                    (&right, right_pitch),
                    &steps,
                    accumulate,
                );
                for row in 0..BLOCK {
                    for column in 0..pitch {
                        let expected = if column < BLOCK {
                            before + factor * expected(row, column)
                        } else {
                            0.5
                        };
                        // The last row ends with the block.
                        if column < BLOCK || row < BLOCK - 1 {
                            assert_eq!(out[row * pitch + column], expected, "{unit:?} {row} {column}");
                        }
                    }
                }
            }
            multiplier.multiply(&mut out, pitch, (&[], 1), (&[], 1), &Steps::default(), false);
            assert!((0..BLOCK).all(|row| out[row * pitch..row * pitch + BLOCK].iter().all(|value| *value == 0.0)));
        }
    }

    #[test]
    #[should_panic(expected = "assertion failed")]
    fn a_short_slice_is_refused() {
        let mut steps = Steps::default();
        steps.push(1, 0);
        Unit::Plain
            .begin()
            .multiply(&mut [0.0; 1024], 32, (&[0; 1024], 32), (&[0; 512], 32), &steps, false);
    }
}
