//! `relume convert` of ONNX files, from the options to the model file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use relume::Model;
use relume::model::ModelInfo;

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../relume-onnx/tests/files")
        .join(name)
}

fn convert(folder: &Path, input: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relume"))
        .arg("convert")
        .args([input, &folder.join("out.safetensors")])
        .args(["--dtype", "f32"])
        .args(more)
        .output()
        .expect("the program starts")
}

fn described(input: &str, more: &[&str]) -> ModelInfo {
    let folder = tempfile::tempdir().expect("a folder");
    let done = convert(folder.path(), &kept(input), more);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let bytes = fs::read(folder.path().join("out.safetensors")).expect("a file");
    Model::read(&bytes).expect("a model").info().clone()
}

fn refusal(input: &Path, more: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let done = convert(folder.path(), input, more);
    assert!(!done.status.success(), "{more:?} became a model");
    assert!(!folder.path().join("out.safetensors").exists());
    String::from_utf8(done.stderr).expect("text")
}

#[test]
fn the_options_say_what_the_file_does_not() {
    let info = described("plain-dynamo.onnx", &["--preset", "imagenet"]);
    assert_eq!(
        (info.name.as_str(), info.title.as_str()),
        ("plain-dynamo", "plain-dynamo")
    );
    assert_eq!(info.input.shape, [3, 15, 11]);
    assert_eq!(info.input.mean, [0.485, 0.456, 0.406]);
    assert_eq!(info.input.std, [0.229, 0.224, 0.225]);
    assert_eq!(info.classes[4], "class 4");
    assert_eq!((info.source.as_str(), info.licence.as_str()), ("unknown", "unknown"));

    let info = described(
        "plain-dynamo.onnx",
        &["--preset", "minus-one-to-one", "--source", "a herd", "--licence", "MIT"],
    );
    assert_eq!(
        (info.input.range, info.input.mean, info.input.std),
        ([-1.0, 1.0], vec![0.0; 3], vec![1.0; 3])
    );
    assert_eq!((info.source.as_str(), info.licence.as_str()), ("a herd", "MIT"));

    let folder = tempfile::tempdir().expect("a folder");
    let names = folder.path().join("names");
    fs::write(&names, "a\nb\nc\nd\ne\n").expect("written");
    let names = names.to_str().expect("text");
    let info = described(
        "branches-torchscript.onnx",
        &["--mean", "0.5", "--std", "0.25", "--classes", names],
    );
    assert_eq!(info.classes, ["a", "b", "c", "d", "e"]);
    assert_eq!((info.input.mean, info.input.std), (vec![0.5; 3], vec![0.25; 3]));
}

#[test]
fn options_that_cannot_be_meant_are_refused() {
    let onnx = kept("plain-dynamo.onnx");
    for (more, words) in [
        (&[][..], "does not say how pictures were normalised"),
        (
            &["--preset", "imagenet", "--size", "224,224"],
            "for pictures of [15, 11], not of 224,224",
        ),
        (
            &["--preset", "imagenet", "--size", "224"],
            "--size takes height and width",
        ),
        (
            &["--preset", "imagenet", "--architecture", "all-cnn-c"],
            "leave out --architecture",
        ),
    ] {
        let said = refusal(&onnx, more);
        assert!(
            said.contains(words) && said.contains("[invalid-option]"),
            "{more:?}: {said}"
        );
    }
    let said = refusal(&onnx, &["--preset", "imagenet", "--mean", "0.5"]);
    assert!(said.contains("cannot be used with"), "{said}");
    let said = refusal(&onnx, &["--preset", "rgb"]);
    assert!(said.contains("minus-one-to-one, caffe"), "{said}");
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/odd.model.safetensors");
    let said = refusal(&model, &["--preset", "imagenet"]);
    assert!(said.contains("are for ONNX files"), "{said}");
}

/// A file that is cut off says so, and which it is.
#[test]
fn a_damaged_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let cut = folder.path().join("cut.onnx");
    let bytes = fs::read(kept("plain-dynamo.onnx")).expect("a file");
    fs::write(&cut, &bytes[..bytes.len() / 2]).expect("written");
    let said = refusal(&cut, &["--preset", "imagenet"]);
    assert!(
        said.contains("cut.onnx: the ONNX file is cut off or damaged") && said.contains("[invalid-model]"),
        "{said}"
    );
}

/// The file that is read is not written over, by whatever name.
#[test]
fn an_input_is_never_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let onnx = folder.path().join("own.onnx");
    let bytes = fs::read(kept("plain-dynamo.onnx")).expect("a file");
    fs::write(&onnx, &bytes).expect("written");
    let command = |arguments: &[&Path]| {
        let done = Command::new(env!("CARGO_BIN_EXE_relume")).args(arguments).output();
        let done = done.expect("the program starts");
        assert!(!done.status.success(), "{arguments:?}");
        String::from_utf8(done.stderr).expect("text")
    };
    let [convert, explain, preset, imagenet, out] =
        ["convert", "explain", "--preset", "imagenet", "--out"].map(Path::new);
    let other = folder.path().join(".").join("own.onnx");
    let said = command(&[convert, &onnx, &other, preset, imagenet]);
    assert!(
        said.contains("would be lost") && said.contains("[invalid-option]"),
        "{said}"
    );
    assert_eq!(fs::read(&onnx).expect("a file"), bytes);

    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/pictures/chelsea.png");
    let own = folder.path().join("own.png");
    fs::copy(&picture, &own).expect("copied");
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/models/all-cnn-c.safetensors");
    let said = command(&[explain, &model, &own, out, &own]);
    assert!(said.contains("would be lost"), "{said}");
    assert_eq!(fs::read(&own).expect("a file"), fs::read(&picture).expect("a file"));
}

/// What a file is comes before what an option is for.
#[test]
fn a_file_that_is_no_network_is_named_before_its_options() {
    let folder = tempfile::tempdir().expect("a folder");
    for (contents, words) in [("", "empty file"), ("<!DOCTYPE html><html></html>", "web page")] {
        let file = folder.path().join("downloaded.onnx");
        fs::write(&file, contents).expect("written");
        let said = refusal(&file, &["--preset", "imagenet"]);
        assert!(said.contains(words), "{said}");
    }
}

/// `explain` and `info` take the file as it is, and answer as they do for the model file it becomes.
#[test]
fn an_onnx_file_need_not_be_converted_first() {
    let onnx = kept("plain-dynamo.onnx");
    let folder = tempfile::tempdir().expect("a folder");
    assert!(
        convert(folder.path(), &onnx, &["--preset", "caffe"]).status.success(),
        "the order of the channels is turned round"
    );
    let model = folder.path().join("out.safetensors");
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/pictures/chelsea.png");
    let relume = |command: &str, file: &Path, more: &[&str]| {
        let mut run = Command::new(env!("CARGO_BIN_EXE_relume"));
        let done = run
            .arg(command)
            .arg(file)
            .args(more)
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        done.status.success().then_some(done.stdout).ok_or(said)
    };
    let maps = [(&onnx, &["--preset", "caffe"][..]), (&model, &[])].map(|(file, more)| {
        let raw = folder.path().join("raw.safetensors");
        let [picture, raw] = [picture.to_str().expect("text"), raw.to_str().expect("text")];
        relume("explain", file, &[&[picture, "--raw", raw], more].concat()).expect("a map");
        fs::read(raw).expect("a file")
    });
    assert_eq!(maps[0], maps[1]);

    let described = relume("info", &onnx, &["--json"]).expect("no picture goes in");
    assert!(String::from_utf8_lossy(&described).contains("\"plain-dynamo\""));
    let said = relume("explain", &onnx, &[picture.to_str().expect("text")]).expect_err("a picture goes in");
    assert!(said.contains("does not say how pictures were normalised"), "{said}");
    let said = relume("info", &model, &["--size", "8,8"]).expect_err("a model file says it");
    assert!(said.contains("are for ONNX files"), "{said}");
}
