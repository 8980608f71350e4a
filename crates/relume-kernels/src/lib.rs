//! relume's own f32 operations for Burn's Flex backend.
//!
//! - [`conv2d`]: one picture, forward and back to the picture, for questions asked of a trained network. In the browser
//!   and natively, one thread.
//! - [`batch`]: whole batches with gradients for the weights, natively, for training.
//!
//! Every operation gives what Burn's own give, or the definition in f64 (the tests compare them), only faster.

#[cfg(feature = "batch")]
pub mod batch;
pub mod conv2d;
mod geometry;
mod lanes;
#[cfg(feature = "batch")]
mod matrix;

pub use geometry::Geometry;
