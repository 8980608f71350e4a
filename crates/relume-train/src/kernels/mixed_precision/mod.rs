//! Convolution of a batch, and its two gradients, in mixed precision (Micikevicius et al. 2017): factors are rounded to
//! bfloat16, while sums and everything that is kept stay f32. Many times as fast on processors with instructions for
//! such numbers.
//!
//! All three are sums of matrix products over runs of positions, as [`implicit_gemm`](super::implicit_gemm) explains.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bf16;
mod convolution;
mod microkernel;
mod plain;
#[cfg(test)]
mod tests;
mod weight_gradient;

pub(super) use convolution::{forward, input_gradient};
use microkernel::BLOCK;
pub(super) use microkernel::Unit;
pub(super) use weight_gradient::weight_gradient;

/// `count` rounded up to whole blocks.
const fn blocks(count: usize) -> usize {
    count.next_multiple_of(BLOCK)
}
