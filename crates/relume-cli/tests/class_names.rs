//! A class by its name, wherever the command line takes a target.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn relume(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relume"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .output()
        .expect("the program starts")
}

const MODEL: &str = "www/models/all-cnn-c.safetensors";
const FROG: &str = "www/pictures/cifar10/frog-0000.jpg";
const HORSE: &str = "www/pictures/cifar10/horse-0000.jpg";

/// The explained channels, one a line of JSON.
fn channels(arguments: &[&str]) -> Vec<Value> {
    let done = relume(arguments);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let values = serde_json::Deserializer::from_slice(&done.stdout).into_iter::<Value>();
    values.map(|value| value.expect("JSON")["target"].clone()).collect()
}

#[test]
fn one_picture_and_several_and_a_figure() {
    for name in ["deer", "class:DEER", "class:4"] {
        let [target] = &channels(&["explain", MODEL, FROG, "--target", name, "--json"])[..] else {
            panic!("one picture, one answer");
        };
        assert_eq!(target["channel"], 4, "{name}");
    }
    // Of several pictures the unit is written in one word.
    let of_several = channels(&["explain", MODEL, FROG, HORSE, "--target", "mobile", "--json"]);
    assert_eq!(of_several.len(), 2);
    assert!(
        of_several
            .iter()
            .all(|target| target.to_string().contains("global_pool:1@0,0")),
        "{of_several:?}"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let sheet = |name: &str, target: &str| -> (PathBuf, Output) {
        let path = folder.path().join(name);
        let out = path.display().to_string();
        let done = relume(&["figure", "rows", MODEL, FROG, "--out", &out, "--target", target]);
        (path, done)
    };
    let [(named, done), (numbered, _)] = [sheet("named.png", "horse"), sheet("numbered.png", "class:7")];
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(
        std::fs::read(named).expect("a sheet"),
        std::fs::read(numbered).expect("a sheet")
    );
}

#[test]
fn a_name_that_no_class_has_is_said_with_the_nearest() {
    for pictures in [&[FROG][..], &[FROG, HORSE]] {
        let done = relume(&[&["explain", MODEL], pictures, &["--json", "--target", "shop"]].concat());
        assert!(!done.status.success());
        let said = String::from_utf8(done.stderr).expect("text");
        assert!(
            said.contains("`shop` is neither top")
                && said.contains("`ship` (class:8)")
                && said.contains("[invalid-target]"),
            "{said}"
        );
    }
}
