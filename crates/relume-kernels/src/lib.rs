//! relume's own operations for Burn's Flex backend.
//!
//! [`conv2d`] computes one picture, the forward pass and the backward pass to the picture, for explaining a trained network:
//! in the browser and natively, in one thread. Every operation gives the same results as Burn's own, or as its definition in
//! f64 (the tests compare them), only faster.
//!
//! The rest is what such operations are made of, for other crates that have their own.

mod aligned;
pub mod conv2d;
mod geometry;
mod lanes;
pub mod layout;
mod uninit_vec;

pub use aligned::Aligned;
pub use geometry::Geometry;
pub use uninit_vec::uninit_vec;
