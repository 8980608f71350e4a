//! Whole files, read and written; an output is never left half written.

use std::fs;
use std::path::Path;

use relume::{Error, ErrorKind, Result};

pub(crate) fn fault(path: &Path, what: &str, error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Unreadable, format!("{}: {what}: {error}", path.display()))
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| fault(path, "cannot be read", error))
}

/// Writes beside the place and renames, so that a full disk leaves what was there before. A link stays a link, and a
/// device or a pipe is written to as it is.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let special = fs::metadata(&place).is_ok_and(|found| !found.is_file());
    let written = if special {
        fs::write(&place, bytes)
    } else {
        replace(&place, bytes)
    };
    written.map_err(|error| fault(path, "cannot be written", error))
}

/// Refuses an output that is one of the inputs: it would be lost.
pub(crate) fn apart(output: &Path, inputs: &[&Path]) -> Result<()> {
    // What is not there yet is no input.
    let Ok(place) = fs::canonicalize(output) else {
        return Ok(());
    };
    let is_file = fs::metadata(&place).is_ok_and(|found| found.is_file());
    let same = |input: &&&Path| fs::canonicalize(input).is_ok_and(|input| input == place);
    match inputs.iter().find(same).filter(|_| is_file) {
        Some(input) => Err(Error::new(
            ErrorKind::InvalidOption,
            format!(
                "{} is read here and would be lost: name another file to write to",
                input.display()
            ),
        )),
        None => Ok(()),
    }
}

fn replace(place: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = place.with_file_name(name);
    fs::write(&part, bytes)
        .and_then(|()| fs::rename(&part, place))
        .inspect_err(|_| {
            // Whatever happened, the fragment is of no use; the first error is the one to report.
            let _ = fs::remove_file(&part);
        })
}

/// Puts the file's name before what was found wrong in it.
pub(crate) fn within(path: &Path) -> impl Fn(Error) -> Error + '_ {
    move |error| Error::new(error.kind(), format!("{}: {}", path.display(), error.message()))
}
