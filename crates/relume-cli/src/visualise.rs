//! `relume visualise`: what a class or a unit looks for.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use image::RgbaImage;
use relume::picture::{InputSpec, Picture};
use relume::safetensors::{Array, Dtype};
use relume::{Ascent, Backend, Error, ErrorKind, Network, Objective, Result, Visualisation, safetensors};
use serde_json::json;

use crate::network_file::NetworkFile;
use crate::progress::bar;
use crate::target::TargetArg;
use crate::{files, output, pictures};

/// Arguments of `relume visualise`.
#[derive(Args)]
pub(crate) struct Visualise {
    #[command(flatten)]
    network: NetworkFile,
    /// What the picture is for: a class by its number, class:K, or by its name; LAYER:CHANNEL for the mean of a channel, or
    /// LAYER:CHANNEL@ROW,COLUMN for one unit.
    #[arg(long)]
    target: TargetArg,
    /// Write the picture as PNG: denormalised, and cut off at black and white.
    #[arg(long, value_name = "PNG", required_unless_present = "raw")]
    out: Option<PathBuf>,
    /// Write the numbers as safetensors: `picture`, 3×H×W, normalised, not cut off.
    #[arg(long, value_name = "FILE")]
    raw: Option<PathBuf>,
    /// The number of steps; 200 by default.
    #[arg(long, value_name = "N")]
    steps: Option<usize>,
    /// By how much a step changes the normalised numbers, as a root mean square; 0.05 by default.
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    step_size: Option<f32>,
    /// The weight of the picture's squared length, which is taken from the value; 0.0001 by default.
    #[arg(long, value_name = "WEIGHT", allow_hyphen_values = true)]
    l2: Option<f32>,
    /// The standard deviation of the noise that it begins with, in normalised numbers; 0.1 by default.
    #[arg(long, value_name = "DEVIATION", allow_hyphen_values = true)]
    noise: Option<f32>,
    /// The seed of the noise and the jitter; 1 by default.
    #[arg(long)]
    seed: Option<u64>,
    /// By up to how many pixels the picture is moved for each step's gradient; 0 by default.
    #[arg(long, value_name = "PIXELS")]
    jitter: Option<usize>,
    /// The standard deviation of the blur after each step, in pixels; 0 by default.
    #[arg(long, value_name = "PIXELS", allow_hyphen_values = true)]
    blur: Option<f32>,
    /// The backend: flex or ndarray.
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What the target was worth.
struct Values {
    /// In the noise.
    begin: f64,
    /// In the numbers of the last step.
    end: f64,
    /// In the picture that is made of these.
    pixels: f64,
}

impl Visualise {
    pub(crate) fn run(&self) -> Result<()> {
        self.check_outputs()?;
        let network = self.network.load(self.backend)?;
        let target = self.target.resolve(&network.info().classes)?;
        let mut ascent = network.visualise(&target, self.options(), &self.backend.device()?)?;
        let begin = ascent.value()?;
        let bar = bar(ascent.steps(), "steps");
        while ascent.step()? {
            bar.inc(1);
        }
        bar.finish_and_clear();
        let input = &network.info().input;
        let pixels = input.pixels(ascent.picture())?;
        let values = Values {
            begin,
            end: ascent.value()?,
            pixels: ascent.value_in(as_seen(&pixels, input)?)?,
        };
        if let Some(path) = &self.out {
            pictures::save_pixels(path, &image_of(pixels, input)?)?;
        }
        if let Some(path) = &self.raw {
            let picture = Array {
                shape: input.shape.to_vec(),
                data: ascent.picture().to_vec(),
            };
            let tensors = BTreeMap::from([("picture".to_owned(), picture)]);
            files::write(path, &safetensors::write(&BTreeMap::new(), &tensors, Dtype::F32)?)?;
        }
        output::print(&self.report(&network, &ascent, &values))
    }

    /// Refuses, before time is spent, outputs that would overwrite the network or each other.
    fn check_outputs(&self) -> Result<()> {
        if self.out.is_some() && self.out == self.raw {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                "--out and --raw name the same file",
            ));
        }
        let not_png = |path: &&PathBuf| {
            path.extension()
                .is_some_and(|ending| !ending.eq_ignore_ascii_case("png"))
        };
        if let Some(out) = self.out.as_ref().filter(not_png) {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!("{}: pictures are written as PNG; end the name in .png", out.display()),
            ));
        }
        let inputs: Vec<_> = self.network.inputs().collect();
        let mut outputs = [&self.out, &self.raw].into_iter().flatten();
        outputs.try_for_each(|path| files::apart(path, &inputs))
    }

    fn options(&self) -> Visualisation {
        let usual = Visualisation::default();
        Visualisation {
            steps: self.steps.unwrap_or(usual.steps),
            step_size: self.step_size.unwrap_or(usual.step_size),
            l2: self.l2.unwrap_or(usual.l2),
            noise: self.noise.unwrap_or(usual.noise),
            seed: self.seed.unwrap_or(usual.seed),
            jitter: self.jitter.unwrap_or(usual.jitter),
            blur: self.blur.unwrap_or(usual.blur),
        }
    }

    fn report(&self, network: &Network, ascent: &Ascent, values: &Values) -> String {
        let (info, steps) = (network.info(), ascent.steps());
        let Values { begin, end, pixels } = values;
        if self.json {
            let report = json!({
                "model": info.name,
                "target": ascent.objective(),
                "steps": steps,
                "value": { "begin": begin, "end": end, "pixels": pixels },
            });
            return format!("{report:#}");
        }
        let Objective { layer, channel, at } = ascent.objective();
        let class = info.classes.get(*channel).filter(|_| layer == network.logits_layer());
        let label = class.map(|label| format!(" ({label})")).unwrap_or_default();
        let place = match at {
            Some((y, x)) => format!("at row {y}, column {x}"),
            None => "on average".to_owned(),
        };
        let mut lines = vec![format!(
            "channel {channel} of {layer}{label} {place}: {begin:.3} in the noise, {end:.3} after {steps} steps, {pixels:.3} in the picture's pixels"
        )];
        lines.extend(self.out.as_ref().map(|path| format!("{}: the picture", path.display())));
        lines.extend(self.raw.as_ref().map(|path| format!("{}: the numbers", path.display())));
        lines.join("\n")
    }
}

fn sides(input: &InputSpec) -> Result<(u32, u32)> {
    let [_, height, width] = input.shape;
    match (u32::try_from(width), u32::try_from(height)) {
        (Ok(width), Ok(height)) => Ok((width, height)),
        _ => Err(Error::new(ErrorKind::InvalidModel, "input.shape is too large")),
    }
}

fn image_of(pixels: Vec<u8>, input: &InputSpec) -> Result<RgbaImage> {
    let (width, height) = sides(input)?;
    RgbaImage::from_raw(width, height, pixels)
        .ok_or_else(|| Error::new(ErrorKind::Internal, "a picture of the wrong size"))
}

/// What the network reads of the pixels, all of them.
fn as_seen(pixels: &[u8], input: &InputSpec) -> Result<Vec<f32>> {
    let (width, height) = sides(input)?;
    let whole = InputSpec {
        crop: 1.0,
        ..input.clone()
    };
    Ok(Picture::from_rgba(pixels, width, height)?.prepare(&whole)?.tensor)
}
