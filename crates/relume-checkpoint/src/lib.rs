//! A PyTorch checkpoint becomes a relume model.
//!
//! A checkpoint holds tensors and their names, and not a word of the network they belong to. [`read`] knows torchvision's networks by
//! these names and shapes: AlexNet, VGG, GoogLeNet, SqueezeNet, ResNet with ResNeXt and wide ResNet, DenseNet and MobileNetV2, with any
//! number of classes, and with other widths where shapes tell them. Strides, poolings and activations have no weights; they are
//! torchvision's. What does not fit in name and shape is refused, and so is a tensor that the network has no use for: nothing is
//! guessed.
//!
//! ```
//! use relume::{Backend, Network, ReluRule, Target};
//! use relume_checkpoint::{Options, read};
//!
//! # let bytes = include_bytes!("../tests/files/squeezenet1_1.pth");
//! let options = Options { size: Some([64, 64]), ..Options::default() };
//! let import = read(bytes, &options)?;
//! assert_eq!(import.model.info().title, "SqueezeNet 1.1");
//! let device = Backend::Flex.device()?;
//! let network = Network::new(import.model, &device)?;
//! let picture = network.input(vec![0.5; 3 * 64 * 64], &device)?;
//! let map = network.forward(picture)?.backward(&Target::class(0), ReluRule::Guided)?;
//! assert_eq!(map.map().dims(), [1, 3, 64, 64]);
//! # Ok::<(), relume::Error>(())
//! ```
//!
//! The file may come from a stranger. A checkpoint is a pickle, a program that Python runs; here nothing is run (`pickle`), nothing is
//! allocated by a length that a file merely claims, and numbers are read when shapes were compared with what the network needs.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod checkpoint;
mod crc32;
mod error;
mod flatten;
mod import;
mod legacy;
mod number;
mod pickle;
mod torchvision;
mod zip;

use relume::safetensors::Archive;

pub use checkpoint::Checkpoint;
pub use import::{Import, Options, read};
pub use torchvision::NETWORKS;

/// Whether these bytes are weights without a word of their network: what `torch.save` writes, by its beginning, or a
/// [safetensors](relume::safetensors) file that is not a model file. [`read`] knows whether they are sound.
#[must_use]
pub fn is_checkpoint(bytes: &[u8]) -> bool {
    checkpoint::is_torch(bytes) || Archive::parse(bytes).is_ok_and(|archive| archive.metadata("relume").is_none())
}
