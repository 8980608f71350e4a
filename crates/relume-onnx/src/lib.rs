//! An ONNX file becomes a relume model.
//!
//! ONNX is what most tools write a trained network as. [`read`] takes the bytes of such a file, operator sets 7 to 22, and gives
//! a checked [`Model`](relume::Model): each operator becomes a layer of a kind that relume has, or the error
//! `unsupported-operator` names the operator and its node, and lists the operators that are read. Nothing is guessed: what no layer
//! computes is refused. Only a network in eight bits gives slightly different numbers, because its activations stay in 32 bits;
//! [`Import::notes`] says so.
//!
//! ```
//! use relume::{Backend, Network, ReluRule, Target};
//!
//! # let bytes = include_bytes!("../tests/files/plain-dynamo.onnx");
//! let import = relume_onnx::read(bytes, &relume_onnx::Options::default())?;
//! let device = Backend::Flex.device()?;
//! let network = Network::new(import.model, &device)?;
//! let [channels, height, width] = network.info().input.shape;
//! let picture = network.input(vec![0.5; channels * height * width], &device)?;
//! let map = network.forward(picture)?.backward(&Target::class(0), ReluRule::Guided)?;
//! assert_eq!(map.map().dims(), [1, channels, height, width]);
//! # Ok::<(), relume::Error>(())
//! ```
//!
//! What the file does not say is how a picture becomes the numbers that go in. The model takes pixels from 0 to 1, not normalised;
//! set its [`InputSpec`](relume::picture::InputSpec) to what the network was trained with.
//!
//! The file may come from a stranger. The reader is this crate's own (`protobuf`), borrows the bytes, allocates nothing by a
//! length that a file merely claims, and gives a model that has passed every check of [`Model::new`](relume::Model::new).
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod constant;
mod convert;
mod error;
mod layer_names;
mod layers;
mod messages;
mod protobuf;
mod value;

pub use convert::{Import, Options, picture_size, read};

/// Whether these bytes begin as an ONNX file does. Protocol buffers have no signature, so this is a guess: [`read`] knows.
#[must_use]
pub fn is_onnx(bytes: &[u8]) -> bool {
    // The field `ir_version`, of one byte, then the producer, the graph or the operator sets. Safetensors files begin with a length
    // that may look like it, and then a brace.
    let begins = matches!(
        bytes,
        [0x08, 1..=20, 0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42, ..]
    );
    // A header of them has less than 2³² bytes.
    begins && !matches!(bytes, [_, _, _, _, 0, 0, 0, 0, b'{', ..])
}
