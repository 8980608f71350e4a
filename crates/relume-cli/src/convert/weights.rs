//! PyTorch weights, and which of the known networks they belong to.

use std::collections::BTreeMap;
use std::path::Path;

use relume::safetensors::{Archive, Array};
use relume::{Error, ErrorKind, Model, Result, zoo};

use super::head;
use crate::pytorch::{self, Tensor};

/// The tensors of a file, by the names it gives them.
pub(super) enum Weights {
    /// As `torch.save` writes them; a tensor is read when its network is known.
    Checkpoint(BTreeMap<String, Tensor>),
    /// Of a plain safetensors file.
    Plain(BTreeMap<String, Array>),
}

impl Weights {
    /// Reads a file of weights.
    pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Self> {
        if pytorch::is_checkpoint(bytes) {
            pytorch::open_checkpoint(path).map(Self::Checkpoint)
        } else {
            pytorch::read_safetensors(bytes).map(Self::Plain)
        }
    }

    /// Whether a file holds weights without a word about their network, unlike a model file.
    pub(super) fn are_bare(bytes: &[u8]) -> bool {
        pytorch::is_checkpoint(bytes) || Archive::parse(bytes).is_ok_and(|archive| archive.metadata("relume").is_none())
    }

    /// The model that they make as weights of `architecture`.
    ///
    /// # Errors
    /// Where they are not weights of it, with the architectures that they do fit.
    pub(super) fn model(&self, architecture: &str, key: Option<&str>) -> Result<Model> {
        let error = match self.selected(architecture, key) {
            Ok(tensors) => match head::model(architecture, tensors) {
                Err(error) if error.kind() == ErrorKind::InvalidModel => error,
                done => return done,
            },
            Err(error) if error.kind() == ErrorKind::InvalidModel => {
                if self.fitting(key).is_empty() {
                    let message = format!(
                        "{}. No other architecture that is built in fits these weights either; export the network as \
                         an ONNX file (docs/own-models.md), or write its model file (docs/model-file.md)",
                        error.message()
                    );
                    return Err(Error::new(error.kind(), message));
                }
                error
            }
            Err(error) => return Err(error),
        };
        match self.fitting(key).as_slice() {
            [] => Err(error),
            fitting => Err(Error::new(
                error.kind(),
                format!(
                    "these are not weights of {architecture} ({}); they fit {}",
                    error.message(),
                    choice(fitting)
                ),
            )),
        }
    }

    /// The architectures that the weights fit by their names and shapes. They may be several: All-CNN-C and ConvPool-CNN-C differ
    /// in nothing that has weights.
    pub(super) fn fitting(&self, key: Option<&str>) -> Vec<&'static str> {
        let fits = |name: &&str| match self.selected(name, key).and_then(|tensors| head::model(name, tensors)) {
            Ok(_) => true,
            // Several dictionaries hold such weights.
            Err(error) => error.kind() == ErrorKind::InvalidOption,
        };
        zoo::NAMES.into_iter().filter(fits).collect()
    }

    /// The tensors that `architecture` would take, by their names alone.
    fn selected(&self, architecture: &str, key: Option<&str>) -> Result<BTreeMap<String, Array>> {
        match self {
            Self::Checkpoint(tensors) => {
                let tensors = tensors.iter().map(|(name, tensor)| (name.clone(), tensor)).collect();
                pytorch::read_tensors(zoo::select_weights(architecture, tensors, key)?)
            }
            Self::Plain(arrays) => {
                let arrays = arrays.iter().map(|(name, array)| (name.clone(), array)).collect();
                let selected = zoo::select_weights(architecture, arrays, key)?.into_iter();
                Ok(selected.map(|(name, array)| (name, array.clone())).collect())
            }
        }
    }
}

/// What to do, as the end of a sentence: "all-cnn-c or convpool-cnn-c: name the right one with --architecture".
pub(super) fn choice(fitting: &[&str]) -> String {
    match fitting {
        [one] => format!("{one}: use --architecture {one}"),
        several => format!("{}: name the right one with --architecture", several.join(" or ")),
    }
}
