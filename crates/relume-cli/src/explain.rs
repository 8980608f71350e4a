//! `relume explain`: which pixels made a unit respond.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::ProgressBar;
use relume::model::ModelInfo;
use relume::picture::{Colors, DrawOptions, Fold, Picture, Sign, draw};
use relume::safetensors::{Archive, Array, Dtype};
use relume::{
    AttributionMap, Backend, Error, ErrorKind, ExplainedUnit, Network, ReluRule, Result, Target, safetensors,
};
use serde_json::json;

use crate::{files, output, pictures};

/// Arguments of `relume explain`.
#[derive(Args)]
pub(crate) struct Explain {
    /// The model file.
    model: PathBuf,
    /// The picture: PNG, JPEG, WebP, GIF, BMP or TIFF.
    #[arg(required_unless_present = "tensor", conflicts_with = "tensor")]
    picture: Option<PathBuf>,
    /// Instead of a picture: a safetensors file whose tensor `input`, [1, 3, H, W], is already normalised.
    #[arg(long, value_name = "FILE")]
    tensor: Option<PathBuf>,
    /// The rule at every ReLU: backprop, deconvnet or guided.
    #[arg(long, default_value = "guided")]
    method: ReluRule,
    /// What to explain: top, class:K, LAYER:CHANNEL or LAYER:CHANNEL@ROW,COLUMN.
    #[arg(long, default_value = "top")]
    target: Target,
    /// The backend: flex or ndarray.
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Write the drawn map as PNG.
    #[arg(long, value_name = "PNG")]
    out: Option<PathBuf>,
    /// Write the numbers as safetensors: `map`, 3×H×W, and `logits`, one a class.
    #[arg(long, value_name = "FILE")]
    raw: Option<PathBuf>,
    /// How the map's channels are folded: rgb, max or sum.
    #[arg(long, default_value = "rgb")]
    fold: Fold,
    /// Which sign is drawn: both, positive, negative or magnitude.
    #[arg(long, default_value = "both")]
    sign: Sign,
    /// The share of the sum of all magnitudes that is clipped.
    #[arg(long, default_value_t = 0.02)]
    clip: f32,
    /// Colours of a single plane: grey, diverging or heat.
    #[arg(long, default_value = "grey")]
    colors: Colors,
    /// Draw over the picture.
    #[arg(long, conflicts_with = "tensor")]
    over: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(crate) fn run(&self) -> Result<()> {
        let options = DrawOptions {
            fold: self.fold,
            sign: self.sign,
            clip: self.clip,
            colors: self.colors,
        };
        options.validate()?;
        self.check_outputs()?;
        let device = self.backend.device()?;
        // Visible only on a terminal, and only where there is something to wait for.
        let progress = ProgressBar::new_spinner().with_message("reading the model");
        progress.enable_steady_tick(Duration::from_millis(200));
        let network = Network::load(&files::read(&self.model)?, &device).map_err(files::within(&self.model))?;
        let (values, view) = self.input(&network)?;

        progress.set_message("forward");
        let start = Instant::now();
        let trace = network.forward(network.input(values, &device)?)?;
        let logits = trace.scores()?;
        let forward = start.elapsed();

        progress.set_message("backward");
        let start = Instant::now();
        let map = trace.backward(&self.target, self.method)?.read()?;
        let backward = start.elapsed();
        progress.finish_and_clear();

        if let Some(path) = &self.raw {
            files::write(path, &raw(&map, &logits)?)?;
        }
        if let Some(path) = &self.out {
            let over = view.as_deref().filter(|_| self.over);
            pictures::save(path, draw(&map.data, map.shape, &options, over)?)?;
        }
        let report = Report {
            info: network.info(),
            map: &map,
            logits: &logits,
            forward,
            backward,
        };
        let text = if self.json {
            format!("{:#}", report.json())
        } else {
            report.text(self)
        };
        output::print(&text)
    }

    /// Refuses, before time is spent, outputs that would overwrite each other or whose names do not fit their content.
    fn check_outputs(&self) -> Result<()> {
        let fault = |message: String| Err(Error::new(ErrorKind::InvalidOption, message));
        match (&self.out, &self.raw) {
            (Some(out), Some(raw)) if out == raw => fault(format!("--out and --raw both name {}", out.display())),
            (Some(out), _)
                if out
                    .extension()
                    .is_some_and(|extension| !extension.eq_ignore_ascii_case("png")) =>
            {
                fault(format!(
                    "{}: maps are written as PNG; end the name in .png",
                    out.display()
                ))
            }
            _ => Ok(()),
        }
    }

    /// The normalised numbers, and the picture as the network saw it where there is one.
    fn input(&self, network: &Network) -> Result<(Vec<f32>, Option<Vec<u8>>)> {
        if let Some(path) = &self.tensor {
            let bytes = files::read(path)?;
            let archive = Archive::parse(&bytes).map_err(files::within(path))?;
            let Array { shape, data } = archive.array("input").map_err(files::within(path))?;
            let [channels, height, width] = network.info().input.shape;
            let wanted = [1, channels, height, width];
            if shape != wanted {
                return Err(Error::new(
                    ErrorKind::ShapeMismatch,
                    format!("{}: `input` is {shape:?}, the network takes {wanted:?}", path.display()),
                ));
            }
            return Ok((data, None));
        }
        let Some(path) = &self.picture else {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                "name a picture, or a tensor with --tensor",
            ));
        };
        let pixels = pictures::open(path)?;
        let prepared =
            Picture::from_rgba(pixels.as_raw(), pixels.width(), pixels.height())?.prepare(&network.info().input)?;
        Ok((prepared.tensor, Some(prepared.view)))
    }
}

fn raw(map: &AttributionMap, logits: &[f32]) -> Result<Vec<u8>> {
    let array = |shape: &[usize], data: &[f32]| Array {
        shape: shape.to_vec(),
        data: data.to_vec(),
    };
    let tensors = BTreeMap::from([
        ("logits".to_owned(), array(&[logits.len()], logits)),
        ("map".to_owned(), array(&map.shape, &map.data)),
    ]);
    safetensors::write(&BTreeMap::new(), &tensors, Dtype::F32)
}

struct Report<'a> {
    info: &'a ModelInfo,
    map: &'a AttributionMap,
    logits: &'a [f32],
    forward: Duration,
    backward: Duration,
}

impl Report<'_> {
    /// The five likeliest classes: index, label, logit, probability.
    fn top(&self) -> Vec<(usize, &str, f32, f64)> {
        let largest = self.logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let odds = |logit: f32| f64::from(logit - largest).exp();
        let total: f64 = self.logits.iter().map(|&logit| odds(logit)).sum();
        let mut order: Vec<usize> = (0..self.logits.len()).collect();
        order.sort_by(|&a, &b| self.logits[b].total_cmp(&self.logits[a]));
        let label = |index: usize| self.info.classes.get(index).map_or("", String::as_str);
        order
            .into_iter()
            .take(5)
            .map(|i| (i, label(i), self.logits[i], odds(self.logits[i]) / total))
            .collect()
    }

    fn json(&self) -> serde_json::Value {
        let map = self.map;
        let top: Vec<_> = self
            .top()
            .into_iter()
            .map(|(index, label, logit, probability)| {
                json!({ "index": index, "label": label, "logit": logit, "probability": probability })
            })
            .collect();
        let mut report = json!(map);
        report["model"] = json!(self.info.name);
        report["top"] = json!(top);
        report["milliseconds"] =
            json!({ "forward": self.forward.as_secs_f64() * 1e3, "backward": self.backward.as_secs_f64() * 1e3 });
        report
    }

    fn text(&self, command: &Explain) -> String {
        let mut lines: Vec<String> = self
            .top()
            .into_iter()
            .map(|(index, label, logit, probability)| {
                format!(
                    "{:6.2} %  {label}  (class {index}, logit {logit:.3})",
                    probability * 100.0
                )
            })
            .collect();
        let AttributionMap {
            target, method, relus, ..
        } = self.map;
        let ExplainedUnit {
            layer,
            channel,
            at: (y, x),
            value,
        } = target;
        let plural = if *relus == 1 { "" } else { "s" };
        lines.push(format!(
            "\n{method}, {relus} ReLU{plural}, from channel {channel} of {layer} at row {y}, column {x}, value {value}"
        ));
        lines.push(format!(
            "forward {:.1} ms, backward {:.1} ms ({})",
            self.forward.as_secs_f64() * 1e3,
            self.backward.as_secs_f64() * 1e3,
            command.backend
        ));
        lines.extend(
            self.map
                .warning
                .as_ref()
                .map(|warning| format!("note: {}", warning.message)),
        );
        let (fold, sign, clip) = (command.fold, command.sign, command.clip * 100.0);
        lines.extend(
            command
                .out
                .as_ref()
                .map(|path| format!("{}: fold {fold}, sign {sign}, clip {clip} %", path.display())),
        );
        lines.extend(
            command
                .raw
                .as_ref()
                .map(|path| format!("{}: map and logits", path.display())),
        );
        if command.out.is_none() && command.raw.is_none() {
            lines.push("nothing was written; --out MAP.png draws the map".to_owned());
        }
        lines.join("\n")
    }
}
