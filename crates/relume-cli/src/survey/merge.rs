//! One survey of the parts of several calls.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use relume::{Error, ErrorKind, Result};
use relume_survey::{Layer, Shard, Survey};

use super::file;
use super::look::report;
use crate::{files, output};

/// How many missing parts an error lists.
const LISTED: usize = 10;

/// Arguments of `relume survey merge`.
#[derive(Args)]
pub(super) struct Merge {
    /// The survey to write (JSON).
    pub(super) out: PathBuf,
    /// The parts, in any order: what `relume survey --shard` wrote, 1/N to N/N.
    #[arg(required = true, value_name = "PART")]
    pub(super) parts: Vec<PathBuf>,
}

impl Merge {
    pub(super) fn run(&self) -> Result<()> {
        if self.out.is_dir() {
            return Err(files::fault(&self.out, "cannot be written", "it is a folder"));
        }
        if self.parts.contains(&self.out) {
            return Err(refusal(format!(
                "{} is named as the survey to write and as a part; the survey to write comes first",
                self.out.display()
            )));
        }
        let survey = self.merged()?;
        file::write(&survey, &self.out)?;
        output::print(&report(&survey, &self.out))
    }

    /// The survey that one call would have made.
    fn merged(&self) -> Result<Survey> {
        // Read once to be checked and once to be merged: so no more than two are in memory at a time, however many the
        // parts are.
        let order = self.order()?;
        let mut whole: Option<Survey> = None;
        for path in order {
            let mut part = file::read(path)?;
            part.shard = None;
            match &mut whole {
                Some(whole) => whole.append(part),
                None => whole = Some(part),
            }
        }
        let whole = whole.ok_or_else(|| refusal("name the parts".to_owned()))?;
        if whole.skipped.len() == whole.done {
            let what = whole.skipped.first().map_or("", String::as_str);
            return Err(Error::new(
                ErrorKind::InvalidPicture,
                format!("none of the {} pictures can be used: {what}", whole.done),
            ));
        }
        Ok(whole)
    }

    /// The parts in their order, if they are all parts of one survey.
    fn order(&self) -> Result<Vec<&Path>> {
        let mut first: Option<(Survey, &Path)> = None;
        let mut order: BTreeMap<u32, &Path> = BTreeMap::new();
        for path in self.parts.iter().map(PathBuf::as_path) {
            let (survey, shard) = complete(path)?;
            if let Some((first, named)) = &first
                && let Some(what) = difference(&survey, first)
            {
                return Err(refusal(format!(
                    "{} is a part of another survey than {}: {what}",
                    path.display(),
                    named.display()
                )));
            }
            if let Some(other) = order.insert(shard.index(), path) {
                return Err(refusal(format!(
                    "{} and {} are both part {} of {}",
                    other.display(),
                    path.display(),
                    shard.index(),
                    shard.count()
                )));
            }
            first.get_or_insert((survey, path));
        }
        let count = first.and_then(|(first, _)| first.shard).map_or(0, Shard::count);
        check_all(count, &order)?;
        Ok(order.into_values().collect())
    }
}

/// The survey of a part, and which part it is.
fn complete(path: &Path) -> Result<(Survey, Shard)> {
    let survey = file::read(path)?;
    let Some(shard) = survey.shard else {
        let what = "is a survey of all pictures, not of a part; there is nothing to merge it with";
        return Err(refusal(format!("{}: {what}", path.display())));
    };
    if survey.done < survey.expected() {
        return Err(refusal(format!(
            "{}: is not complete, {} of {} pictures; let its call end first",
            path.display(),
            survey.done,
            survey.expected()
        )));
    }
    Ok((survey, shard))
}

/// Refuses parts of which some are missing.
fn check_all(count: u32, order: &BTreeMap<u32, &Path>) -> Result<()> {
    let missing = (1..=count).filter(|index| !order.contains_key(index));
    let listed: Vec<_> = missing.take(LISTED).map(|index| format!("{index}/{count}")).collect();
    let list = listed.join(", ");
    // No part is there twice, and none is beyond the last.
    match count as usize - order.len() {
        0 => Ok(()),
        1 => Err(refusal(format!("part {list} is missing"))),
        many if many > LISTED => Err(refusal(format!("{many} of {count} parts are missing: {list}, …"))),
        _ => Err(refusal(format!("parts {list} are missing"))),
    }
}

/// What keeps two surveys from being parts of one.
fn difference(one: &Survey, other: &Survey) -> Option<&'static str> {
    let (a, b) = (&one.about, &other.about);
    let layers = |survey: &Survey| -> Vec<_> {
        let of = |layer: &Layer| (layer.name.clone(), layer.channels.len(), layer.field);
        survey.layers.iter().map(of).collect()
    };
    if (&a.model, a.checksum) != (&b.model, b.checksum) {
        Some("it is of another model")
    } else if (a.count, a.names) != (b.count, b.names) {
        Some("it is of other pictures")
    } else if a.most != b.most {
        Some("it was made with another --most")
    } else if one.shard.map(Shard::count) != other.shard.map(Shard::count) {
        Some("the pictures were shared among another number of calls")
    } else if layers(one) != layers(other) {
        Some("it is of other layers")
    } else {
        None
    }
}

fn refusal(what: String) -> Error {
    Error::new(ErrorKind::InvalidOption, what)
}
