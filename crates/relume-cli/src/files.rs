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

/// Writes beside the place and renames, so that a full disk leaves what was there before.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    fs::write(&part, bytes)
        .and_then(|()| fs::rename(&part, path))
        .map_err(|error| {
            // Whatever happened, the fragment is of no use; the first error is the one to tell.
            let _ = fs::remove_file(&part);
            fault(path, "cannot be written", error)
        })
}
