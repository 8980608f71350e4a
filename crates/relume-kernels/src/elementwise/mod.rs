//! Operations on each number by itself: ReLU, sum, product, scale and shift, any function; and softmax.

mod affine;
mod channels;
mod map;
mod relu;
mod softmax;
mod sum;
#[cfg(test)]
mod tests;

pub use affine::{Affine, AffineCache, BatchNormTensors, scale, scale_and_shift};
pub use channels::{scale_channels, sums_of_products};
pub use map::{map, sum_to, zip};
pub(crate) use relu::store;
pub use relu::{relu, relu_backward};
pub use softmax::softmax;
pub use sum::sum;
