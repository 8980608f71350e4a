//! Networks from ONNX files, and from checkpoints that tell their network by their tensors.

use std::path::Path;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use relume::model::{InputPreset, short_name};
use relume::{Error, ErrorKind, Model, Result, is_unprintable, zoo};

use super::weights::{Weights, choice};
use crate::run_limit::RunLimit;
use crate::{files, output};

/// Options that say what the file of a network does not.
#[derive(Args)]
pub(crate) struct Import {
    /// How pictures were normalised in training: imagenet (torchvision's mean and deviation), zero-to-one (pixels from 0 to 1),
    /// minus-one-to-one (from -1 to 1) or caffe (blue, green, red; from 0 to 255, less ImageNet's mean). An ONNX file needs one of them;
    /// PyTorch weights that are recognised have torchvision's, if none is given.
    #[arg(long, value_name = "NAME", value_parser = preset())]
    preset: Option<InputPreset>,
    /// The size of pictures, of an ONNX file that leaves it open, or of PyTorch weights that are recognised (224,224 if it is not
    /// given).
    #[arg(long, value_name = "HEIGHT,WIDTH", value_delimiter = ',', num_args = 1)]
    size: Vec<usize>,
    #[command(flatten)]
    pub(crate) run_limit: RunLimit,
}

impl Import {
    /// Refuses options that only such a file takes, for a file that is none.
    pub(crate) fn refuse_for(&self, path: &Path) -> Result<()> {
        if self.preset.is_none() && self.size.is_empty() {
            return Ok(());
        }
        Err(invalid(format!(
            "--preset and --size are for ONNX files and for PyTorch weights without --architecture, and {} is not one",
            path.display()
        )))
    }

    /// Refuses `--allow-large` where nothing is run, for a file that can hold no more weights than it stores.
    pub(crate) fn refuse_large_for(&self, path: &Path) -> Result<()> {
        if !self.run_limit.allow_large {
            return Ok(());
        }
        Err(invalid(format!(
            "--allow-large is for ONNX files here, and {} is not one; converting does not run the network, so leave the option out, and \
             give it to the command that runs the network",
            path.display()
        )))
    }

    /// Whether they say how pictures were normalised.
    pub(crate) const fn normalises(&self) -> bool {
        self.preset.is_some()
    }

    /// The network of an ONNX file. `normalised` says that other options give the normalisation.
    pub(crate) fn onnx(&self, path: &Path, bytes: &[u8], normalised: bool) -> Result<Model> {
        let stem = path.file_stem().map_or("network".into(), |stem| stem.to_string_lossy());
        let printable = |letter: char| if is_unprintable(letter) { '_' } else { letter };
        let title: String = stem.chars().map(printable).collect();
        let options = relume_onnx::Options {
            name: short_name(&title),
            title,
            size: self.size()?,
            allow_large: self.run_limit.allow_large,
        };
        let import = relume_onnx::read(bytes, &options).map_err(files::within(path))?;
        if self.preset.is_none() && !normalised {
            return Err(files::within(path)(invalid(
                "an ONNX file does not say how pictures were normalised in training; say it with --preset imagenet, zero-to-one, \
                 minus-one-to-one or caffe, or convert the file with --mean, --std and --range"
                    .to_owned(),
            )));
        }
        say(path, &import.notes);
        self.normalised(import.model, normalised)
    }

    /// The network that the tensors of a checkpoint tell, in dictionary `key` if one is given.
    ///
    /// # Errors
    /// Where they tell none, with the architectures that they do fit.
    pub(crate) fn checkpoint(&self, path: &Path, bytes: &[u8], key: Option<&str>, normalised: bool) -> Result<Model> {
        let weights = Weights::read(bytes)?;
        if weights.is_recognised(key) {
            return self.recognised(path, &weights, key, normalised);
        }
        match weights.fitting(key).as_slice() {
            // Its error says what is there instead.
            [] => {
                let error = self
                    .recognised(path, &weights, key, normalised)
                    .err()
                    .map_or_else(String::new, |error| error.message().to_owned());
                Err(invalid(format!(
                    "{error}. How: docs/own-models.md and docs/model-file.md. With --architecture, `relume convert` also takes weights of \
                     {}; these fit none of them",
                    zoo::NAMES.join(", ")
                )))
            }
            fitting => Err(invalid(format!(
                "PyTorch weights do not say which network they belong to; these fit {}",
                choice(fitting)
            ))),
        }
    }

    fn recognised(&self, path: &Path, weights: &Weights<'_>, key: Option<&str>, normalised: bool) -> Result<Model> {
        let options = relume_checkpoint::Options {
            size: self.size()?,
            key: key.map(str::to_owned),
            ..relume_checkpoint::Options::default()
        };
        let import = weights.network(&options)?;
        say(path, &import.notes);
        self.normalised(import.model, normalised)
    }

    fn size(&self) -> Result<Option<[usize; 2]>> {
        match self.size.as_slice() {
            [] => Ok(None),
            &[height, width] => Ok(Some([height, width])),
            sizes => Err(invalid(format!(
                "--size takes height and width, two numbers such as 224,224; given: {}",
                sizes.len()
            ))),
        }
    }

    /// The same model with the normalisation of the preset. Without one, --mean and --std are for pixels from 0 to 1, unless --range
    /// says otherwise.
    fn normalised(&self, model: Model, by_others: bool) -> Result<Model> {
        match self.preset {
            Some(preset) => preset.apply(model),
            None if by_others && model.info().input.range != [0.0, 1.0] => InputPreset::ZeroToOne.apply(model),
            None => Ok(model),
        }
    }
}

/// Reads a preset by its name.
fn preset() -> impl TypedValueParser<Value = InputPreset> {
    let names = InputPreset::ALL.map(|(name, _)| name);
    PossibleValuesParser::new(names).try_map(|name| InputPreset::named(&name))
}

/// Prints what was taken for granted.
fn say(path: &Path, notes: &[String]) {
    for note in notes {
        output::note(&format!("relume: {}: {note}", path.display()));
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOption, message)
}
