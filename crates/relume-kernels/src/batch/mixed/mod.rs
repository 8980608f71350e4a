//! Convolution of a batch, and its two gradients, in mixed precision (Micikevicius et al. 2017): what is multiplied is
//! rounded to bfloat16, sums and everything kept stay f32. Many times as fast where the processor multiplies such
//! numbers itself.
//!
//! All three are sums of matrix products over runs of positions, as [`planes`](super::planes) tells.

mod aligned;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bf16;
mod plain;
mod product;
#[cfg(test)]
mod tests;
mod way;
mod weight_gradient;

use product::BLOCK;
pub(super) use product::Unit;
pub(super) use way::{forward, input_gradient};
pub(super) use weight_gradient::weight_gradient;

/// `count` in whole blocks.
const fn blocks(count: usize) -> usize {
    count.next_multiple_of(BLOCK)
}
