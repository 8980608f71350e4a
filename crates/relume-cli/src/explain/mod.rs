//! `relume explain`: which pixels made a unit respond.

mod answer;
mod bounding_box;
mod inputs;
mod many;
mod method;
mod one;
mod report;
mod summary;

use std::path::{Path, PathBuf};

use clap::Args;
use relume::picture::{Colors, DrawOptions, Fold, Sign};
use relume::{AttributionMap, Backend, Error, ErrorKind, Method, Result};
use relume_survey::Shard;

pub(crate) use self::method::{MethodArgs, method};
use crate::files;
use crate::network_file::NetworkFile;
use crate::target::TargetArg;

/// Arguments of `relume explain`.
#[derive(Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    network: NetworkFile,
    /// The picture: PNG, JPEG, WebP, GIF, BMP or TIFF. With several of them, or a folder, whose folders are looked into
    /// too, all cores work, and a picture that cannot be used is reported and does not stop the others.
    #[arg(
        value_name = "PICTURE",
        required_unless_present = "tensor",
        conflicts_with = "tensor"
    )]
    pictures: Vec<PathBuf>,
    /// Instead of a picture: a safetensors file whose tensor `input`, [1, 3, H, W], is already normalised.
    #[arg(long, value_name = "FILE")]
    tensor: Option<PathBuf>,
    #[command(flatten)]
    method: MethodArgs,
    /// What to explain: top; a class by its number, class:K, or by its name, or a part of it that no other class has;
    /// LAYER:CHANNEL or LAYER:CHANNEL@ROW,COLUMN.
    #[arg(long, default_value = "top")]
    target: TargetArg,
    /// The backend: flex or ndarray.
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Write the drawn map as PNG. With several pictures: the folder for their maps, each by the path of its picture
    /// below the folder that all pictures share, with `.png` after it; and for `summary.csv`, a line for each picture.
    #[arg(long, value_name = "PNG|FOLDER")]
    out: Option<PathBuf>,
    /// Write the numbers as safetensors: `map`, 3×H×W, or 1×H×W by grad-cam, which adds `cam`, as large as the layer; and `logits`, one a
    /// class. Of one picture only.
    #[arg(long, value_name = "FILE", conflicts_with = "shard")]
    raw: Option<PathBuf>,
    /// Layers, separated by commas, at which the signal is kept on its way to the picture. They are written with `--raw`:
    /// `signal.LAYER`, C×H×W, what arrives at the layer's output from above, and `passed.LAYER`, what goes on below it after
    /// its own rule, where the layer has one input. Of one picture only.
    #[arg(long, value_name = "LAYERS", value_delimiter = ',', requires = "raw")]
    signals: Vec<String>,
    /// How the map's channels are folded: rgb, max or sum; rgb by default. Where none of --fold, --sign and --colors is given, a map by grad-cam or
    /// rise that has no negative numbers is drawn with max, positive and heat.
    #[arg(long)]
    fold: Option<Fold>,
    /// Which sign is drawn: both, positive, negative or magnitude; both by default.
    #[arg(long)]
    sign: Option<Sign>,
    /// The share of the sum of all magnitudes that is clipped.
    #[arg(long, default_value_t = 0.02)]
    clip: f32,
    /// The magnitude that is drawn at full strength. Give several maps the same one to compare their colours; by default it is chosen from the
    /// map by --clip. The magnitude that was used is printed, and is in the JSON.
    #[arg(long, value_name = "NUMBER", conflicts_with = "clip", allow_negative_numbers = true)]
    scale: Option<f32>,
    /// Colours of a single plane: grey, diverging or heat; grey by default.
    #[arg(long)]
    colors: Option<Colors>,
    /// Find the box around the largest strong region of the map: a line in the report, `box` in the JSON, an outline in the drawing. Of one picture
    /// only.
    #[arg(long = "box")]
    locate: bool,
    /// --box: the share of the pixels that are not strong; 0.8 by default.
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.8,
        hide_default_value = true,
        requires = "locate",
        allow_hyphen_values = true
    )]
    box_quantile: f64,
    /// Draw over the picture.
    #[arg(long, conflicts_with = "tensor")]
    over: bool,
    /// Print JSON. With several pictures: a line for each, instead of `summary.csv`.
    #[arg(long)]
    json: bool,
    /// Explain the I-th of N parts of the pictures, counted from 1, in the order of their paths: so that N calls share the
    /// work. The summary is then `summary-I-of-N.csv`.
    #[arg(long, value_name = "I/N", conflicts_with = "tensor")]
    shard: Option<Shard>,
}

impl Explain {
    pub(crate) fn run(&self) -> Result<()> {
        self.drawn(DrawOptions::default()).validate()?;
        self.method.check()?;
        if !self.signals.is_empty() && !matches!(self.method.method, Method::Rule(_)) {
            return Err(invalid_option(format!(
                "--signals is for one backward pass, by --method backprop, deconvnet or guided, not by {}",
                self.method.method
            )));
        }
        let picture = match self.pictures.as_slice() {
            [] => None,
            [picture] if self.shard.is_none() && !picture.is_dir() => Some(picture.as_path()),
            _ => return many::run(self),
        };
        let own = [picture, self.tensor.as_deref()].into_iter().flatten();
        let inputs: Vec<&Path> = own.chain(self.network.inputs()).chain(self.method.inputs()).collect();
        for output in [&self.out, &self.raw].into_iter().flatten() {
            files::apart(output, &inputs)?;
        }
        one::run(self, picture)
    }

    /// How a map is drawn: as the map itself says where nothing of it was chosen.
    fn draw_options(&self, map: &AttributionMap) -> DrawOptions {
        if self.fold.is_none() && self.sign.is_none() && self.colors.is_none() {
            self.drawn(map.draw_options())
        } else {
            self.drawn(DrawOptions::default())
        }
    }

    fn drawn(&self, usual: DrawOptions) -> DrawOptions {
        DrawOptions {
            fold: self.fold.unwrap_or(usual.fold),
            sign: self.sign.unwrap_or(usual.sign),
            clip: self.clip,
            scale: self.scale,
            colors: self.colors.unwrap_or(usual.colors),
        }
    }
}

fn invalid_option(message: String) -> Error {
    Error::new(ErrorKind::InvalidOption, message)
}
