//! Many pictures in one call: on all cores, a line for each, and none that stops the others.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use burn::tensor::Device;
use relume::picture::draw;
use relume::{AttributionMap, Error, ErrorKind, ExplainedUnit, Network, Result, Target};

use super::answer::likeliest;
use super::inputs::{self, Input};
use super::summary::{Found, Line, Summary};
use super::{Explain, invalid_option};
use crate::progress::bar;
use crate::{files, network_input, output, pictures};

pub(super) fn run(command: &Explain) -> Result<()> {
    check_outputs(command)?;
    let mut inputs = inputs::list(&command.pictures)?;
    if let Some(out) = &command.out {
        inputs::check_folder(out, &command.pictures, &inputs)?;
    }
    if let Some(shard) = command.shard {
        // Its memory is that of the part alone.
        inputs = inputs.drain(shard.range(inputs.len())).collect();
    }
    let device = command.backend.device()?;
    let network = command.network.load(command.backend)?;
    let work = Work {
        command,
        network: &network,
        target: command.target.resolve(&network.info().classes)?,
        device: &device,
    };
    work.check_target()?;
    let summary = summary(command)?;
    let start = Instant::now();
    let summary = work.all(&inputs, summary)?;
    if !summary.is_read() && command.out.is_none() {
        return Ok(());
    }
    let failed = summary.failed;
    let table = summary.finish()?;
    if failed > 0 {
        return Err(Summary::complaint(failed, inputs.len(), table.as_deref()));
    }
    let Some(table) = table else { return Ok(()) };
    let plural = if inputs.len() == 1 { "" } else { "s" };
    output::print(&format!(
        "{}: {} picture{plural} in {:.1} s, their maps beside it",
        table.display(),
        inputs.len(),
        start.elapsed().as_secs_f64()
    ))
}

/// Refuses, before time is spent, what is meant for one picture.
fn check_outputs(command: &Explain) -> Result<()> {
    if command.raw.is_some() {
        return Err(invalid_option("--raw takes the numbers of one picture only".to_owned()));
    }
    if command.locate {
        return Err(invalid_option("--box finds the box of one picture only".to_owned()));
    }
    match &command.out {
        None if !command.json => Err(invalid_option(
            "for several pictures, name a folder for their maps with --out, or print lines with --json".to_owned(),
        )),
        Some(out) if out.exists() && !out.is_dir() => Err(invalid_option(format!(
            "{}: is not a folder; the maps of several pictures need one",
            out.display()
        ))),
        Some(out) if !out.exists() && out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) => {
            Err(invalid_option(format!(
                "{}: is named as one map; name a folder for the maps of several pictures",
                out.display()
            )))
        }
        _ => Ok(()),
    }
}

/// The place of the lines. The folder is made here, before time is spent.
fn summary(command: &Explain) -> Result<Summary> {
    if let Some(out) = &command.out {
        fs::create_dir_all(out).map_err(|error| files::fault(out, "cannot be written", error))?;
    }
    match (&command.out, command.shard) {
        (Some(out), None) if !command.json => Summary::table(out.join("summary.csv")),
        // A name of its own, as all parts may write into one folder.
        (Some(out), Some(shard)) if !command.json => {
            Summary::table(out.join(format!("summary-{}-of-{}.csv", shard.index(), shard.count())))
        }
        _ => Ok(Summary::output()),
    }
}

/// What is the same for all pictures.
struct Work<'a> {
    command: &'a Explain,
    network: &'a Network,
    target: Target,
    device: &'a Device,
}

impl Work<'_> {
    /// Refuses a target that this network does not have: once, not for each picture. What else may go wrong on a picture
    /// of zeros says nothing about others.
    fn check_target(&self) -> Result<()> {
        let zeros = vec![0.0; self.network.info().input.shape.iter().product()];
        let trace = self.network.forward(self.network.input(zeros, self.device)?)?;
        match self.command.method.try_on(&trace, &self.target) {
            // What is wrong with the options is wrong for every picture; whatever else there is, is told of each.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::InvalidTarget
                        | ErrorKind::InvalidOption
                        | ErrorKind::ShapeMismatch
                        | ErrorKind::Unreadable
                ) =>
            {
                Err(error)
            }
            _ => Ok(()),
        }
    }

    /// Explains all pictures, on all cores.
    fn all(&self, inputs: &[Input], summary: Summary) -> Result<Summary> {
        let bar = bar(inputs.len(), "pictures");
        let next = AtomicUsize::new(0);
        let stopped = AtomicBool::new(false);
        let state = Mutex::new((summary, Ok(())));
        // Every thread takes the next picture when it is done with one. Were the pictures themselves tasks of rayon, a
        // thread that waits within a pass would begin another picture meanwhile, and the memory of both be needed.
        rayon::broadcast(|_| {
            while !stopped.load(Ordering::Relaxed) {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(input) = inputs.get(index) else { break };
                let line = self.line(input);
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                let (summary, result) = &mut *state;
                let taken = line.and_then(|line| {
                    if let Err(error) = &line.found {
                        bar.suspend(|| output::note(&format!("relume: {error}")));
                    }
                    summary.take(index, line)
                });
                bar.inc(1);
                if taken.is_err() || !(summary.is_read() || self.command.out.is_some()) {
                    stopped.store(true, Ordering::Relaxed);
                }
                if result.is_ok() {
                    *result = taken;
                }
            }
        });
        bar.finish_and_clear();
        let (summary, result) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        result.map(|()| summary)
    }

    /// What is said about one picture.
    ///
    /// # Errors
    /// If its map cannot be written: then the maps of the others cannot either.
    fn line(&self, input: &Input) -> Result<Line> {
        let start = Instant::now();
        let mut map_path = None;
        // A fault in a decoder must not end the call either.
        let looked = catch_unwind(AssertUnwindSafe(|| self.look(&input.path))).unwrap_or_else(|_| {
            let what = "relume broke down on this picture; please report it";
            Err(files::within(&input.path)(Error::new(ErrorKind::Internal, what)))
        });
        let found = match looked {
            Ok((map, logits, view)) => {
                if let Some(out) = &self.command.out {
                    let path = input.map(out);
                    self.save(&path, &map, self.command.over.then_some(&view))?;
                    map_path = Some(path);
                }
                Ok(self.found(map, &logits, map_path))
            }
            Err(error) => Err(error),
        };
        Ok(Line {
            picture: input.path.display().to_string(),
            found,
            seconds: start.elapsed().as_secs_f64(),
        })
    }

    /// The map of a picture, the logits, and the picture as the network saw it.
    fn look(&self, path: &Path) -> Result<(AttributionMap, Vec<f32>, Vec<u8>)> {
        let (numbers, view) = network_input::of_picture(path, self.network)?;
        let (map, logits) = self.explain(numbers).map_err(files::within(path))?;
        Ok((map, logits, view))
    }

    fn explain(&self, values: Vec<f32>) -> Result<(AttributionMap, Vec<f32>)> {
        let trace = self.network.forward(self.network.input(values, self.device)?)?;
        let logits = trace.scores()?;
        let map = self.command.method.make(&trace, &self.target, &mut |_, _| ())?.map;
        Ok((map, logits))
    }

    fn save(&self, path: &Path, map: &AttributionMap, over: Option<&Vec<u8>>) -> Result<()> {
        let options = self.command.draw_options(map);
        let drawing = draw(&map.data, map.shape, &options, over.map(Vec::as_slice))?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| files::fault(folder, "cannot be written", error))?;
        }
        pictures::save(path, drawing)
    }

    fn found(&self, map: AttributionMap, logits: &[f32], map_path: Option<PathBuf>) -> Found {
        let likeliest = likeliest(logits, &self.network.info().classes, 1);
        let (index, label, probability) = likeliest
            .first()
            .map_or((0, "", 0.0), |answer| (answer.index, answer.label, answer.probability));
        let ExplainedUnit {
            layer,
            channel,
            at: (y, x),
            value,
        } = map.target;
        Found {
            index,
            label: label.to_owned(),
            probability,
            target: format!("{layer}:{channel}@{y},{x}"),
            value,
            warning: map.warning.map(|warning| warning.message),
            map: map_path,
        }
    }
}
