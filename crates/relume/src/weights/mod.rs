//! The model file: one self-describing safetensors file, read strictly.
//!
//! Everything is checked before anything is allocated by what the file says: sizes, overlaps, number formats, names,
//! shapes along the graph, limits. The format is described in `docs/model-file.md`.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod header;
mod model_file;
mod safetensors;

pub use model_file::{Model, ModelInfo};
pub use safetensors::{Archive, Dtype, write};

/// A tensor of plain numbers, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Its numbers; as many as the product of the dimensions.
    pub data: Vec<f32>,
}
