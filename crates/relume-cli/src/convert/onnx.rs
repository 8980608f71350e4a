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
pub(crate) struct Onnx {
    /// How pictures were normalised in training, of an ONNX file: imagenet (torchvision's mean and deviation), zero-to-one (pixels
    /// from 0 to 1), minus-one-to-one (from -1 to 1) or caffe (blue, green, red; from 0 to 255, less ImageNet's mean). --mean, --std and --range say anything else.
    #[arg(long, value_name = "NAME", value_parser = preset())]
    preset: Option<InputPreset>,
    /// The size of pictures, of an ONNX file that leaves it open.
    #[arg(long, value_name = "HEIGHT,WIDTH", value_delimiter = ',', num_args = 1)]
    size: Vec<usize>,
    /// Read an ONNX file whose weights are far more than it stores, because it computes them or layers share them.
    #[arg(long)]
    allow_large: bool,
}

impl Onnx {
    /// Refuses options that only an ONNX file takes, for a file that is none.
    pub(crate) fn refuse_for(&self, path: &Path) -> Result<()> {
        if self.preset.is_none() && self.size.is_empty() && !self.allow_large {
            return Ok(());
        }
        Err(invalid(format!(
            "--preset, --size and --allow-large are for ONNX files, and {} is not one",
            path.display()
        )))
    }

    /// The network of an ONNX file. `normalised` says that other options give the normalisation.
    pub(crate) fn model(&self, path: &Path, bytes: &[u8], normalised: bool) -> Result<Model> {
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
            allow_large: self.allow_large,
        };
        let import = relume_onnx::read(bytes, &options).map_err(files::within(path))?;
        if self.preset.is_none() && !normalised {
            return Err(files::within(path)(invalid(
                "an ONNX file does not say how pictures were normalised in training; say it with --preset imagenet, zero-to-one or \
                 minus-one-to-one, or convert the file with --mean, --std and --range"
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
