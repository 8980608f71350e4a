//! What lies in a folder beside its pictures is skipped by every command alike, and said once.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use image::RgbImage;
use relume::zoo::CIFAR10;

/// What the operating system, an archive and a broken download leave in a folder.
fn litter(folder: &Path) {
    fs::create_dir_all(folder.join("__MACOSX")).expect("a folder");
    fs::write(folder.join("__MACOSX/._a.png"), "not a picture").expect("a file");
    for (name, bytes) in [("Thumbs.db", "x"), (".DS_Store", "x"), ("empty.png", "")] {
        fs::write(folder.join(name), bytes).expect("a file");
    }
}

fn relume(arguments: &[&str], places: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
    command
        .args(arguments)
        .args(places)
        .output()
        .expect("the program starts")
}

/// What a call that succeeds says on standard error of what it skipped.
fn skipped(output: &Output) -> Vec<String> {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let lines = said.lines().filter(|line| line.starts_with("relume: skipped"));
    lines.map(str::to_owned).collect()
}

const SAID: &str =
    "relume: skipped 3 files and 1 folder: 1 hidden (.DS_Store), 2 of the system (Thumbs.db, …), 1 empty (empty.png)";
const SAID_OF_TWO: &str = "relume: skipped 6 files and 2 folders: 2 hidden (.DS_Store, …), 4 of the system (Thumbs.db, …), 2 empty (empty.png, …)";

#[test]
fn survey_evaluate_and_train_skip_the_same_and_say_it_once() {
    let place = tempfile::tempdir().expect("a folder");
    let (model, set) = (place.path().join("m.safetensors"), place.path().join("set"));
    assert!(relume(&["init", "strided-cnn-c"], &[&model]).status.success());
    for split in ["train", "test"] {
        for (index, class) in CIFAR10.iter().enumerate() {
            let folder = set.join(split).join(class);
            fs::create_dir_all(&folder).expect("a folder");
            let picture = RgbImage::from_pixel(32, 32, image::Rgb([20 * index as u8; 3]));
            picture.save(folder.join("a.png")).expect("a picture");
        }
        let folder = set.join(split).join("cat");
        litter(&folder);
        // Within a class folder another folder is refused, unless it is one that is skipped.
        assert!(folder.join("__MACOSX").is_dir());
    }
    let test = set.join("test");
    let survey = place.path().join("survey.json");
    let looked = relume(&["survey", "--layers", "conv7", "--out"], &[&survey, &model, &test]);
    assert_eq!(skipped(&looked), [SAID]);
    assert!(String::from_utf8_lossy(&looked.stdout).contains("10 pictures looked at"));

    if cfg!(feature = "train") {
        let judged = relume(&["evaluate"], &[&model, &set]);
        assert_eq!(skipped(&judged), [SAID]);
        assert!(String::from_utf8_lossy(&judged.stdout).contains("of 10 pictures"));
        let out = place.path().join("trained.safetensors");
        let options = ["train", "strided-cnn-c", "--epochs", "1", "--batch", "8", "--data"];
        let trained = relume(&options, &[&set, Path::new("--out"), &out]);
        assert_eq!(skipped(&trained), [SAID_OF_TWO]);
    }
}

#[test]
fn a_folder_in_which_nothing_is_left_is_an_error_that_says_what_was_skipped() {
    let place = tempfile::tempdir().expect("a folder");
    let (model, set) = (place.path().join("m.safetensors"), place.path().join("set"));
    assert!(relume(&["init", "strided-cnn-c"], &[&model]).status.success());
    litter(&set);
    let out = place.path().join("survey.json");
    let output = relume(&["survey", "--out"], &[&out, &model, &set]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        said.contains("holds no pictures") && said.contains("1 empty (empty.png)"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}
