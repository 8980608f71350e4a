//! Operations on each number by itself: ReLU, sum, product, scale and shift.

mod affine;
mod channels;
mod relu;
mod sum;
#[cfg(test)]
mod tests;

pub use affine::{Affine, AffineCache, BatchNormTensors, scale, scale_and_shift};
pub use channels::{scale_channels, sums_of_products};
pub(crate) use relu::store;
pub use relu::{relu, relu_backward};
pub use sum::sum;
