//! A network whose one pass takes minutes or gigabytes is not run unless that is asked for.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn relume(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relume"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .output()
        .expect("the program starts")
}

const SLOW: &str = "tests/attacks/slow-pooling.safetensors";
const MODEL: &str = "www/models/all-cnn-c.safetensors";
const FROG: &str = "www/pictures/cifar10/frog-0000.jpg";

#[test]
fn a_pass_beyond_the_budget_is_refused_with_both_figures() {
    let done = relume(&["explain", SLOW, FROG]);
    assert!(!done.status.success());
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(said.contains("[too-large]"), "{said}");
    for figure in [
        "161 · 10⁹ operations",
        "69 · 10⁹ operations",
        "MB of activations",
        "--allow-large",
    ] {
        assert!(said.contains(figure), "{figure}: {said}");
    }
}

#[test]
fn info_runs_nothing_and_tells_both_figures() {
    let done = relume(&["info", SLOW]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("one pass    161 · 10⁹ operations and "), "{said}");
    let done = relume(&["info", SLOW, "--json"]);
    let told: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    // 3 · 41 · 41 windows of a million comparisons, and the mean of three channels; each as long as 32 multiply-adds.
    let operations = (3 * 41 * 41 * 1_000_000 + 3) * 32;
    assert_eq!(told["runCost"]["operations"].as_u64(), Some(operations), "{told}");
}

#[test]
fn a_common_network_runs_with_and_without_asking() {
    for more in [&[][..], &["--allow-large"]] {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("map.png").display().to_string();
        let arguments = [&["explain", MODEL, FROG, "--out", &out][..], more].concat();
        let done = relume(&arguments);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn converting_takes_the_option_for_an_onnx_file_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out.safetensors");
    let checkpoint = "crates/relume-checkpoint/tests/files/alexnet.pth";
    let onnx = "crates/relume-onnx/tests/files/plain-dynamo.onnx";
    for (file, more) in [
        (MODEL, &[][..]),
        (checkpoint, &["--size", "224,224"]),
        (MODEL, &["--architecture", "all-cnn-c"]),
    ] {
        let out = out.display().to_string();
        let arguments = [&["convert", file, &out, "--allow-large"][..], more].concat();
        let done = relume(&arguments);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success(), "{file}");
        assert!(
            said.contains("[invalid-option]") && said.contains("--allow-large is for ONNX files here"),
            "{said}"
        );
        assert!(said.contains(file), "{said}");
    }
    assert!(!out.exists());
    let out = out.display().to_string();
    let done = relume(&["convert", onnx, &out, "--allow-large", "--preset", "zero-to-one"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
