//! `relume convert` and `relume init`: making model files.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use relume::safetensors::Dtype;
use relume::{Error, ErrorKind, Model, Result, zoo};

use crate::{files, output, pytorch};

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
    /// A PyTorch checkpoint (.pth, .pt), a safetensors file with PyTorch's names, or a model file.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The model file to write.
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// The network the weights belong to: all-cnn-c, model-c, strided-cnn-c, convpool-cnn-c, squeezenet-1.1 or
    /// efficientnet-lite0. A model file knows its own.
    #[arg(long, value_name = "NAME")]
    architecture: Option<String>,
    /// How numbers are stored.
    #[arg(long, value_enum, default_value = "f16")]
    dtype: Format,
    /// Where the weights come from, to be recorded in the model file.
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// The licence of the weights, to be recorded in the model file.
    #[arg(long, value_name = "TEXT")]
    licence: Option<String>,
}

impl Convert {
    pub(crate) fn run(&self) -> Result<()> {
        let mut model = match &self.architecture {
            Some(name) => zoo::from_pytorch(name, self.weights()?).map_err(files::within(&self.input))?,
            None if is_checkpoint(&self.input) => {
                return Err(Error::new(
                    ErrorKind::InvalidOption,
                    format!(
                        "a checkpoint does not say which network it belongs to; name one of {} with --architecture",
                        zoo::NAMES.join(", ")
                    ),
                ));
            }
            None => Model::read(&files::read(&self.input)?).map_err(files::within(&self.input))?,
        };
        if self.source.is_some() || self.licence.is_some() {
            let info = model.info().clone();
            let source = self.source.as_ref().unwrap_or(&info.source);
            let licence = self.licence.as_ref().unwrap_or(&info.licence);
            model = model.with_credits(source, licence)?;
        }
        save(&model, &self.output, self.dtype)
    }

    fn weights(&self) -> Result<std::collections::BTreeMap<String, relume::safetensors::Array>> {
        if is_checkpoint(&self.input) {
            pytorch::read_checkpoint(&self.input)
        } else {
            pytorch::read_safetensors(&files::read(&self.input)?).map_err(files::within(&self.input))
        }
    }
}

fn is_checkpoint(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| ["pth", "pt", "ckpt", "bin"].iter().any(|known| extension == *known))
}

fn save(model: &Model, path: &Path, format: Format) -> Result<()> {
    let bytes = model.write(format.into())?;
    files::write(path, &bytes)?;
    output::print(&format!(
        "{}: {}, {:.1} MB",
        path.display(),
        model.info().title,
        bytes.len() as f64 / 1e6
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
