//! Networks from ONNX files.

use std::path::Path;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use relume::model::{InputPreset, short_name};
use relume::{Error, ErrorKind, Model, Result};
use relume_onnx::Options;

use crate::files;

/// Options that say what an ONNX file does not.
#[derive(Args)]
pub(super) struct Onnx {
    /// How pictures were normalised in training, of an ONNX file: imagenet (torchvision's mean and deviation), zero-to-one (pixels
    /// from 0 to 1), minus-one-to-one (from -1 to 1) or caffe (blue, green, red; from 0 to 255, less ImageNet's mean). --mean, --std and --range say anything else.
    #[arg(long, value_name = "NAME", value_parser = preset(), conflicts_with_all = ["mean", "std", "range"])]
    preset: Option<InputPreset>,
    /// The size of pictures, of an ONNX file that leaves it open.
    #[arg(long, value_name = "HEIGHT,WIDTH", value_delimiter = ',', num_args = 1)]
    size: Vec<usize>,
}

impl Onnx {
    /// Whether an option is given that only an ONNX file takes.
    pub(super) fn is_given(&self) -> bool {
        self.preset.is_some() || !self.size.is_empty()
    }

    /// The network of an ONNX file. `normalised` says that other options give the normalisation.
    pub(super) fn model(&self, path: &Path, bytes: &[u8], normalised: bool) -> Result<Model> {
        let size = match self.size.as_slice() {
            [] => None,
            &[height, width] => Some([height, width]),
            sizes => {
                return Err(invalid(format!(
                    "--size takes height and width, two numbers such as 224,224; given: {}",
                    sizes.len()
                )));
            }
        };
        let stem = path.file_stem().map_or("network".into(), |stem| stem.to_string_lossy());
        let printable = |letter: char| if letter.is_control() { '_' } else { letter };
        let title: String = stem.chars().map(printable).collect();
        let options = Options {
            name: short_name(&title),
            title,
            size,
        };
        let import = relume_onnx::read(bytes, &options).map_err(files::within(path))?;
        if self.preset.is_none() && !normalised {
            return Err(files::within(path)(invalid(
                "an ONNX file does not say how pictures were normalised in training; say it with --preset imagenet, zero-to-one or \
                 minus-one-to-one, or with --mean, --std and --range"
                    .to_owned(),
            )));
        }
        for note in &import.notes {
            eprintln!("relume: {}: {note}", path.display());
        }
        match self.preset {
            Some(preset) => preset.apply(import.model),
            None => Ok(import.model),
        }
    }
}

/// Reads a preset by its name.
fn preset() -> impl TypedValueParser<Value = InputPreset> {
    let names = InputPreset::ALL.map(|(name, _)| name);
    PossibleValuesParser::new(names).try_map(|name| InputPreset::named(&name))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOption, message)
}
