//! A labelled picture set, for training and evaluation: class folders, or the binary batches of CIFAR-10.
//!
//! Pictures come in an order that does not depend on the file system. The set is read strictly: what would only be
//! noticed as a bad accuracy, a class left out or a picture cut short, is an error that names the file.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod cifar10;
mod folders;
#[cfg(test)]
mod folders_tests;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;

use relume::{Error, ErrorKind, Result};
pub use relume_pictures::folder::Skipped;

use crate::files::{fault, unreadable};

/// The most bytes the pixels of a set may take, exclusive.
const LIMIT: usize = 8 << 30;
/// The most class names that an error lists.
const LISTED: usize = 20;

/// Labelled pictures of one size, 8 bits a channel.
#[derive(Debug)]
pub struct Pictures {
    /// `[C, height, width]` of each picture, in pixels; `C` is 3, or 1 for grey.
    pub shape: [usize; 3],
    /// All pictures one after the other, red, green and blue plane each, or one plane in grey: `[N, C, height, width]`, 0 to
    /// 255.
    pub pixels: Vec<u8>,
    /// The class of each picture, as an index into `classes`: `[N]`.
    pub labels: Vec<u16>,
    /// The name of each picture: its path within the folder, or `data_batch_1.bin#17`, counted from 0.
    pub names: Vec<String>,
    /// The model's classes, in the order of its logits.
    pub classes: Vec<String>,
    /// The files in its folders that were not read: hidden, of the operating system, or empty.
    pub skipped: Skipped,
}

impl Pictures {
    /// How many numbers a picture has.
    pub(crate) fn picture_len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Which part of a picture set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// What the network learns from.
    Train,
    /// What it is judged by.
    Test,
}

/// Reads one part of the picture set in `folder`, for a model that takes pictures of shape `expected`,
/// `[3, height, width]`, and tells `classes` apart.
///
/// Pictures lie at `train/CLASS/*` and `test/CLASS/*`, or are the binary batches of CIFAR-10, in `folder` itself or in
/// its `cifar-10-batches-bin`. Where there is none of these, a test set may also be `folder/CLASS/*`. Class folders
/// come in the order of `classes`, files in the order of their names, records in the order of the batches.
///
/// `progress` is told how many pictures of how many are done, from several threads at once, so not always in order;
/// `(n, n)` comes last, and only if all went well.
///
/// # Errors
///
/// `Unreadable` for what is not there; `InvalidOption` for classes that are not the model's; `ShapeMismatch` for a
/// picture of another size; `InvalidPicture` for everything else that cannot be used.
pub fn read(
    folder: &Path,
    split: Split,
    expected: [usize; 3],
    classes: &[String],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Pictures> {
    let expected = Expected::new(expected, classes, progress)?;
    let found = fs::metadata(folder).map_err(unreadable(folder, "cannot be read"))?;
    if !found.is_dir() {
        return Err(fault(ErrorKind::Unreadable, folder, "is not a folder"));
    }
    let name = match split {
        Split::Train => "train",
        Split::Test => "test",
    };
    let part = folder.join(name);
    let pictures = if part.is_dir() {
        folders::read(&part, &format!("{name}/"), &expected)?
    } else if let Some(batches) = cifar10::find(folder) {
        cifar10::read(&batches, split, &expected)?
    } else if split == Split::Test && !folder.join("train").is_dir() {
        folders::read(folder, "", &expected)?
    } else {
        let expected = format!("pictures are expected at {name}/CLASS/NAME.jpg, or as CIFAR-10's .bin files");
        let what = format!("holds no folder `{name}`; {expected}");
        return Err(fault(ErrorKind::Unreadable, folder, what));
    };
    let total = pictures.labels.len();
    progress(total, total);
    Ok(pictures)
}

/// What the model expects of a set, and where progress is reported.
struct Expected<'a> {
    /// `[3, height, width]`, none of them 0.
    shape: [usize; 3],
    classes: &'a [String],
    progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl<'a> Expected<'a> {
    fn new(shape: [usize; 3], classes: &'a [String], progress: &'a (dyn Fn(usize, usize) + Sync)) -> Result<Self> {
        let [channels, ..] = shape;
        if ![1, 3].contains(&channels) || shape.contains(&0) {
            let what = format!(
                "the model's input is {shape:?}; pictures are [3, height, width], or [1, height, width] in grey"
            );
            return Err(Error::new(ErrorKind::ShapeMismatch, what));
        }
        if !(2..=usize::from(u16::MAX) + 1).contains(&classes.len()) {
            let what = format!("the model has {} classes; a picture set has 2 to 65536", classes.len());
            return Err(Error::new(ErrorKind::InvalidOption, what));
        }
        let mut sorted: Vec<_> = classes.iter().collect();
        sorted.sort();
        if let Some((name, _)) = sorted.iter().zip(sorted.iter().skip(1)).find(|(a, b)| a == b) {
            let what = format!("two of the model's classes are called `{name}`: labels are matched by name");
            return Err(Error::new(ErrorKind::InvalidOption, what));
        }
        Ok(Self {
            shape,
            classes,
            progress,
        })
    }

    /// The index of class `name`, which was found at `place`.
    fn label(&self, place: &Path, name: &str) -> Result<u16> {
        let index = self.classes.iter().position(|class| class == name);
        index.and_then(|index| u16::try_from(index).ok()).ok_or_else(|| {
            let classes = list(self.classes);
            let what = format!("`{name}` is not a class of the model; its classes are {classes}");
            fault(ErrorKind::InvalidOption, place, what)
        })
    }

    /// Checks that each class has pictures: otherwise the network would learn, or be judged by, something else.
    fn complete(&self, place: &Path, labels: &[u16]) -> Result<()> {
        let mut present = vec![false; self.classes.len()];
        for label in labels {
            if let Some(class) = present.get_mut(usize::from(*label)) {
                *class = true;
            }
        }
        let of = |there: bool| -> Vec<String> {
            let chosen = self.classes.iter().zip(&present).filter(|(_, has)| **has == there);
            chosen.map(|(class, _)| class.clone()).collect()
        };
        let message = match (of(true).as_slice(), of(false).as_slice()) {
            (_, []) => return Ok(()),
            ([], _) => "holds no pictures".to_owned(),
            ([only], _) => {
                let all = list(self.classes);
                format!("holds pictures of only one class, `{only}`; the model's are {all}")
            }
            (_, missing) => {
                let missing = list(missing);
                format!("holds no pictures of {missing}; each of the model's classes needs some")
            }
        };
        Err(fault(ErrorKind::InvalidPicture, place, message))
    }

    /// Room for `count` pictures, filled with 0.
    fn room(&self, place: &Path, count: usize) -> Result<Vec<u8>> {
        let too_large = || {
            let shape = self.shape;
            let what = format!("{count} pictures of shape {shape:?} do not fit into memory; the limit is 8 GiB");
            fault(ErrorKind::InvalidPicture, place, what)
        };
        let bytes = self
            .shape
            .iter()
            .try_fold(count, |product, side| product.checked_mul(*side))
            .filter(|bytes| *bytes < LIMIT)
            .ok_or_else(too_large)?;
        let mut pixels = Vec::new();
        pixels.try_reserve_exact(bytes).map_err(|_| too_large())?;
        pixels.resize(bytes, 0);
        Ok(pixels)
    }

    /// Reports that `done` pictures of `total` are read, about 200 times per set: a bar shows no finer steps.
    fn tick(&self, done: usize, total: usize) {
        if done < total && done.is_multiple_of(total.div_ceil(200)) {
            (self.progress)(done, total);
        }
    }
}

/// Names for an error message.
fn list(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
