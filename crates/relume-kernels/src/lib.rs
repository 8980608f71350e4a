//! relume's own operations for Burn's Flex backend.
//!
//! They compute one picture, the forward pass and the backward pass to the picture, for explaining a trained network: in the
//! browser and natively, in one thread. Tensors are `[1, C, H, W]` as everywhere, but what they give has its channels last in
//! memory, and what they take they want that way: a chain of them never converts between the two. Every operation gives the
//! same results as Burn's own, or as its definition in f64 (the tests compare them), only faster.
//!
//! [`conv2d`] multiplies; [`pool2d`], [`elementwise`], [`local_response_norm`] and [`concat`](mod@concat) move numbers. Each can be passed together with the ReLU
//! next to it: a [`GatedRelu`] in the backward pass.
//!
//! The rest is what such operations are made of, for other crates that have their own.

mod aligned;
pub mod concat;
pub mod concat_output;
pub mod conv2d;
pub mod elementwise;
mod epilogue;
mod gate;
mod geometry;
mod lanes;
pub mod layout;
pub mod local_response_norm;
mod pixels;
pub mod pool2d;
#[cfg(test)]
mod testing;
mod uninit_vec;

pub use aligned::Aligned;
pub use epilogue::After;
pub use gate::{GatedRelu, ReluGate};
pub use geometry::Geometry;
pub use uninit_vec::uninit_vec;
