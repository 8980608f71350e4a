//! `relume sanity`: how alike maps stay while a network's layers lose their weights.

use std::path::{Path, PathBuf};
use std::process::Command;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// A map that depends on the weights loses its likeness while they go; with none of them left, plain backpropagation keeps next to nothing.
#[test]
fn maps_change_while_layers_lose_their_weights() {
    let model = repository("www/models/all-cnn-c.safetensors");
    let pictures = repository("www/pictures/cifar10");
    let folder = tempfile::tempdir().expect("a folder");
    let asked = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
        command
            .arg("sanity")
            .arg(&model)
            .args(["deer-0000.jpg", "horse-0000.jpg"].map(|name| pictures.join(name)))
            .args(more);
        command.output().expect("the program starts")
    };
    let svg = folder.path().join("chart.svg");
    let svg = svg.to_str().expect("text");
    let done = asked(&["--seeds", "3", "--methods", "backprop,guided", "--json", "--svg", svg]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 20, "the original network and nine layers, two methods");
    assert_eq!(
        (&rows[0]["from"], &rows[2]["from"], &rows[19]["from"]),
        (&serde_json::Value::Null, &"conv9".into(), &"conv1".into())
    );
    let mean = |row: usize, measure: &str| rows[row][measure]["mean"].as_f64().expect("a number");
    assert_eq!((mean(0, "rank_correlation"), &rows[0]["maps"]), (1.0, &2.into()));
    assert_eq!((mean(1, "structural_similarity"), &rows[1]["empty"]), (1.0, &0.into()));
    assert_eq!(
        (&rows[18]["method"], &rows[18]["maps"]),
        (&"backprop".into(), &6.into())
    );
    assert!(mean(18, "rank_correlation").abs() < 0.2);
    for row in 0..rows.len() {
        for measure in ["edges", "picture"] {
            assert!(mean(row, measure).abs() < 1.0, "{row}: {measure}");
        }
    }
    let chart = std::fs::read_to_string(svg).expect("a chart");
    assert!(chart.contains(">2 pictures, 3 seeds;") && chart.contains(">conv5<"));
    let again = asked(&["--seeds", "3", "--methods", "backprop,guided", "--json"]);
    assert_eq!(done.stdout, again.stdout, "the same seeds give the same numbers");
}

#[test]
fn sanity_takes_every_method_and_refuses_what_it_cannot_do() {
    let model = repository("tests/goldens/odd.model.safetensors");
    let picture = repository("www/pictures/chelsea.png");
    let asked = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
        command.arg("sanity").args([&model, &picture]).args(more);
        command.output().expect("the program starts")
    };
    let methods = [
        "input-x-gradient",
        "integrated-gradients",
        "smoothgrad",
        "grad-cam",
        "occlusion",
    ];
    let done = asked(&["--seeds", "1", "--methods", &methods.join(",")]);
    let table = String::from_utf8(done.stdout).expect("text");
    assert!(
        table.contains("random from  method") && table.contains("no layer"),
        "{table}"
    );
    for method in methods {
        assert!(table.contains(method), "{table}");
    }
    let picture = picture.to_str().expect("text");
    for (arguments, words) in [
        (&["--target", "none:1"][..], "none"),
        (&["--methods", "lime"], "possible values: backprop, deconvnet, guided"),
        (&["--seeds", "0"], "1..=1000"),
        (&["--svg", picture], "would be lost"),
    ] {
        let done = asked(arguments);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success() && said.contains(words), "{arguments:?}: {said}");
    }
}
