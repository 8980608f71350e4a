//! A survey's file on the disk.

use std::path::Path;

use relume::{Error, Result};
use relume_survey::Survey;

use crate::files;

/// Reads a survey, whole or not yet.
///
/// # Errors
/// `unreadable`; `invalid-option` for a file that is not a survey.
pub(crate) fn read(path: &Path) -> Result<Survey> {
    Survey::parse(&files::read(path)?)
        .map_err(|error| Error::new(error.kind(), format!("{}: {}", path.display(), error.message())))
}

/// Writes a survey, whole or not at all.
pub(super) fn write(survey: &Survey, path: &Path) -> Result<()> {
    files::write(path, &survey.to_bytes()?)
}
