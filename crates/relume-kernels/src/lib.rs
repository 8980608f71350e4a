//! relume's own operations for Burn's Flex backend.
//!
//! - [`conv2d`]: one picture, forward and back to the picture, for questions asked of a trained network. In the browser
//!   and natively, one thread.
//! - [`batch`]: whole batches with gradients for the weights, natively, for training.
//!
//! Every operation in f32 gives what Burn's own give, or the definition in f64 (the tests compare them), only faster. In
//! mixed precision (`batch`, where asked for) it gives that of rounded factors.

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
