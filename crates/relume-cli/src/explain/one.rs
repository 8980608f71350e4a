//! One picture: its likeliest classes, its map and the times on the terminal.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use relume::picture::draw;
use relume::safetensors::{Array, Dtype};
use relume::{AttributionMap, Method, Network, Result, Signal, SignalNumbers, safetensors};

use super::bounding_box::FoundBox;
use super::method::Made;
use super::report::Report;
use super::{Explain, invalid_option};
use crate::network_input::SeenPicture;
use crate::progress::{show_steps, spinner};
use crate::{files, network_input, output, pictures};

pub(super) fn run(command: &Explain, picture: Option<&Path>) -> Result<()> {
    check_outputs(command)?;
    let device = command.backend.device()?;
    let progress = spinner("reading the model");
    let network = if command.tensor.is_some() {
        command.network.load_without_pictures(command.backend)?
    } else {
        command.network.load(command.backend)?
    };
    let target = command.target.resolve(&network.info().classes)?;
    let (values, seen) = input(command, picture, &network)?;

    progress.set_message("forward");
    let start = Instant::now();
    let trace = network.forward(network.input(values, &device)?)?;
    let logits = trace.scores()?;
    let forward = start.elapsed();

    progress.set_message("backward");
    let start = Instant::now();
    let layers: Vec<&str> = command.signals.iter().map(String::as_str).collect();
    let (made, signals) = match command.method.method {
        Method::Rule(rule) => {
            let (attribution, signals) = trace.backward_with_signals(&target, rule, &layers)?;
            (Made::from(attribution.read()?), signals)
        }
        _ => {
            let mut on_step = |done, steps| show_steps(&progress, done, steps);
            (command.method.make(&trace, &target, &mut on_step)?, Vec::new())
        }
    };
    let Made { map, cam, completeness } = made;
    let backward = start.elapsed();
    progress.finish_and_clear();

    if let Some(path) = &command.raw {
        files::write(path, &raw(&map, cam, &logits, signals)?)?;
    }
    let located = if command.locate {
        Some(FoundBox::find(&map, command.box_quantile, seen.as_ref())?)
    } else {
        None
    };
    let scale = match &command.out {
        None => None,
        Some(path) => {
            let over = seen.as_ref().map(|seen| seen.view.as_slice()).filter(|_| command.over);
            let mut drawing = draw(&map.data, map.shape, &command.draw_options(&map), over)?;
            let scale = drawing.scale;
            if let Some(located) = &located {
                located.outline(&mut drawing);
            }
            pictures::save(path, drawing)?;
            Some(scale)
        }
    };
    let report = Report {
        info: network.info(),
        map: &map,
        completeness,
        located,
        scale,
        logits: &logits,
        forward,
        backward,
    };
    let text = if command.json {
        format!("{:#}", report.json())
    } else {
        report.text(command)
    };
    output::print(&text)
}

/// Refuses, before time is spent, outputs that would overwrite each other or whose names do not fit their content.
fn check_outputs(command: &Explain) -> Result<()> {
    match (&command.out, &command.raw) {
        (Some(out), Some(raw)) if out == raw => {
            Err(invalid_option(format!("--out and --raw both name {}", out.display())))
        }
        (Some(out), _)
            if out
                .extension()
                .is_some_and(|extension| !extension.eq_ignore_ascii_case("png")) =>
        {
            Err(invalid_option(format!(
                "{}: maps are written as PNG; end the name in .png",
                out.display()
            )))
        }
        _ => Ok(()),
    }
}

/// The normalised numbers, and the picture as the network saw it where there is one.
fn input(command: &Explain, picture: Option<&Path>, network: &Network) -> Result<(Vec<f32>, Option<SeenPicture>)> {
    match (&command.tensor, picture) {
        (Some(path), _) => network_input::of_tensor(path, network).map(|numbers| (numbers, None)),
        (None, Some(path)) => {
            let mut seen = network_input::seen(path, network)?;
            Ok((std::mem::take(&mut seen.numbers), Some(seen)))
        }
        (None, None) => Err(invalid_option("name a picture, or a tensor with --tensor".to_owned())),
    }
}

fn raw(map: &AttributionMap, cam: Option<Array>, logits: &[f32], signals: Vec<Signal>) -> Result<Vec<u8>> {
    let array = |shape: &[usize], data: &[f32]| Array {
        shape: shape.to_vec(),
        data: data.to_vec(),
    };
    let mut tensors = BTreeMap::from([
        ("logits".to_owned(), array(&[logits.len()], logits)),
        ("map".to_owned(), array(&map.shape, &map.data)),
    ]);
    tensors.extend(cam.map(|cam| ("cam".to_owned(), cam)));
    for signal in signals {
        let SignalNumbers { layer, signal, passed } = signal.read()?;
        tensors.insert(format!("signal.{layer}"), array(&signal.shape, &signal.data));
        if let Some(passed) = passed {
            tensors.insert(format!("passed.{layer}"), array(&passed.shape, &passed.data));
        }
    }
    safetensors::write(&BTreeMap::new(), &tensors, Dtype::F32)
}
