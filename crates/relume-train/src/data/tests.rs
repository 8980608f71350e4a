//! Parts of a set, its classes, its size, its progress.

use std::fs;
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
    assert_eq!(refused([2, 2, 2], &["a", "b"]).kind(), ErrorKind::ShapeMismatch);
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
    let expected = Expected::new([3, 1 << 10, 1 << 10], &classes, &|_, _| ()).unwrap();
    // 3 MiB a picture: 2730 are 2 MiB short of 8 GiB.
    assert!(
        expected
            .room(Path::new("set"), 2731)
            .unwrap_err()
            .message()
            .starts_with("set: 2731 pictures")
    );
    assert!(expected.room(Path::new("set"), usize::MAX).is_err());
    assert_eq!(expected.room(Path::new("set"), 2).map(|room| room.len()), Ok(6 << 20));
    let exact = Expected::new([3, 1, LIMIT / 3 + 1], &classes, &|_, _| ()).unwrap();
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
