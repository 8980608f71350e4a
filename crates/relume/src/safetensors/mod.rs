//! Safetensors files: bytes to named tensors of plain numbers and back, strictly. Knows nothing of networks.
//!
//! Everything is checked before anything is allocated by what the file says: sizes, overlaps, number formats, names.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod archive;
mod at_most;
mod header;
mod identify;
mod number;
mod unique;
mod zip;

pub use archive::{Archive, Dtype, write};
pub(crate) use at_most::{AtMost, SmallValue};
pub(crate) use unique::Unique;

/// A tensor of plain numbers, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Its numbers; as many as the product of the dimensions.
    pub data: Vec<f32>,
}
