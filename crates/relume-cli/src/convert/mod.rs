//! `relume convert` and `relume init`: making model files.

mod description;
mod head;
mod import;
mod weights;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use relume::picture::InputSpec;
use relume::safetensors::Dtype;
use relume::{Error, ErrorKind, Model, Result, zoo};

use self::description::Description;
pub(crate) use self::description::with_classes;
pub(crate) use self::import::Import;
use self::weights::Weights;
use crate::{files, output};

/// How numbers are stored.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    F16,
    F32,
}

impl From<Format> for Dtype {
    fn from(format: Format) -> Self {
        match format {
            Format::F16 => Self::F16,
            Format::F32 => Self::F32,
        }
    }
}

/// Arguments of `relume convert`.
#[derive(Args)]
pub(crate) struct Convert {
    /// PyTorch weights (as torch.save writes them, or a safetensors file), an ONNX file, or a model file. The format is detected
    /// from the content, not from the file's name.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The model file to write.
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// The network the weights belong to: all-cnn-c, model-c, strided-cnn-c, convpool-cnn-c, squeezenet-1.1 or
    /// efficientnet-lite0. Most of torchvision's networks are recognised without it; a model file and an ONNX file know their own.
    #[arg(long, value_name = "NAME")]
    architecture: Option<String>,
    /// The dictionary in a checkpoint that holds the weights, such as state_dict or ema; needed only if several dictionaries hold weights.
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// How numbers are stored.
    #[arg(long, value_enum, default_value = "f16")]
    dtype: Format,
    #[command(flatten)]
    description: Description,
    #[command(flatten)]
    import: Import,
}

impl Convert {
    pub(crate) fn run(&self) -> Result<()> {
        files::apart(&self.output, &[&self.input])?;
        let bytes = files::read(&self.input)?;
        let is_onnx = relume_onnx::is_onnx(&bytes);
        let is_checkpoint = !is_onnx && relume_checkpoint::is_checkpoint(&bytes);
        let normalises = self.description.normalises();
        let model = match &self.architecture {
            Some(_) if is_onnx => {
                return Err(invalid(
                    "an ONNX file says itself which network it holds: leave out --architecture".to_owned(),
                ));
            }
            None if is_onnx => self.import.onnx(&self.input, &bytes, normalises)?,
            Some(name) => {
                zoo::architecture(name)?;
                Weights::read(&bytes)
                    .and_then(|weights| weights.model(name, self.key.as_deref()))
                    .map_err(|error| self.with_key(&error))?
            }
            None if is_checkpoint => self
                .import
                .checkpoint(&self.input, &bytes, self.key.as_deref(), normalises)
                .map_err(|error| self.with_key(&error))?,
            None => Model::read(&bytes).map_err(files::within(&self.input))?,
        };
        // Last, because a file that cannot be used is named first.
        if !is_onnx && (!is_checkpoint || self.architecture.is_some()) {
            self.import.refuse_for(&self.input)?;
        }
        if !is_onnx {
            self.import.refuse_large_for(&self.input)?;
        }
        if self.key.is_some() && !is_checkpoint {
            return Err(invalid(format!(
                "--key is for PyTorch weights, and {} holds none",
                self.input.display()
            )));
        }
        let model = self.description.apply(model)?;
        save(&model, &self.output, self.dtype)
    }

    /// Says how a key is given here, and in which file.
    fn with_key(&self, error: &Error) -> Error {
        let message = error.message().replace("by its key", "with --key");
        let file = self.input.display().to_string();
        let message = if message.starts_with(&file) {
            message
        } else {
            format!("{file}: {message}")
        };
        Error::new(error.kind(), message)
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOption, message)
}

fn save(model: &Model, path: &Path, format: Format) -> Result<()> {
    let bytes = model
        .write(format.into())
        .map_err(|error| match (error.kind(), format) {
            (ErrorKind::NotFinite, Format::F16) => Error::new(
                error.kind(),
                format!("{}: {}; --dtype f32 stores it", path.display(), error.message()),
            ),
            _ => error,
        })?;
    files::write(path, &bytes)?;
    let info = model.info();
    let InputSpec {
        shape: [channels, height, width],
        range,
        mean,
        std,
        ..
    } = &info.input;
    output::print(&format!(
        "{}: {}, {:.1} MB; input {channels}×{height}×{width}, range {range:?}, mean {mean:?}, std {std:?}; {} classes, {} to {}",
        path.display(),
        info.title,
        bytes.len() as f64 / 1e6,
        info.classes.len(),
        info.classes.first().map_or("", String::as_str),
        info.classes.last().map_or("", String::as_str),
    ))
}

/// Arguments of `relume init`.
#[derive(Args)]
pub(crate) struct Init {
    /// The network: all-cnn-c, model-c, strided-cnn-c, convpool-cnn-c, squeezenet-1.1 or efficientnet-lite0.
    architecture: String,
    /// The model file to write.
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// The seed of the formula that draws the weights.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many rows and columns a picture has, if not the network's own size.
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(1..))]
    size: Option<u16>,
    /// How numbers are stored.
    #[arg(long, value_enum, default_value = "f16")]
    dtype: Format,
}

impl Init {
    pub(crate) fn run(&self) -> Result<()> {
        let model = zoo::seeded_at(&self.architecture, self.seed, self.size.map(usize::from))?;
        save(&model, &self.output, self.dtype)
    }
}
