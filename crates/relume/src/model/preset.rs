//! The usual ways of giving pictures to a network.

use super::Model;
use crate::error::{Error, ErrorKind, Result};

/// How pictures were normalised in training, which neither an ONNX file nor PyTorch weights say. The names are the same on the command
/// line and in JavaScript; Python has all but caffe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputPreset {
    /// Pixels from 0 to 1, less ImageNet's mean, divided by its standard deviation: torchvision's and that of most others.
    Imagenet,
    /// Pixels from 0 to 1; also for a network that begins with its own normalisation of such pixels.
    ZeroToOne,
    /// Pixels from -1 to 1.
    MinusOneToOne,
    /// Caffe's: blue, green, red; pixels from 0 to 255, less ImageNet's mean.
    Caffe,
}

impl InputPreset {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 4] = [
        ("imagenet", Self::Imagenet),
        ("zero-to-one", Self::ZeroToOne),
        ("minus-one-to-one", Self::MinusOneToOne),
        ("caffe", Self::Caffe),
    ];

    /// The preset called `name`.
    ///
    /// # Errors
    /// `invalid-option` if there is none.
    pub fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, preset)| *preset).ok_or_else(|| {
            let names = Self::ALL.map(|(name, _)| name).join(", ");
            Error::new(
                ErrorKind::InvalidOption,
                format!("there is no preset `{name}`; there are {names}"),
            )
        })
    }

    /// The same network, for pictures normalised like this.
    ///
    /// # Errors
    /// `invalid-option` if the network takes grey pictures and the preset is for colours; as [`Model::with_bgr_input`].
    pub fn apply(self, model: Model) -> Result<Model> {
        let grey = model.info.input.shape[0] == 1;
        let colours = |name: &str| {
            let message = format!("the preset {name} is for colours, and the network takes grey pictures");
            Error::new(ErrorKind::InvalidOption, message)
        };
        match self {
            Self::Imagenet if grey => Err(colours("imagenet")),
            Self::Caffe if grey => Err(colours("caffe")),
            Self::Imagenet => model.with_normalisation([0.0, 1.0], &[0.485, 0.456, 0.406], &[0.229, 0.224, 0.225]),
            Self::ZeroToOne => model.with_normalisation([0.0, 1.0], &[0.0], &[1.0]),
            Self::MinusOneToOne => model.with_normalisation([-1.0, 1.0], &[0.0], &[1.0]),
            Self::Caffe => {
                model
                    .with_bgr_input()?
                    .with_normalisation([0.0, 255.0], &[123.68, 116.779, 103.939], &[1.0])
            }
        }
    }
}
