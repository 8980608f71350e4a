//! The most that one thread of this machine can do.

use std::hint::black_box;
use std::time::Instant;

use relume_kernels::conv2d::multiply_add_in_registers;

/// Multiply-adds a second in registers alone: the best of several tries, as other processes can only slow it down.
pub(super) fn measure() -> f64 {
    const COUNT: u64 = 200_000_000;
    (0..10)
        .map(|_| {
            let start = Instant::now();
            let done = black_box(multiply_add_in_registers(black_box(COUNT)));
            done as f64 / start.elapsed().as_secs_f64()
        })
        .fold(0.0, f64::max)
}
