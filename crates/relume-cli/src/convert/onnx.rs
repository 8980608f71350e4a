//! Networks from ONNX files.

use std::path::Path;

use clap::{Args, ValueEnum};
use relume::picture::InputSpec;
use relume::{Error, ErrorKind, Model, Result};
use relume_onnx::Options;

use crate::files;

/// Options that say what an ONNX file does not.
#[derive(Args)]
pub(super) struct Onnx {
    /// How pictures were normalised in training, of an ONNX file: imagenet (torchvision's mean and deviation), zero-to-one (pixels
    /// from 0 to 1) or minus-one-to-one (from -1 to 1). --mean, --std and --range say anything else.
    #[arg(long, value_enum, conflicts_with_all = ["mean", "std", "range"])]
    preset: Option<Preset>,
    /// The size of pictures, of an ONNX file that leaves it open.
    #[arg(long, value_name = "HEIGHT,WIDTH", value_delimiter = ',', num_args = 1)]
    size: Vec<usize>,
}

/// A usual normalisation.
#[derive(Clone, Copy, ValueEnum)]
enum Preset {
    Imagenet,
    ZeroToOne,
    MinusOneToOne,
    #[value(hide = true)]
    Caffe,
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
            name: kebab_case(&title),
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
        let (mut info, layers, arrays) = import.model.into_parts();
        if let Some(preset) = self.preset {
            preset.set(&mut info.input)?;
        }
        Model::new(info, layers, arrays)
    }
}

impl Preset {
    fn set(self, input: &mut InputSpec) -> Result<()> {
        let channels = input.shape[0];
        match self {
            Self::Imagenet if channels != 3 => {
                return Err(invalid(
                    "--preset imagenet is for colours, and the network takes grey pictures".to_owned(),
                ));
            }
            Self::Imagenet => {
                input.mean = vec![0.485, 0.456, 0.406];
                input.std = vec![0.229, 0.224, 0.225];
            }
            Self::ZeroToOne => {}
            Self::MinusOneToOne => input.range = [-1.0, 1.0],
            Self::Caffe => {
                return Err(invalid(
                    "networks of Caffe take blue, green, red, and relume gives red, green, blue; reverse the input channels of the first \
                     convolution's weights, and say the rest with --range 0,255 --mean 123.68,116.779,103.939 --std 1"
                        .to_owned(),
                ));
            }
        }
        Ok(())
    }
}

/// A short name: lower case, with hyphens.
fn kebab_case(title: &str) -> String {
    let mut name = String::new();
    for letter in title.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() || letter == '.' {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    match name.trim_end_matches('-') {
        "" => "network".to_owned(),
        name => name.to_owned(),
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOption, message)
}

#[cfg(test)]
mod tests {
    use super::kebab_case;

    #[test]
    fn a_files_name_becomes_a_short_name() {
        for (title, name) in [
            ("ResNet 18_v1.5", "resnet-18-v1.5"),
            ("--", "network"),
            ("a__b-", "a-b"),
        ] {
            assert_eq!(kebab_case(title), name);
        }
    }
}
