//! Looking at the pictures of a folder, one after the other.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use burn::tensor::Device;
use clap::Args;
use relume::picture::Picture;
use relume::{Backend, Error, ErrorKind, Network, Result};
use relume_pictures::folder::Skipped;
use relume_survey::{About, Layer, MOST, Shard, Survey};

use super::file;
use crate::folder::{self, list};
use crate::progress::bar;
use crate::run_limit::RunLimit;
use crate::{files, output, pictures};

/// How often the state is written to the disk.
const SAVED_EVERY: Duration = Duration::from_secs(5);
/// The most numbers that all channels' lists may hold together.
const MAX_KEPT: usize = 1 << 22;

/// Arguments of `relume survey MODEL FOLDER`.
#[derive(Args)]
pub(super) struct Look {
    /// The model file.
    pub(super) model: PathBuf,
    /// The folder with the pictures; folders in it are looked into.
    pub(super) folder: PathBuf,
    /// The survey to write (JSON). Until it is complete, its state is in `FILE.part`, and a stopped run goes on from
    /// there.
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// The layers, separated by commas; every ReLU by default.
    #[arg(long, value_delimiter = ',')]
    pub(super) layers: Vec<String>,
    /// How many pictures are kept for each channel.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=MOST as i64))]
    pub(super) most: u16,
    /// Look at the I-th of N parts of the pictures, counted from 1, in the order of their names: so that N calls share the
    /// work. `relume survey merge` makes one survey of the parts.
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
    // Not a flattened RunLimit: these arguments are optional as a whole, and clap would not see that they were given.
    /// Take a network whose one pass takes far more operations or memory than common networks do (`relume info` shows both).
    #[arg(long)]
    pub(super) allow_large: bool,
}

impl Look {
    pub(super) fn run(&self) -> Result<()> {
        if self.out.is_dir() {
            return Err(files::fault(&self.out, "cannot be written", "it is a folder"));
        }
        let bytes = files::read(&self.model)?;
        let device = Backend::Flex.device()?;
        let limit = RunLimit {
            allow_large: self.allow_large,
        };
        let network = limit.load(&self.model, &bytes, &device)?;
        let mut skipped = Skipped::default();
        let names = list(&self.folder, &mut skipped)?;
        folder::note(&skipped);
        let most = usize::from(self.most);
        let layers = self.layers(&network, most)?;
        let about = About {
            model: network.info().name.clone(),
            checksum: crc32fast::hash(&bytes),
            count: names.len(),
            names: crc32fast::hash(names.join("\n").as_bytes()),
            most,
        };
        let names = match self.shard {
            Some(shard) => &names[shard.range(names.len())],
            None => &names[..],
        };
        let part = part(&self.out);
        let mut survey = resumed(&part, Survey::new(about, layers, self.shard))?;
        self.look(&mut survey, names, &network, &device, &part)?;
        survey.tidy();
        file::write(&survey, &self.out)?;
        // It is not needed any more; if it cannot be removed, the next survey says what it is.
        let _ = fs::remove_file(&part);
        output::print(&report(&survey, &self.out))
    }

    /// The layers asked for, with no pictures yet.
    pub(super) fn layers(&self, network: &Network, most: usize) -> Result<Vec<Layer>> {
        let summary = network.summary();
        let fault = |message: String| Error::new(ErrorKind::InvalidTarget, message);
        for (index, name) in self.layers.iter().enumerate() {
            match summary.layers.iter().find(|layer| layer.name == name) {
                None => {
                    return Err(fault(format!(
                        "there is no layer `{name}`; relume info lists the layers"
                    )));
                }
                Some(layer) if layer.kind == "softmax" => {
                    return Err(fault(format!(
                        "layer `{name}` is a softmax: it has no units to explain"
                    )));
                }
                Some(_) if self.layers[..index].contains(name) => {
                    return Err(fault(format!("layer `{name}` is named twice")));
                }
                Some(_) => (),
            }
        }
        let wanted = summary.layers.iter().filter(|layer| match self.layers.as_slice() {
            [] => layer.kind == "relu",
            names => names.iter().any(|name| name == layer.name),
        });
        let layers: Vec<_> = wanted
            .map(|layer| Layer {
                name: layer.name.to_owned(),
                field: layer.field,
                channels: vec![Vec::new(); layer.shape[0]],
            })
            .collect();
        let channels: usize = layers.iter().map(|layer| layer.channels.len()).sum();
        if channels == 0 {
            return Err(fault("the network has no ReLU; name its layers with --layers".into()));
        }
        if channels * most > MAX_KEPT {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!("{most} pictures for each of {channels} channels are too many; lower --most or name --layers"),
            ));
        }
        Ok(layers)
    }

    /// Looks at every picture from where the survey stands.
    pub(super) fn look(
        &self,
        survey: &mut Survey,
        names: &[String],
        network: &Network,
        device: &Device,
        part: &Path,
    ) -> Result<()> {
        let bar = bar(names.len(), "pictures");
        let mut saved = Instant::now();
        for name in &names[survey.done..] {
            match self.input(name, network) {
                Ok(tensor) => {
                    let index = survey.pictures.len();
                    survey.pictures.push(name.clone());
                    excite(survey, index, network, tensor, device)?;
                }
                Err(error) => survey.skipped.push(self.reason(name, &error)),
            }
            survey.done += 1;
            bar.set_position(survey.done as u64);
            if saved.elapsed() >= SAVED_EVERY {
                survey.tidy();
                file::write(survey, part)?;
                saved = Instant::now();
            }
        }
        bar.finish_and_clear();
        // A part of few pictures may well be empty, or hold bad ones only; the others are not.
        if self.shard.is_none() && survey.skipped.len() == names.len() {
            return Err(Error::new(
                ErrorKind::InvalidPicture,
                format!(
                    "none of the {} pictures can be used: {}",
                    names.len(),
                    survey.skipped[0]
                ),
            ));
        }
        Ok(())
    }

    /// Why a picture was skipped, without where the folder lies on this machine.
    fn reason(&self, name: &str, error: &Error) -> String {
        let path = format!("{}: ", self.folder.join(name).display());
        let message = error.message();
        format!("{name}: {}", message.strip_prefix(&path).unwrap_or(message))
    }

    pub(super) fn input(&self, name: &str, network: &Network) -> Result<Vec<f32>> {
        let pixels = pictures::open(&self.folder.join(name))?;
        let picture = Picture::from_rgba(pixels.as_raw(), pixels.width(), pixels.height())?;
        Ok(picture.prepare(&network.info().input)?.tensor)
    }
}

/// The forward pass of one picture, and what it excites.
fn excite(survey: &mut Survey, picture: usize, network: &Network, tensor: Vec<f32>, device: &Device) -> Result<()> {
    let trace = network.forward(network.input(tensor, device)?)?;
    let most = survey.about.most;
    for layer in &mut survey.layers {
        let (activation, [.., width]) = relume::read(trace.activation(&layer.name)?)?;
        if activation.iter().any(|value| !value.is_finite()) {
            return Err(Error::new(
                ErrorKind::NotFinite,
                format!("layer `{}` overflows on {}", layer.name, survey.pictures[picture]),
            ));
        }
        layer.look(picture, &activation, width, most);
    }
    Ok(())
}

/// Where the state of an unfinished survey is kept.
pub(super) fn part(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    out.with_file_name(name)
}

/// What an earlier run of the same survey has found, if there was one.
fn resumed(part: &Path, fresh: Survey) -> Result<Survey> {
    if !part.exists() {
        // Written already here, so that a place that cannot be written is reported before any time is spent.
        file::write(&fresh, part)?;
        return Ok(fresh);
    }
    let found = file::read(part)?;
    let asked = |survey: &Survey| -> Vec<(String, usize)> {
        (survey
            .layers
            .iter()
            .map(|layer| (layer.name.clone(), layer.channels.len())))
        .collect()
    };
    if found.about != fresh.about || found.shard != fresh.shard || asked(&found) != asked(&fresh) {
        return Err(Error::new(
            ErrorKind::InvalidOption,
            format!(
                "{} is left from a survey of another model, folder, choice of layers, --most or --shard; delete it, or choose another --out",
                part.display()
            ),
        ));
    }
    Ok(found)
}

pub(super) fn report(survey: &Survey, out: &Path) -> String {
    let silent = |layer: &Layer| layer.channels.iter().filter(|channel| channel.is_empty()).count();
    let mut lines = vec![format!(
        "{}: {} pictures looked at",
        out.display(),
        survey.done - survey.skipped.len()
    )];
    lines.extend(survey.layers.iter().map(|layer| {
        let silent = match silent(layer) {
            0 => String::new(),
            count => format!(", {count} of them silent on every picture"),
        };
        format!("{:<28} {:>5} channels{silent}", layer.name, layer.channels.len())
    }));
    if let Some(first) = survey.skipped.first() {
        lines.push(format!(
            "{} skipped (the file lists them); first {first}",
            survey.skipped.len()
        ));
    }
    lines.join("\n")
}
