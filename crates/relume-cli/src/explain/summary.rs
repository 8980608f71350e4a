//! A line for each of many pictures, in the order of their names: a table (CSV), or JSON on standard output.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use relume::{Error, Result};
use serde_json::json;

use crate::{files, output};

const COLUMNS: &str = "picture,index,label,probability,target,value,seconds,warning,error\n";

/// What is said about a picture.
pub(super) struct Line {
    /// The picture's path, as the arguments say it.
    pub(super) picture: String,
    pub(super) found: Result<Found>,
    /// From reading the file to the map.
    pub(super) seconds: f64,
}

/// What was found in a picture.
pub(super) struct Found {
    /// The likeliest class: index, label, probability.
    pub(super) index: usize,
    pub(super) label: String,
    pub(super) probability: f64,
    /// The unit that was explained, as `--target` takes it, and its value.
    pub(super) target: String,
    pub(super) value: f32,
    /// Why the map is zero everywhere, if it is, or where its method changes nothing.
    pub(super) warning: Option<String>,
    /// Where the map is, if it was written.
    pub(super) map: Option<PathBuf>,
}

impl Line {
    fn json(&self) -> String {
        let (picture, seconds) = (&self.picture, (self.seconds * 1e3).round() / 1e3);
        let line = match &self.found {
            Ok(found) => json!({
                "picture": picture,
                "index": found.index,
                "label": found.label,
                "probability": found.probability,
                "target": found.target,
                "value": found.value,
                "seconds": seconds,
                "warning": found.warning,
                "map": found.map.as_ref().map(|path| path.display().to_string()),
            }),
            Err(error) => json!({
                "picture": picture,
                "seconds": seconds,
                "error": error.message(),
                "code": error.kind().code(),
            }),
        };
        line.to_string()
    }

    fn csv(&self) -> String {
        let seconds = format!("{:.3}", self.seconds);
        let cells = match &self.found {
            Ok(found) => [
                self.picture.clone(),
                found.index.to_string(),
                found.label.clone(),
                found.probability.to_string(),
                found.target.clone(),
                found.value.to_string(),
                seconds,
                found.warning.clone().unwrap_or_default(),
                String::new(),
            ],
            Err(error) => {
                let empty = String::new;
                let picture = self.picture.clone();
                let error = error.to_string();
                [
                    picture,
                    empty(),
                    empty(),
                    empty(),
                    empty(),
                    empty(),
                    seconds,
                    empty(),
                    error,
                ]
            }
        };
        cells.map(|cell| quoted(&cell)).join(",") + "\n"
    }
}

/// A cell as RFC 4180 has it.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// Where the lines go.
enum Place {
    /// Written beside the place and renamed at the end, so that a table that is there is whole.
    Table {
        path: PathBuf,
        part: PathBuf,
        file: BufWriter<File>,
    },
    /// JSON lines; whether anybody still reads them.
    Output { read: bool },
}

/// Puts the lines in order and writes them.
pub(super) struct Summary {
    place: Place,
    /// How many lines are written.
    done: usize,
    /// Those that came before their turn. Only a few: the cores take the pictures in order.
    early: BTreeMap<usize, Line>,
    pub(super) failed: usize,
}

impl Summary {
    /// A table at `path`.
    pub(super) fn table(path: PathBuf) -> Result<Self> {
        let part = path.with_extension("csv.part");
        let file = File::create(&part).map_err(|error| files::fault(&part, "cannot be written", error))?;
        let mut table = Self::at(Place::Table {
            path,
            part,
            file: BufWriter::new(file),
        });
        table.write(COLUMNS)?;
        Ok(table)
    }

    /// JSON lines on standard output.
    pub(super) const fn output() -> Self {
        Self::at(Place::Output { read: true })
    }

    const fn at(place: Place) -> Self {
        Self {
            place,
            done: 0,
            early: BTreeMap::new(),
            failed: 0,
        }
    }

    /// Takes the line of picture `index`, and writes all whose turn has come.
    pub(super) fn take(&mut self, index: usize, line: Line) -> Result<()> {
        self.failed += usize::from(line.found.is_err());
        self.early.insert(index, line);
        while let Some(line) = self.early.remove(&self.done) {
            self.done += 1;
            match &self.place {
                Place::Table { .. } => self.write(&line.csv())?,
                Place::Output { .. } => self.write(&line.json())?,
            }
        }
        Ok(())
    }

    /// Whether the lines still have a reader.
    pub(super) const fn is_read(&self) -> bool {
        !matches!(self.place, Place::Output { read: false })
    }

    fn write(&mut self, text: &str) -> Result<()> {
        match &mut self.place {
            Place::Table { part, file, .. } => file
                .write_all(text.as_bytes())
                .map_err(|error| files::fault(part, "cannot be written", error)),
            Place::Output { read } => {
                *read = *read && output::print_if_read(text)?;
                Ok(())
            }
        }
    }

    /// Ends the table, and says where it is.
    pub(super) fn finish(self) -> Result<Option<PathBuf>> {
        let Place::Table { path, part, mut file } = self.place else {
            return Ok(None);
        };
        let ended = |path: &Path, error| files::fault(path, "cannot be written", error);
        file.flush().map_err(|error| ended(&part, error))?;
        fs::rename(&part, &path).map_err(|error| ended(&path, error))?;
        Ok(Some(path))
    }

    /// What a reader is told who asks why pictures failed.
    pub(super) fn complaint(failed: usize, pictures: usize, table: Option<&Path>) -> Error {
        let plural = if pictures == 1 { "" } else { "s" };
        let place = table.map_or_else(
            || "their lines say".to_owned(),
            |path| format!("{} says", path.display()),
        );
        Error::new(
            relume::ErrorKind::InvalidPicture,
            format!("{failed} of {pictures} picture{plural} failed; {place} which and why"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(picture: &str) -> Line {
        Line {
            picture: picture.to_owned(),
            found: Err(Error::new(relume::ErrorKind::InvalidPicture, "is \"bad\", alas")),
            seconds: 0.25,
        }
    }

    #[test]
    fn lines_come_in_order_and_cells_are_quoted() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("summary.csv");
        let mut summary = Summary::table(path.clone()).expect("a table");
        for (index, name) in [(2, "c"), (0, "a,1"), (1, "b")] {
            summary.take(index, line(name)).expect("written");
        }
        assert!(!path.exists(), "it is not whole yet");
        assert_eq!(summary.failed, 3);
        assert_eq!(summary.finish(), Ok(Some(path.clone())));
        let error = "\"is \"\"bad\"\", alas [invalid-picture]\"";
        assert_eq!(
            fs::read_to_string(&path).expect("a table"),
            format!("{COLUMNS}\"a,1\",,,,,,0.250,,{error}\nb,,,,,,0.250,,{error}\nc,,,,,,0.250,,{error}\n")
        );
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
