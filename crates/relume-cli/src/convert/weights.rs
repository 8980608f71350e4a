//! PyTorch weights, and which of the known networks they belong to.

use std::collections::BTreeMap;

use relume::safetensors::Array;
use relume::{Error, ErrorKind, Model, Result, zoo};
use relume_checkpoint::{Checkpoint, Import, Options};

use super::head;

/// The tensors of a file, by the names it gives them; each is read when its network is known.
pub(super) struct Weights<'a>(Checkpoint<'a>);

impl<'a> Weights<'a> {
    /// Opens a file of weights.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self> {
        Checkpoint::open(bytes).map(Self)
    }

    /// Whether the names of the tensors tell the network.
    pub(super) fn is_recognised(&self, key: Option<&str>) -> bool {
        self.0.is_recognised(key)
    }

    /// The network that the tensors tell.
    pub(super) fn network(&self, options: &Options) -> Result<Import> {
        self.0.network(options)
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
        let names = self.0.names().map(|name| (name.to_owned(), name)).collect();
        self.0.read(&zoo::select_weights(architecture, names, key)?)
    }
}

/// What to do, as the end of a sentence: "all-cnn-c or convpool-cnn-c: name the right one with --architecture".
pub(super) fn choice(fitting: &[&str]) -> String {
    match fitting {
        [one] => format!("{one}: use --architecture {one}"),
        several => format!("{}: name the right one with --architecture", several.join(" or ")),
    }
}
