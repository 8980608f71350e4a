//! What a model file says about itself, as far as the command line can set it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use relume::picture::InputSpec;
use relume::{Error, ErrorKind, Model, Result, zoo};

use crate::files;

/// What `--classes` says for ImageNet's classes; a file of this name is given as `./imagenet`.
const IMAGENET: &str = "imagenet";

/// Options that replace parts of a model's description.
#[derive(Args)]
pub(super) struct Description {
    /// What is subtracted from each channel of a picture, as in training: three numbers, or one for all channels. In units of
    /// the range.
    #[arg(
        long,
        value_name = "R,G,B",
        value_delimiter = ',',
        allow_hyphen_values = true,
        conflicts_with = "preset"
    )]
    mean: Vec<f32>,
    /// What each channel is then divided by: three numbers, or one for all channels. In units of the range.
    #[arg(
        long,
        value_name = "R,G,B",
        value_delimiter = ',',
        allow_hyphen_values = true,
        conflicts_with = "preset"
    )]
    std: Vec<f32>,
    /// What black and white are before the mean is subtracted: 0,1 after torchvision's ToTensor, 0,255 for pixels as they
    /// are. If not given, the architecture's own.
    #[arg(
        long,
        value_name = "LOW,HIGH",
        value_delimiter = ',',
        num_args = 1,
        allow_hyphen_values = true,
        conflicts_with = "preset"
    )]
    range: Vec<f32>,
    /// A text file with the classes' names, one a line, in the order of the network's outputs; or `imagenet` for ImageNet's 1000
    /// classes.
    #[arg(long, value_name = "FILE|imagenet")]
    classes: Option<PathBuf>,
    /// Where the weights come from, to be recorded in the model file.
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// The licence of the weights, to be recorded in the model file.
    #[arg(long, value_name = "TEXT")]
    licence: Option<String>,
}

impl Description {
    /// Whether an option says how pictures are normalised.
    pub(super) const fn normalises(&self) -> bool {
        !(self.mean.is_empty() && self.std.is_empty() && self.range.is_empty())
    }

    /// The model, described as the options say.
    pub(super) fn apply(&self, model: Model) -> Result<Model> {
        let model = match &self.classes {
            Some(file) => with_classes(model, file)?,
            None => model,
        };
        let (mut info, layers, arrays) = model.into_parts();
        self.set_input(&mut info.input)?;
        if let Some(source) = &self.source {
            source.clone_into(&mut info.source);
        }
        if let Some(licence) = &self.licence {
            licence.clone_into(&mut info.licence);
        }
        Model::new(info, layers, arrays)
    }

    fn set_input(&self, input: &mut InputSpec) -> Result<()> {
        let channels = input.shape[0];
        if !self.range.is_empty() {
            input.range = *self.range.as_array().ok_or_else(|| {
                invalid(format!(
                    "--range takes two numbers, such as 0,1, not {}",
                    self.range.len()
                ))
            })?;
        }
        for (option, numbers, setting) in [
            ("--mean", &self.mean, &mut input.mean),
            ("--std", &self.std, &mut input.std),
        ] {
            match numbers.as_slice() {
                [] => {}
                [one] => *setting = vec![*one; channels],
                several if several.len() == channels => several.clone_into(setting),
                several => {
                    return Err(invalid(format!(
                        "{option} takes {channels} numbers with commas between them, or one for all channels, not {}",
                        several.len()
                    )));
                }
            }
        }
        // Numbers for the range [0, 1], which is PyTorch's, would silently spoil what a network with [0, 255] sees.
        let given = self.mean.iter().chain(&self.std);
        let small = given.clone().count() > 0 && given.clone().all(|number| number.abs() <= 1.0);
        let [low, high] = input.range;
        if small && self.range.is_empty() && (high - low).abs() > 2.0 {
            return Err(invalid(format!(
                "the range of this network is {low},{high}, and --mean and --std look like numbers for 0,1; say which it is \
                 with --range 0,1 or --range {low},{high}"
            )));
        }
        input.validate().map_err(|error| invalid(error.message().to_owned()))?;
        let given = [&self.mean, &self.std, &self.range].map(|numbers| !numbers.is_empty());
        if given.contains(&true) && given.contains(&false) {
            check_units(input)?;
        }
        Ok(())
    }
}

/// Refuses a mean or a deviation that cannot be one of pixels in this range: where only some of the three are given, the others
/// may be in other units.
fn check_units(input: &InputSpec) -> Result<()> {
    let [low, high] = input.range;
    let span = (high - low).abs();
    let [least, most] = [low.min(high), low.max(high)];
    let mean = input.mean.iter().find(|mean| **mean < least || **mean > most);
    let std = input.std.iter().find(|std| **std < span / 100.0 || **std > span);
    let wrong = mean.map(|mean| format!("a mean of {mean}"));
    match wrong.or_else(|| std.map(|std| format!("a standard deviation of {std}"))) {
        Some(wrong) => Err(invalid(format!(
            "{wrong} does not fit pixels from {low} to {high}; give --mean, --std and --range together, in the same units"
        ))),
        None => Ok(()),
    }
}

/// The model with the classes' names from a file, or ImageNet's.
pub(crate) fn with_classes(model: Model, file: &Path) -> Result<Model> {
    if file == Path::new(IMAGENET) {
        return model.with_classes(zoo::imagenet_classes());
    }
    let text = fs::read(file).map_err(|error| files::fault(file, "cannot be read", error))?;
    let within = |message: &str| invalid(format!("{}: {message}", file.display()));
    let text = String::from_utf8(text)
        .map_err(|_| within("is not a text file in UTF-8; write the classes' names, one a line"))?;
    let text = text.trim_start_matches('\u{feff}').trim_end();
    let classes: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    if let Some(empty) = classes.iter().position(String::is_empty) {
        return Err(within(&format!(
            "line {} is empty; write one class's name a line",
            empty + 1
        )));
    }
    model.with_classes(classes).map_err(|error| within(error.message()))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOption, message)
}
