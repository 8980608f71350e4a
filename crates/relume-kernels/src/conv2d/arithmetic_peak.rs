//! What the kernels could do at most: multiply-adds with everything in registers.

use std::hint::black_box;

use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// Independent sums: enough to have every multiplier busy, few enough for any processor's registers.
const SUMS: usize = 12;

/// Does at least `count` multiply-adds on the registers that the kernels use, reading and writing no memory. Gives how
/// many they were; whoever times it has the most that a kernel can reach in one thread.
#[must_use]
pub fn multiply_add_in_registers(count: u64) -> u64 {
    let width = Width::best();
    let rounds = count.div_ceil((SUMS * width.count()) as u64);
    dispatch(width, Rounds(rounds));
    rounds * (SUMS * width.count()) as u64
}

struct Rounds(u64);

impl OverLanes for Rounds {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let (a, b) = (L::splat(black_box(0.5)), L::splat(black_box(0.25)));
        let mut sums = [L::splat(black_box(0.0)); SUMS];
        for _ in 0..self.0 {
            for sum in &mut sums {
                // Both operations wait for the sum, so neither can be taken out of the loop.
                *sum = b.mul_add(*sum, a);
            }
        }
        let mut out = [0.0; 16];
        for sum in sums {
            sum.store(&mut out);
            black_box(&out);
        }
    }
}
