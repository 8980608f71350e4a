//! Faults of files, by their names.

use std::fmt::Display;
use std::path::Path;

use relume::{Error, ErrorKind, Result};

pub(crate) fn fault(kind: ErrorKind, path: &Path, what: impl Display) -> Error {
    Error::new(kind, format!("{}: {what}", path.display()))
}

/// For `map_err`: that the file or folder `cannot be read`, or `cannot be written`.
pub(crate) fn unreadable(path: &Path, what: &str) -> impl Fn(std::io::Error) -> Error {
    move |error| fault(ErrorKind::Unreadable, path, format!("{what}: {error}"))
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(unreadable(path, "cannot be read"))
}
