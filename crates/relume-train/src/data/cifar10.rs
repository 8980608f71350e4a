//! CIFAR-10 as it was published: batches of records, one byte of label and three planes of 32×32 bytes each.
//!
//! <https://www.cs.toronto.edu/~kriz/cifar.html>

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use relume::zoo::CIFAR10;
use relume::{Error, ErrorKind, Result};

use super::{Expected, Pictures, Skipped, Split, list};
use crate::files::{self, fault, unreadable};

const TRAIN: [&str; 5] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
];
const TEST: [&str; 1] = ["test_batch.bin"];
/// The class names, a line each, in the order of the label bytes.
const META: &str = "batches.meta.txt";
/// The folder that the published archive unpacks to.
const FOLDER: &str = "cifar-10-batches-bin";
const SHAPE: [usize; 3] = [3, 32, 32];
const PIXELS: usize = 3 * 32 * 32;
/// The bytes of a record: the label, then red, green and blue.
const RECORD: u64 = 1 + PIXELS as u64;

/// Where the batches lie, if `folder` is such a set. One batch is enough: missing ones are reported later.
pub(super) fn find(folder: &Path) -> Option<PathBuf> {
    let within = folder.join(FOLDER);
    if TRAIN.iter().chain(&TEST).any(|name| folder.join(name).exists()) {
        Some(folder.to_owned())
    } else {
        within.is_dir().then_some(within)
    }
}

/// Reads the batches in `place`.
pub(super) fn read(place: &Path, split: Split, expected: &Expected<'_>) -> Result<Pictures> {
    if expected.shape != SHAPE {
        let what = format!(
            "CIFAR-10's pictures are {SHAPE:?}, the model takes {:?}",
            expected.shape
        );
        return Err(fault(ErrorKind::ShapeMismatch, place, what));
    }
    let classes = classes(place, expected)?;
    let batches = batches(place, split)?;
    let total = batches
        .iter()
        .fold(0, |sum: usize, (_, count)| sum.saturating_add(*count));
    let mut pixels = expected.room(place, total)?;
    let mut labels = Vec::with_capacity(total);
    let mut names = Vec::with_capacity(total);
    let mut pictures = pixels.chunks_exact_mut(PIXELS);
    for (name, count) in batches {
        let path = place.join(name);
        let unreadable = unreadable(&path, "cannot be read");
        let mut file = BufReader::new(File::open(&path).map_err(&unreadable)?);
        for (record, picture) in pictures.by_ref().take(count).enumerate() {
            expected.tick(labels.len(), total);
            let mut label = [0];
            file.read_exact(&mut label).map_err(&unreadable)?;
            file.read_exact(picture).map_err(&unreadable)?;
            let [label] = label;
            labels.push(
                *classes
                    .get(usize::from(label))
                    .ok_or_else(|| no_class(&path, record, label))?,
            );
            names.push(format!("{name}#{record}"));
        }
    }
    expected.complete(place, &labels)?;
    Ok(Pictures {
        shape: SHAPE,
        pixels,
        labels,
        names,
        classes: expected.classes.to_vec(),
        skipped: Skipped::default(),
    })
}

fn no_class(path: &Path, record: usize, label: u8) -> Error {
    let what = format!("record {record}, counted from 0, has label {label}; labels are 0 to 9");
    fault(ErrorKind::InvalidPicture, path, what)
}

/// The model's index of each label byte: by name, as the model may have another order.
fn classes(place: &Path, expected: &Expected<'_>) -> Result<Vec<u16>> {
    let path = place.join(META);
    let (source, names) = if path.exists() {
        let not_text = |error| fault(ErrorKind::Unreadable, &path, format!("is not text: {error}"));
        let text = String::from_utf8(files::read(&path)?).map_err(not_text)?;
        let names = text.lines().map(str::trim).filter(|line| !line.is_empty());
        (path.as_path(), names.map(str::to_owned).collect())
    } else {
        (place, CIFAR10.map(str::to_owned).to_vec())
    };
    if names.len() != CIFAR10.len() {
        let what = format!("names {} classes; CIFAR-10 has {}", names.len(), CIFAR10.len());
        return Err(fault(ErrorKind::InvalidOption, source, what));
    }
    let labels: Vec<u16> = names
        .iter()
        .map(|name| expected.label(source, name))
        .collect::<Result<_>>()?;
    let missing: Vec<String> = expected
        .classes
        .iter()
        .filter(|class| !names.contains(class))
        .cloned()
        .collect();
    if missing.is_empty() {
        Ok(labels)
    } else {
        let what = format!("CIFAR-10 has no class for the model's {}", list(&missing));
        Err(fault(ErrorKind::InvalidOption, source, what))
    }
}

/// The batches of a part and how many records each holds, from their lengths alone.
fn batches(place: &Path, split: Split) -> Result<Vec<(&'static str, usize)>> {
    let names: &[&'static str] = match split {
        Split::Train => &TRAIN,
        Split::Test => &TEST,
    };
    let missing: Vec<String> = names
        .iter()
        .filter(|name| !place.join(name).is_file())
        .map(|name| (*name).to_owned())
        .collect();
    if !missing.is_empty() {
        return Err(fault(ErrorKind::Unreadable, place, format!("lacks {}", list(&missing))));
    }
    names
        .iter()
        .map(|name| Ok((*name, records(&place.join(name))?)))
        .collect()
}

fn records(path: &Path) -> Result<usize> {
    let length = fs::metadata(path).map_err(unreadable(path, "cannot be read"))?.len();
    if length == 0 {
        return Err(fault(ErrorKind::InvalidPicture, path, "is empty"));
    }
    if !length.is_multiple_of(RECORD) {
        let what =
            format!("has {length} bytes, not a multiple of a record's {RECORD}; it is cut off or not a CIFAR-10 batch");
        return Err(fault(ErrorKind::InvalidPicture, path, what));
    }
    // A count that does not fit its type does not fit into memory, either.
    Ok(usize::try_from(length / RECORD).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::tests::{folder, read_part};
    use super::*;

    /// A batch with records of these labels; red is the label, green 100, blue the record's place.
    fn batch(labels: &[u8]) -> Vec<u8> {
        let record =
            |(at, label): (usize, &u8)| [vec![*label; 1 + 1024], vec![100; 1024], vec![at as u8; 1024]].concat();
        labels.iter().enumerate().flat_map(record).collect()
    }

    const ALL: [u8; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

    /// The five training batches with two records each, in `within`.
    fn training(within: &str) -> TempDir {
        let batches = TRAIN
            .iter()
            .zip(ALL.chunks(2))
            .map(|(name, labels)| (format!("{within}{name}"), batch(labels)));
        let batches: Vec<_> = batches.collect();
        let batches: Vec<_> = batches
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.clone()))
            .collect();
        folder(&batches)
    }

    fn refusal(place: &TempDir, split: Split, shape: [usize; 3], classes: &[&str]) -> String {
        let error = read_part(place.path(), split, shape, classes).unwrap_err();
        error.to_string().replace(&place.path().display().to_string(), "…")
    }

    #[test]
    fn records_come_in_the_order_of_the_batches() {
        for within in ["", "cifar-10-batches-bin/"] {
            let pictures = read_part(training(within).path(), Split::Train, SHAPE, &CIFAR10).unwrap();
            assert_eq!(pictures.shape, [3, 32, 32]);
            assert_eq!(pictures.labels, ALL.map(u16::from));
            assert_eq!(
                pictures.names[..3],
                ["data_batch_1.bin#0", "data_batch_1.bin#1", "data_batch_2.bin#0"]
            );
            assert_eq!(pictures.pixels.len(), 10 * 3072);
            for (at, picture) in pictures.pixels.chunks(3072).enumerate() {
                let planes = [[at as u8; 1024], [100; 1024], [at as u8 % 2; 1024]];
                assert_eq!(picture, planes.concat());
            }
        }
    }

    #[test]
    fn labels_go_by_name() {
        let mut reversed = CIFAR10;
        reversed.reverse();
        let set = folder(&[("test_batch.bin", batch(&ALL))]);
        let labels = |classes| read_part(set.path(), Split::Test, SHAPE, classes).map(|set| set.labels);
        assert_eq!(labels(&reversed), Ok(vec![9, 8, 7, 6, 5, 4, 3, 2, 1, 0]));
        // The published file ends in an empty line.
        fs::write(set.path().join(META), reversed.join("\n") + "\n\n").unwrap();
        assert_eq!(labels(&reversed), Ok(vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
        assert_eq!(labels(&CIFAR10), Ok(vec![9, 8, 7, 6, 5, 4, 3, 2, 1, 0]));
    }

    #[test]
    fn classes_that_are_not_the_models_are_named() {
        let set = folder(&[("test_batch.bin", batch(&ALL))]);
        let refused = |classes: &[&str]| refusal(&set, Split::Test, SHAPE, classes);
        assert!(
            refused(&CIFAR10[..9]).starts_with("…: `truck` is not a class of the model; its classes are `airplane`")
        );
        let more = [CIFAR10.as_slice(), &["elk"]].concat();
        assert_eq!(
            refused(&more),
            "…: CIFAR-10 has no class for the model's `elk` [invalid-option]"
        );
        fs::write(set.path().join(META), "airplane\n").unwrap();
        assert_eq!(
            refused(&CIFAR10),
            "…/batches.meta.txt: names 1 classes; CIFAR-10 has 10 [invalid-option]"
        );
        fs::write(set.path().join(META), CIFAR10.join("\n").replace("cat", "puma")).unwrap();
        assert!(refused(&CIFAR10).starts_with("…/batches.meta.txt: `puma` is not a class of the model"));
        fs::write(set.path().join(META), [0xff]).unwrap();
        assert!(refused(&CIFAR10).starts_with("…/batches.meta.txt: is not text: "));
        fs::remove_file(set.path().join(META)).unwrap();
        fs::write(set.path().join(TEST[0]), batch(&ALL[1..])).unwrap();
        assert!(refused(&CIFAR10).starts_with("…: holds no pictures of `airplane`; "));
    }

    #[test]
    fn missing_batches_are_named() {
        let set = training("");
        fs::remove_file(set.path().join("data_batch_2.bin")).unwrap();
        fs::remove_file(set.path().join("data_batch_5.bin")).unwrap();
        let lacks = "…: lacks `data_batch_2.bin`, `data_batch_5.bin` [unreadable]";
        assert_eq!(refusal(&set, Split::Train, SHAPE, &CIFAR10), lacks);
        let lacks = "…: lacks `test_batch.bin` [unreadable]";
        assert_eq!(refusal(&set, Split::Test, SHAPE, &CIFAR10), lacks);
    }

    #[test]
    fn a_batch_that_is_not_whole_records_is_named() {
        let set = training("");
        let refused = |bytes: &[u8]| {
            fs::write(set.path().join("data_batch_3.bin"), bytes).unwrap();
            refusal(&set, Split::Train, SHAPE, &CIFAR10)
        };
        assert_eq!(refused(&[]), "…/data_batch_3.bin: is empty [invalid-picture]");
        assert_eq!(
            refused(&batch(&[4, 5])[..6145]),
            "…/data_batch_3.bin: has 6145 bytes, not a multiple of a record's 3073; it is cut off or not a CIFAR-10 batch [invalid-picture]"
        );
        assert_eq!(
            refused(&batch(&[4, 10])),
            "…/data_batch_3.bin: record 1, counted from 0, has label 10; labels are 0 to 9 [invalid-picture]"
        );
    }

    #[test]
    fn a_model_for_other_pictures_is_refused() {
        assert_eq!(
            refusal(&training(""), Split::Train, [3, 64, 64], &CIFAR10),
            "…: CIFAR-10's pictures are [3, 32, 32], the model takes [3, 64, 64] [shape-mismatch]"
        );
    }
}
