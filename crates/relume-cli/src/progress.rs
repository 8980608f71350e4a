//! Bars for work that takes longer than a second, on standard error.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar with the time it has taken and will take; visible only on a terminal.
pub(crate) fn bar(length: usize, prefix: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg} {elapsed} (left {eta})")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64)
        .with_style(style)
        .with_prefix(prefix.to_owned())
}

/// Reads a picture set, with a progress bar.
#[cfg(feature = "train")]
pub(crate) fn read_pictures(
    folder: &std::path::Path,
    split: relume_train::data::Split,
    info: &relume::model::ModelInfo,
) -> relume::Result<relume_train::data::Pictures> {
    let bar = bar(0, "reading pictures");
    let pictures = relume_train::data::read(folder, split, info.input.shape, &info.classes, &|done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    pictures
}
