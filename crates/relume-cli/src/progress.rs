//! Bars for work that takes longer than a second, on standard error.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use relume::Result;

use crate::data::{self, Pictures, Split};

/// A bar with the time it has taken and will take; visible only on a terminal.
pub(crate) fn bar(length: usize, prefix: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg} {elapsed} (left {eta})")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64)
        .with_style(style)
        .with_prefix(prefix.to_owned())
}

/// Reads a picture set, with a progress bar.
pub(crate) fn read_pictures(folder: &Path, split: Split, shape: [usize; 3], classes: &[String]) -> Result<Pictures> {
    let bar = bar(0, "reading pictures");
    let pictures = data::read(folder, split, shape, classes, &|done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    pictures
}
