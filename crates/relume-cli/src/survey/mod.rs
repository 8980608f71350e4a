//! `relume survey`: the top-activating images of each channel among the pictures of a folder, as in Figure 3 of arXiv
//! 1412.6806.

mod record;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use burn::tensor::Device;
use clap::Args;
use relume::picture::Picture;
use relume::{Backend, Error, ErrorKind, Network, Result};
use relume_pictures::folder::Skipped;

use record::About;
pub(crate) use record::{Excited, Layer, Survey};

use crate::folder::{self, list};
use crate::progress::bar;
use crate::{files, output, pictures};

/// How often the state is written to the disk.
const SAVED_EVERY: Duration = Duration::from_secs(5);
/// The most numbers that all channels' lists may hold together.
const MAX_KEPT: usize = 1 << 22;

/// Arguments of `relume survey`.
#[derive(Args)]
pub(crate) struct Command {
    /// The model file.
    model: PathBuf,
    /// The folder with the pictures; folders in it are looked into.
    folder: PathBuf,
    /// The survey to write (JSON). Until it is complete, its state is in `FILE.part`, and a stopped run goes on from
    /// there.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The layers, separated by commas; every ReLU by default.
    #[arg(long, value_delimiter = ',')]
    layers: Vec<String>,
    /// How many pictures are kept for each channel.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=record::MOST as i64))]
    most: u16,
}

impl Command {
    pub(crate) fn run(&self) -> Result<()> {
        if self.out.is_dir() {
            return Err(files::fault(&self.out, "cannot be written", "it is a folder"));
        }
        let bytes = files::read(&self.model)?;
        let device = Backend::Flex.device()?;
        let network = Network::load(&bytes, &device).map_err(files::within(&self.model))?;
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
        let part = part(&self.out);
        let mut survey = resumed(&part, Survey::new(about, layers))?;
        self.look(&mut survey, &names, &network, &device, &part)?;
        survey.tidy();
        survey.write(&self.out)?;
        // It is not needed any more; if it cannot be removed, the next survey says what it is.
        let _ = fs::remove_file(&part);
        output::print(&report(&survey, &self.out))
    }

    /// The layers asked for, with no pictures yet.
    fn layers(&self, network: &Network, most: usize) -> Result<Vec<Layer>> {
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
    fn look(
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
                survey.write(part)?;
                saved = Instant::now();
            }
        }
        bar.finish_and_clear();
        if survey.skipped.len() == names.len() {
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

    fn input(&self, name: &str, network: &Network) -> Result<Vec<f32>> {
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
fn part(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    out.with_file_name(name)
}

/// What an earlier run of the same survey has found, if there was one.
fn resumed(part: &Path, fresh: Survey) -> Result<Survey> {
    if !part.exists() {
        // Written already here, so that a place that cannot be written is reported before any time is spent.
        fresh.write(part)?;
        return Ok(fresh);
    }
    let found = Survey::read(part)?;
    let asked = |survey: &Survey| -> Vec<(String, usize)> {
        (survey
            .layers
            .iter()
            .map(|layer| (layer.name.clone(), layer.channels.len())))
        .collect()
    };
    if found.about != fresh.about || asked(&found) != asked(&fresh) || found.done > fresh.about.count {
        return Err(Error::new(
            ErrorKind::InvalidOption,
            format!(
                "{} is left from a survey of another model, folder, choice of layers or --most; delete it, or choose another --out",
                part.display()
            ),
        ));
    }
    Ok(found)
}

fn report(survey: &Survey, out: &Path) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn paint(path: &Path, colour: u8) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        let pixels = image::RgbaImage::from_fn(40, 36, |x, y| image::Rgba([colour, (x * 6) as u8, (y * 7) as u8, 255]));
        pictures::save_pixels(path, &pixels).expect("a picture");
    }

    struct Place {
        _folder: tempfile::TempDir,
        command: Command,
    }

    fn place() -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let set = folder.path().join("set");
        for (index, name) in ["b/one.png", "a.png", "b/two.PNG", "c.png"].iter().enumerate() {
            paint(&set.join(name), 60 * index as u8);
        }
        fs::write(set.join("bad.jpg"), b"no picture").expect("a file");
        fs::write(set.join("notes.txt"), b"no picture, and not called one").expect("a file");
        let model = folder.path().join("m.safetensors");
        let bytes = relume::zoo::seeded("all-cnn-c", 3)
            .expect("a model")
            .write(relume::safetensors::Dtype::F32);
        fs::write(&model, bytes.expect("bytes")).expect("a file");
        let command = Command {
            model,
            folder: set,
            out: folder.path().join("survey.json"),
            layers: vec!["relu4".into(), "conv9".into()],
            most: 3,
        };
        Place {
            _folder: folder,
            command,
        }
    }

    #[test]
    fn a_survey_finds_what_the_network_itself_says() {
        let Place { _folder, command } = place();
        command.run().expect("a survey");
        let survey = Survey::read(&command.out).expect("a survey");
        assert!(!part(&command.out).exists());
        assert_eq!((survey.done, survey.skipped.len()), (5, 1));
        assert!(survey.skipped[0].starts_with("bad.jpg: cannot be decoded as a picture"));
        let names: Vec<_> = survey
            .layers
            .iter()
            .map(|layer| (layer.name.as_str(), layer.channels.len()))
            .collect();
        assert_eq!(names, [("relu4", 192), ("conv9", 10)]);

        let device = Backend::Flex.device().expect("a device");
        let network = Network::load(&files::read(&command.model).expect("bytes"), &device).expect("a model");
        for (layer, channel) in [(0, 7), (0, 130), (1, 2)] {
            let found = &survey.layers[layer].channels[channel];
            assert!(found.windows(2).all(|pair| pair[0].value >= pair[1].value));
            for &Excited { picture, at, value } in found {
                let tensor = command.input(&survey.pictures[picture], &network).expect("a picture");
                let trace = network
                    .forward(network.input(tensor, &device).expect("numbers"))
                    .expect("a trace");
                let target = relume::Target::unit(&survey.layers[layer].name, channel);
                let backward = trace
                    .backward(&target, relume::ReluRule::Guided)
                    .expect("a backward pass");
                let map = backward.read().expect("a map");
                assert_eq!((map.target.at, map.target.value), (at, value));
            }
        }
    }

    #[test]
    fn a_stopped_survey_goes_on_where_it_was() {
        let Place { _folder, command } = place();
        command.run().expect("a survey");
        let whole = Survey::read(&command.out).expect("a survey");

        // As if stopped after two pictures.
        let bytes = files::read(&command.model).expect("bytes");
        let device = Backend::Flex.device().expect("a device");
        let network = Network::load(&bytes, &device).expect("a model");
        let names = list(&command.folder, &mut Skipped::default()).expect("names");
        let layers = command.layers(&network, 3).expect("layers");
        let mut half = Survey::new(whole.about.clone(), layers);
        command
            .look(&mut half, &names[..2], &network, &device, &part(&command.out))
            .expect("two pictures");
        half.tidy();
        half.write(&part(&command.out)).expect("written");
        fs::remove_file(&command.out).expect("removed");
        // Pictures that were looked at are not read again, even if they have changed.
        paint(&command.folder.join(&names[0]), 200);
        command.run().expect("a survey");
        assert_eq!(Survey::read(&command.out), Ok(whole));
    }

    #[test]
    fn bad_arguments_are_refused_before_time_is_spent() {
        let Place { _folder, mut command } = place();
        let refusal = |command: &Command| command.run().expect_err("a refusal").message().to_owned();
        command.layers = vec!["relu99".into()];
        assert!(refusal(&command).contains("no layer `relu99`"));
        command.layers = vec!["relu4".into(), "relu4".into()];
        assert!(refusal(&command).contains("named twice"));
        command.layers = vec!["relu4".into()];
        let out = std::mem::replace(&mut command.out, command.folder.clone());
        assert!(refusal(&command).contains("it is a folder"));
        command.out = out;
        fs::write(part(&command.out), b"{}").expect("a file");
        assert!(refusal(&command).contains("is not a survey"));
        fs::remove_file(part(&command.out)).expect("removed");
        command.folder = command.folder.join("absent");
        assert!(refusal(&command).contains("cannot be read"));
        fs::create_dir(&command.folder).expect("a folder");
        assert!(refusal(&command).contains("holds no pictures"));
        command.out = command.folder.join("absent").join("survey.json");
        paint(&command.folder.join("a.png"), 1);
        assert!(refusal(&command).contains("cannot be written"));
    }
}
