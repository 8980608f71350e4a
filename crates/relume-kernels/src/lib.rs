//! relume's own operations for Burn's Flex backend.
//!
//! - [`conv2d`]: one picture, the forward pass and the backward pass to the picture, for explaining a trained network.
//!   In the browser and natively, in one thread.
//! - [`batch`]: whole batches with gradients for the weights, natively, for training.
//!
//! In f32 every operation gives the same results as Burn's own, or as its definition in f64 (the tests compare them),
//! only faster. In mixed precision (an option of `batch`) it gives the results for rounded factors.

#[cfg(feature = "batch")]
pub mod batch;
pub mod conv2d;
mod geometry;
mod lanes;
mod layout;
#[cfg(feature = "batch")]
mod matrix;
mod uninit_vec;

pub use geometry::Geometry;
