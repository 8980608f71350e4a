//! Bars for work that takes longer than a second, on standard error.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar with the time it has taken and will take; visible only on a terminal.
pub(crate) fn bar(length: usize, prefix: &str) -> ProgressBar {
    ProgressBar::new(length as u64)
        .with_style(style())
        .with_prefix(prefix.to_owned())
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix} {wide_bar} {percent} % {pos}/{len} {msg} {elapsed} (left {eta})")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// A line that moves while something is done whose length nobody knows; visible only on a terminal, and only where there is something to wait for.
pub(crate) fn spinner(message: &'static str) -> ProgressBar {
    let progress = ProgressBar::new_spinner().with_message(message);
    progress.enable_steady_tick(Duration::from_millis(200));
    progress
}

/// Shows on a spinner that `done` of `steps` are done: from the first one on it is a bar.
pub(crate) fn show_steps(progress: &ProgressBar, done: usize, steps: usize) {
    if progress.length() != Some(steps as u64) {
        progress.set_message("");
        progress.set_prefix("steps");
        progress.set_length(steps as u64);
        progress.reset_eta();
        progress.set_style(style());
    }
    progress.set_position(done as u64);
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
