//! `relume convert` of PyTorch weights that tell their network by their tensors.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use relume::Model;
use relume::model::ModelInfo;

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../relume-checkpoint/tests/files")
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

/// What the model says about itself, and what was said of it.
fn described(input: &Path, more: &[&str]) -> (ModelInfo, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let done = convert(folder.path(), input, more);
    let said = String::from_utf8(done.stderr).expect("text");
    assert!(done.status.success(), "{said}");
    let bytes = fs::read(folder.path().join("out.safetensors")).expect("a file");
    (Model::read(&bytes).expect("a model").info().clone(), said)
}

fn refusal(input: &Path, more: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let done = convert(folder.path(), input, more);
    assert!(!done.status.success(), "{more:?} became a model");
    assert!(!folder.path().join("out.safetensors").exists());
    String::from_utf8(done.stderr).expect("text")
}

#[test]
fn a_network_is_recognised_and_described() {
    let (info, said) = described(&kept("squeezenet1_1.pth"), &[]);
    assert_eq!(
        (info.name.as_str(), info.title.as_str()),
        ("squeezenet-1.1", "SqueezeNet 1.1")
    );
    assert_eq!(info.input.shape, [3, 224, 224]);
    assert_eq!(info.input.mean, [0.485, 0.456, 0.406]);
    assert_eq!(info.classes[4], "class 4");
    assert!(said.contains("those of torchvision's SqueezeNet 1.1"), "{said}");

    let folder = tempfile::tempdir().expect("a folder");
    let names = folder.path().join("names");
    fs::write(&names, "a\nb\nc\nd\ne\n").expect("written");
    let names = names.to_str().expect("text");
    let more = [
        "--classes",
        names,
        "--size",
        "64,96",
        "--preset",
        "minus-one-to-one",
        "--licence",
        "MIT",
    ];
    let (info, _) = described(&kept("resnet.pth"), &more);
    assert_eq!(info.classes, ["a", "b", "c", "d", "e"]);
    assert_eq!(info.input.shape, [3, 64, 96]);
    assert_eq!((info.input.range, &info.input.mean[..]), ([-1.0, 1.0], &[0.0; 3][..]));
    assert_eq!(info.licence, "MIT");
}

/// GoogLeNet's own input is another; ImageNet's numbers are for pixels from 0 to 1.
#[test]
fn a_normalisation_that_is_given_is_the_whole_normalisation() {
    let input = kept("googlenet.pth");
    assert_eq!(described(&input, &[]).0.input.range, [-1.0, 1.0]);
    for more in [
        &["--preset", "imagenet"][..],
        &["--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225"],
    ] {
        let info = described(&input, more).0;
        assert_eq!(info.input.range, [0.0, 1.0]);
        assert_eq!(
            (&info.input.mean[..], &info.input.std[..]),
            (&[0.485, 0.456, 0.406][..], &[0.229, 0.224, 0.225][..])
        );
    }
}

#[test]
fn options_that_cannot_be_meant_are_refused() {
    for (name, more, words) in [
        ("vgg11.pth", &["--size", "96,96"][..], "adaptive pooling to 7 × 7"),
        ("vgg11.pth", &["--size", "224"], "--size takes height and width"),
        (
            "vgg11.pth",
            &["--key", "model"],
            "no dictionary `model` that contains tensors; it has `state_dict`",
        ),
        (
            "vgg11.pth",
            &["--architecture", "vgg-11"],
            "there is no architecture `vgg-11`",
        ),
    ] {
        let said = refusal(&kept(name), more);
        assert!(
            said.contains(words) && said.contains("[invalid-option]"),
            "{more:?}: {said}"
        );
    }
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/weights/old.pkl");
    let said = refusal(&weights, &["--architecture", "all-cnn-c", "--size", "64,64"]);
    assert!(said.contains("without --architecture"), "{said}");
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/odd.model.safetensors");
    let said = refusal(&model, &["--key", "ema"]);
    assert!(said.contains("--key is for PyTorch weights"), "{said}");
}
