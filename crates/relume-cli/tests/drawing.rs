//! How `relume explain` draws a map where nobody has chosen, and its options for one number instead of two.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn explain(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relume"))
        .arg("explain")
        .arg(repository("www/models/all-cnn-c.safetensors"))
        .arg(repository("www/pictures/cifar10/frog-0000.jpg"))
        .args(arguments)
        .output()
        .expect("the program starts")
}

/// The PNG's bytes, and what was printed.
fn drawn(arguments: &[&str]) -> (Vec<u8>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("map.png");
    let done = explain(&[arguments, &["--out", out.to_str().expect("text")]].concat());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8(done.stdout).expect("text");
    (std::fs::read(out).expect("a picture"), said)
}

const HEAT: [&str; 6] = ["--fold", "max", "--sign", "positive", "--colors", "heat"];
const PLAIN: [&str; 6] = ["--fold", "rgb", "--sign", "both", "--colors", "grey"];

#[test]
fn maps_without_negative_numbers_are_drawn_in_heat_colours() {
    for method in [
        &["--method", "grad-cam"][..],
        &["--method", "rise", "--masks", "30"],
        &["--method", "grad-cam", "--over", "--clip", "0.1"],
    ] {
        let (picture, said) = drawn(method);
        assert!(said.contains("fold max, sign positive, heat colours, scale "), "{said}");
        assert_eq!(picture, drawn(&[method, &HEAT].concat()).0, "{method:?}");
        // Whoever chooses one of the three has the usual values of the others.
        for chosen in [["--colors", "grey"], ["--fold", "rgb"], ["--sign", "both"]] {
            let (picture, said) = drawn(&[method, &chosen].concat());
            assert!(said.contains("fold rgb, sign both, grey colours"), "{said}");
            assert_eq!(picture, drawn(&[method, &PLAIN].concat()).0, "{method:?} {chosen:?}");
        }
    }
}

#[test]
fn signed_maps_are_drawn_as_the_paper_draws_them() {
    for method in [
        &["--method", "guided"][..],
        &["--method", "guided-grad-cam"],
        &["--method", "occlusion"],
        &[
            "--method",
            "rise",
            "--masks",
            "30",
            "--logit",
            "--target",
            "conv9:9@3,3",
        ],
    ] {
        let (picture, said) = drawn(method);
        assert!(said.contains("fold rgb, sign both, grey colours"), "{said}");
        assert_eq!(picture, drawn(&[method, &PLAIN].concat()).0, "{method:?}");
    }
}

#[test]
fn one_number_stands_for_both_sides_of_a_window() {
    let occlusion = |more: &[&str]| drawn(&[&["--method", "occlusion"], more].concat()).0;
    let both = occlusion(&["--window", "6,6", "--stride", "5,5"]);
    assert_eq!(occlusion(&["--window", "6", "--stride", "5"]), both);
    assert_eq!(occlusion(&["--window", "6", "--stride", "5,5"]), both);
    assert_ne!(occlusion(&["--window", "6,5", "--stride", "5"]), both);
    let done = explain(&["--method", "occlusion", "--window", "6,4,2"]);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        !done.status.success() && said.contains("--window takes one number or two"),
        "{said}"
    );
}
