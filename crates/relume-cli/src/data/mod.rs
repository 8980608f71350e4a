//! A labelled picture set, for training and evaluation: class folders, or the binary batches of CIFAR-10.
//!
//! Pictures come in an order that does not depend on the file system. The set is read strictly: what would only be
//! noticed as a bad accuracy, a class left out or a picture cut short, is an error that names the file.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod binary;
mod folders;

use std::fs;
use std::path::Path;

use relume::{Error, ErrorKind, Result};

use crate::files;

/// The most bytes the pixels of a set may take, exclusive.
const LIMIT: usize = 8 << 30;
/// The most class names that an error lists.
const LISTED: usize = 20;

/// Labelled pictures of one size, 8 bits a channel.
#[derive(Debug)]
pub(crate) struct Pictures {
    /// `[3, height, width]` of each picture, in pixels.
    pub(crate) shape: [usize; 3],
    /// All pictures one after the other, red, green and blue plane each: `[N, 3, height, width]`, 0 to 255.
    pub(crate) pixels: Vec<u8>,
    /// The class of each picture, as an index into `classes`: `[N]`.
    pub(crate) labels: Vec<u16>,
    /// The name of each picture: its path within the folder, or `data_batch_1.bin#17`, counted from 0.
    pub(crate) names: Vec<String>,
    /// The model's classes, in the order of its logits.
    pub(crate) classes: Vec<String>,
}

/// Which part of a picture set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
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
pub(crate) fn read(
    folder: &Path,
    split: Split,
    expected: [usize; 3],
    classes: &[String],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Pictures> {
    let wanted = Wanted::new(expected, classes, progress)?;
    let found = fs::metadata(folder).map_err(|error| files::fault(folder, "cannot be read", error))?;
    if !found.is_dir() {
        return Err(fault(ErrorKind::Unreadable, folder, "is not a folder"));
    }
    let name = match split {
        Split::Train => "train",
        Split::Test => "test",
    };
    let part = folder.join(name);
    let pictures = if part.is_dir() {
        folders::read(&part, &format!("{name}/"), &wanted)?
    } else if let Some(batches) = binary::find(folder) {
        binary::read(&batches, split, &wanted)?
    } else if split == Split::Test && !folder.join("train").is_dir() {
        folders::read(folder, "", &wanted)?
    } else {
        return Err(fault(
            ErrorKind::Unreadable,
            folder,
            format!(
                "holds no folder `{name}`; pictures are expected at {name}/CLASS/NAME.jpg, or as CIFAR-10's .bin files"
            ),
        ));
    };
    let total = pictures.labels.len();
    progress(total, total);
    Ok(pictures)
}

/// What the model expects of a set, and where progress is reported.
struct Wanted<'a> {
    /// `[3, height, width]`, none of them 0.
    shape: [usize; 3],
    classes: &'a [String],
    progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl<'a> Wanted<'a> {
    fn new(shape: [usize; 3], classes: &'a [String], progress: &'a (dyn Fn(usize, usize) + Sync)) -> Result<Self> {
        if shape.first() != Some(&3) || shape.contains(&0) {
            return Err(Error::new(
                ErrorKind::ShapeMismatch,
                format!("the model's input is {shape:?}; pictures are [3, height, width]"),
            ));
        }
        if !(2..=usize::from(u16::MAX) + 1).contains(&classes.len()) {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!("the model has {} classes; a picture set has 2 to 65536", classes.len()),
            ));
        }
        let mut sorted: Vec<_> = classes.iter().collect();
        sorted.sort();
        if let Some(name) = sorted.iter().zip(sorted.iter().skip(1)).find(|(a, b)| a == b) {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!(
                    "two of the model's classes are called `{}`: labels are matched by name",
                    name.0
                ),
            ));
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
            fault(
                ErrorKind::InvalidOption,
                place,
                format!(
                    "`{name}` is not a class of the model; its classes are {}",
                    list(self.classes)
                ),
            )
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
            ([only], _) => format!(
                "holds pictures of only one class, `{only}`; the model's are {}",
                list(self.classes)
            ),
            (_, missing) => format!(
                "holds no pictures of {}; each of the model's classes needs some",
                list(missing)
            ),
        };
        Err(fault(ErrorKind::InvalidPicture, place, message))
    }

    /// Room for `count` pictures, filled with 0.
    fn room(&self, place: &Path, count: usize) -> Result<Vec<u8>> {
        let too_large = || {
            fault(
                ErrorKind::InvalidPicture,
                place,
                format!(
                    "{count} pictures of shape {:?} do not fit into memory; the limit is 8 GiB",
                    self.shape
                ),
            )
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

fn fault(kind: ErrorKind, place: &Path, what: impl std::fmt::Display) -> Error {
    Error::new(kind, format!("{}: {what}", place.display()))
}

/// Names for an error message.
fn list(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Mutex;

    use image::{ImageFormat, Rgb, RgbImage};
    use tempfile::TempDir;

    use super::*;

    /// A folder with these files in it, written in this order.
    pub(super) fn folder(files: &[(&str, Vec<u8>)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    pub(super) fn names(classes: &[&str]) -> Vec<String> {
        classes.iter().map(|class| (*class).to_owned()).collect()
    }

    pub(super) fn encode(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A PNG of 2×2 pixels, all alike.
    pub(super) fn png(value: u8) -> Vec<u8> {
        encode(&RgbImage::from_pixel(2, 2, Rgb([value; 3])), ImageFormat::Png)
    }

    pub(super) fn read_part(folder: &Path, split: Split, shape: [usize; 3], classes: &[&str]) -> Result<Pictures> {
        read(folder, split, shape, &names(classes), &|_, _| ())
    }

    /// What is said of a test set of 2×2 pictures of cats and dogs; the folder's own path is `…` in it.
    pub(super) fn refusal(folder: &Path) -> String {
        let error = read_part(folder, Split::Test, [3, 2, 2], &["dog", "cat"]).unwrap_err();
        error.to_string().replace(&folder.display().to_string(), "…")
    }

    #[test]
    fn a_part_is_its_folder_and_a_test_set_may_be_the_folder_itself() {
        let set = folder(&[
            ("train/cat/a.png", png(1)),
            ("train/dog/a.png", png(2)),
            ("test/cat/a.png", png(3)),
            ("test/dog/a.png", png(4)),
        ]);
        let first = |place: &Path, split| read_part(place, split, [3, 2, 2], &["dog", "cat"]).map(|set| set.pixels[0]);
        assert_eq!(first(set.path(), Split::Train), Ok(2));
        assert_eq!(first(set.path(), Split::Test), Ok(4));
        assert_eq!(first(&set.path().join("train"), Split::Test), Ok(2));
        let error = first(&set.path().join("train"), Split::Train).unwrap_err();
        assert!(
            error.message().contains("train: holds no folder `train`; pictures"),
            "{error}"
        );
    }

    #[test]
    fn a_set_that_is_not_there_is_named() {
        let set = folder(&[("train/cat/a.png", png(1)), ("file", vec![1])]);
        assert_eq!(
            refusal(set.path()),
            "…: holds no folder `test`; pictures are expected at test/CLASS/NAME.jpg, or as CIFAR-10's .bin files [unreadable]"
        );
        assert_eq!(refusal(&set.path().join("file")), "…: is not a folder [unreadable]");
        assert!(refusal(&set.path().join("absent")).starts_with("…: cannot be read: "));
        assert_eq!(refusal(folder(&[]).path()), "…: holds no pictures [invalid-picture]");
    }

    #[test]
    fn each_class_of_the_model_needs_pictures() {
        let set = folder(&[("test/cat/a.png", png(1))]);
        assert_eq!(
            refusal(set.path()),
            "…/test: holds pictures of only one class, `cat`; the model's are `dog`, `cat` [invalid-picture]"
        );
        fs::create_dir(set.path().join("test/dog")).unwrap();
        assert!(refusal(set.path()).contains("only one class, `cat`"));
        let set = folder(&[("cat/a.png", png(1)), ("dog/a.png", png(1))]);
        let error = read_part(set.path(), Split::Test, [3, 2, 2], &["dog", "elk", "cat", "fox"]).unwrap_err();
        assert!(
            error
                .message()
                .ends_with("holds no pictures of `elk`, `fox`; each of the model's classes needs some")
        );
    }

    #[test]
    fn a_model_without_distinct_classes_or_colours_is_refused() {
        let refused = |shape, classes: &[&str]| read_part(Path::new("."), Split::Test, shape, classes).unwrap_err();
        assert_eq!(refused([1, 2, 2], &["a", "b"]).kind(), ErrorKind::ShapeMismatch);
        assert_eq!(refused([3, 0, 2], &["a", "b"]).kind(), ErrorKind::ShapeMismatch);
        assert!(
            refused([3, 2, 2], &["a"])
                .message()
                .starts_with("the model has 1 classes")
        );
        assert!(
            refused([3, 2, 2], &["a", "b", "a"])
                .message()
                .contains("are called `a`")
        );
    }

    #[test]
    fn a_set_beyond_memory_is_refused_before_it_is_allocated() {
        let classes = names(&["a", "b"]);
        let wanted = Wanted::new([3, 1 << 10, 1 << 10], &classes, &|_, _| ()).unwrap();
        // 3 MiB a picture: 2730 are 2 MiB short of 8 GiB.
        assert!(
            wanted
                .room(Path::new("set"), 2731)
                .unwrap_err()
                .message()
                .starts_with("set: 2731 pictures")
        );
        assert!(wanted.room(Path::new("set"), usize::MAX).is_err());
        assert_eq!(wanted.room(Path::new("set"), 2).map(|room| room.len()), Ok(6 << 20));
        let exact = Wanted::new([3, 1, LIMIT / 3 + 1], &classes, &|_, _| ()).unwrap();
        assert!(exact.room(Path::new("set"), 1).is_err());
    }

    #[test]
    fn progress_starts_at_none_and_ends_at_all() {
        let files: Vec<_> = (0..450)
            .map(|at| (format!("{}/{at}.png", ["cat", "dog"][at % 2]), png(0)))
            .collect();
        let files: Vec<_> = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.clone()))
            .collect();
        let calls = Mutex::new(Vec::new());
        let note = |done, total| calls.lock().unwrap().push((done, total));
        read(
            folder(&files).path(),
            Split::Test,
            [3, 2, 2],
            &names(&["cat", "dog"]),
            &note,
        )
        .unwrap();
        let mut calls = calls.into_inner().unwrap();
        assert_eq!((calls.first(), calls.last()), (Some(&(0, 450)), Some(&(450, 450))));
        // 450 pictures in steps of 3; threads may tell theirs in any order.
        calls.sort();
        assert_eq!(calls, (0..=150).map(|step| (3 * step, 450)).collect::<Vec<_>>());
    }

    #[test]
    fn a_long_list_is_cut() {
        let many: Vec<_> = (0..23).map(|at| at.to_string()).collect();
        assert!(list(&many).ends_with("`18`, `19` and 3 more"));
        assert_eq!(list(&names(&["a", "b"])), "`a`, `b`");
    }
}
