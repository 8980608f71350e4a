//! `relume explain --method …`: the options of each method, from the command line to the numbers.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use relume::safetensors::{Archive, Array, Dtype, write};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn relume(arguments: &[&str]) -> Output {
    let network = repository("tests/goldens/odd.model.safetensors");
    let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
    command
        .arg("explain")
        .arg(network)
        .args(arguments)
        .output()
        .expect("the program starts")
}

/// Asks for class 3 of the odd network on its golden's input.
fn explained(folder: &Path, more: &[&str]) -> (serde_json::Value, Vec<u8>) {
    let raw = folder.join("raw.safetensors");
    let input = repository("tests/goldens/odd.safetensors");
    let [raw, input] = [&raw, &input].map(|path| path.to_str().expect("text"));
    let done = relume(
        &[
            &["--tensor", input, "--target", "class:3", "--json", "--raw", raw],
            more,
        ]
        .concat(),
    );
    assert!(
        done.status.success(),
        "{more:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    let report = serde_json::from_slice(&done.stdout).expect("JSON");
    (report, std::fs::read(raw).expect("a file"))
}

#[test]
fn every_method_by_its_name_and_options() {
    let folder = tempfile::tempdir().expect("a folder");
    let golden = std::fs::read(repository("tests/goldens/methods.safetensors")).expect("a file");
    let golden = Archive::parse(&golden).expect("a golden");
    let noise: Vec<f32> = (0..4 * 3 * 19 * 26)
        .map(|at| (0.3 * (1.234 * f64::from(at)).sin()) as f32)
        .collect();
    let noise = Array {
        shape: vec![4, 3, 19, 26],
        data: noise,
    };
    let file = folder.path().join("noise.safetensors");
    let bytes = write(&Default::default(), &[("noise".to_owned(), noise)].into(), Dtype::F32).expect("a file");
    std::fs::write(&file, bytes).expect("written");
    let file = file.to_str().expect("text");
    for (method, name, options) in [
        ("input-x-gradient", "input-x-gradient", &[][..]),
        (
            "integrated-gradients",
            "integrated-gradients",
            &["--steps", "64", "--baseline", "zero"],
        ),
        (
            "integrated-gradients",
            "integrated-gradients.middle",
            &["--steps", "12", "--quadrature", "middle"],
        ),
        ("smoothgrad", "smoothgrad", &["--rule", "guided", "--noise", file]),
        (
            "smoothgrad",
            "smoothgrad.squared",
            &["--rule", "guided", "--noise", file, "--squared"],
        ),
        (
            "rise",
            "rise",
            &["--masks", "24", "--cells", "5", "--keep", "0.4", "--seed", "3"],
        ),
        (
            "rise",
            "rise.logit",
            &[
                "--masks", "24", "--cells", "5", "--keep", "0.4", "--seed", "3", "--logit",
            ],
        ),
        ("lrp", "lrp", &[]),
        ("lrp", "lrp.epsilon", &["--epsilon", "0.25"]),
        ("grad-cam", "grad-cam", &["--layer", "relu4"]),
        (
            "grad-cam",
            "grad-cam.nearest",
            &["--layer", "relu4", "--interpolation", "nearest"],
        ),
        ("grad-cam", "grad-cam.signed", &["--layer", "relu4", "--no-rectify"]),
        ("guided-grad-cam", "guided-grad-cam", &["--layer", "relu4"]),
        (
            "guided-grad-cam",
            "guided-grad-cam.nearest",
            &["--layer", "relu4", "--interpolation", "nearest"],
        ),
        (
            "occlusion",
            "occlusion",
            &["--window", "5,7", "--stride", "3,4", "--baseline", "0.25"],
        ),
    ] {
        let (report, raw) = explained(folder.path(), &[&["--method", method], options].concat());
        assert_eq!(report["method"], method);
        assert_eq!(report["target"]["channel"], 3);
        assert_eq!(report["completeness"].is_null(), method != "integrated-gradients");
        let raw = Archive::parse(&raw).expect("numbers");
        let wanted = golden.array(&format!("odd/{name}")).expect("in the golden");
        let found = raw.array("map").expect("a map");
        // The golden has one of occlusion's and RISE's equal planes.
        assert!(found.data.len().is_multiple_of(wanted.data.len()));
        let largest = wanted.data.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        for (found, wanted) in found.data.iter().zip(&wanted.data) {
            assert!((found - wanted).abs() < 1e-4 * largest, "{name}: {found}, not {wanted}");
        }
        let cam = raw.array("cam").ok().map(|cam| cam.shape);
        assert_eq!(
            cam,
            (method == "grad-cam").then(|| golden.array("odd/cam").expect("in the golden").shape)
        );
    }
}

#[test]
fn an_option_of_another_method_is_refused() {
    let picture = repository("www/pictures/chelsea.png");
    let picture = picture.to_str().expect("text");
    for (arguments, words) in [
        (&["--steps", "3"][..], "--steps is not an option of --method guided"),
        (&["--method", "grad-cam", "--layer", "none"], "there is no layer `none`"),
        (
            &["--method", "grad-cam", "--layer", "relu4", "--window", "3,3"],
            "--window is not an option",
        ),
        (
            &["--method", "occlusion", "--window", "3,3,3"],
            "--window takes one number or two",
        ),
        (
            &["--method", "occlusion", "--window", "99,3"],
            "a window has 1 to 19 pixels",
        ),
        (
            &["--method", "occlusion", "--baseline", "blur"],
            "is a number, such as 0",
        ),
        (
            &["--method", "integrated-gradients", "--baseline", "none.safetensors"],
            "none.safetensors",
        ),
        (
            &["--method", "integrated-gradients", "--steps", "0"],
            "takes 1 to 10000 steps",
        ),
        (
            &["--method", "smoothgrad", "--sigma", "-1"],
            "standard deviation of 0 or more",
        ),
        (
            &["--method", "input-x-gradient", "--signals", "relu1", "--raw", "x"],
            "--signals is for one backward pass",
        ),
        (
            &["--method", "grad-cam", "--layer", "global"],
            "has no rows and columns",
        ),
        (&["--epsilon", "1"], "--epsilon is not an option of --method guided"),
        (&["--method", "lrp", "--epsilon", "0"], "takes an epsilon above 0"),
        (&["--method", "lrp", "--epsilon", "-1"], "takes an epsilon above 0"),
        (&["--method", "lrp", "--epsilon", "NaN"], "takes an epsilon above 0"),
        (
            &["--method", "lrp", "--interpolation", "nearest"],
            "--interpolation is not an option",
        ),
        (
            &["--method", "grad-cam", "--interpolation", "cubic"],
            "possible values: bilinear, nearest",
        ),
        (
            &["--method", "guided-grad-cam", "--no-rectify"],
            "--no-rectify is not an option of --method guided-grad-cam",
        ),
        (&["--masks", "9"], "--masks is not an option of --method guided"),
        (&["--squared"], "--squared is not an option of --method guided"),
        (
            &["--method", "rise", "--keep", "0"],
            "a probability above 0 and at most 1, not 0",
        ),
        (&["--method", "rise", "--sigma", "0.1"], "--sigma is not an option"),
        (&["--box", "--box-quantile", "1"], "lies between 0 and 1"),
        (&["--box-quantile", "0.5"], "--box"),
        (&["--method", "lime"], "possible values: backprop, deconvnet, guided"),
    ] {
        let done = relume(&[&[picture], arguments].concat());
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success() && said.contains(words), "{arguments:?}: {said}");
    }
}

/// The curves of a network that answers by one pixel: it falls when that pixel goes, and the edges know nothing of it.
#[test]
fn deletion_and_insertion_follow_the_map() {
    let model = repository("www/models/squeezenet-1.1.safetensors");
    let picture = repository("www/pictures/chelsea.png");
    let curves = |more: &[&str]| -> serde_json::Value {
        let done = Command::new(env!("CARGO_BIN_EXE_relume"))
            .arg("deletion")
            .args([&model, &picture])
            .args(["--points", "8", "--out", "-"])
            .args(more)
            .output()
            .expect("the program starts");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).expect("JSON")
    };
    let found = curves(&["--method", "integrated-gradients", "--steps", "8"]);
    assert_eq!(found["method"], "integrated-gradients");
    let of = |change: &str, order: &str| {
        let curve = &found[change][order];
        let values: Vec<f64> = serde_json::from_value(curve["values"].clone()).expect("numbers");
        let shares: Vec<f64> = serde_json::from_value(curve["shares"].clone()).expect("numbers");
        assert_eq!(
            (values.len(), shares.first(), shares.last()),
            (9, Some(&0.0), Some(&1.0))
        );
        let trapezoids = values.windows(2).zip(shares.windows(2));
        let area: f64 = trapezoids
            .map(|(value, share)| (share[1] - share[0]) * (value[0] + value[1]) / 2.0)
            .sum();
        assert!((area - curve["area"].as_f64().expect("a number")).abs() < 1e-9);
        (values, area)
    };
    let whole = of("deletion", "map").0[0];
    for order in ["map", "random", "edges"] {
        let (deleted, inserted) = (of("deletion", order).0, of("insertion", order).0);
        // They begin and end with the same pictures, whatever the order.
        assert!((deleted[0] - whole).abs() < 1e-6 && (inserted[8] - whole).abs() < 1e-6);
        assert!((deleted[8] - of("deletion", "map").0[8]).abs() < 1e-6);
    }
    assert!(of("insertion", "map").1 > of("insertion", "random").1);
    assert_eq!(
        curves(&[])["deletion"]["random"],
        found["deletion"]["random"],
        "the same for each method"
    );

    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("curves.json");
    let done = Command::new(env!("CARGO_BIN_EXE_relume"))
        .arg("deletion")
        .args([&model, &picture])
        .args(["--points", "8", "--out"])
        .arg(&out)
        .output()
        .expect("the program starts");
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&out).expect("a file")).expect("JSON");
    let said = String::from_utf8(done.stdout).expect("text");
    let area = written["deletion"]["map"]["area"].as_f64().expect("a number");
    let wanted = format!("{}: area under deletion {area:.4} (map), ", out.display());
    assert!(said.starts_with(&wanted) && said.lines().count() == 1, "{said}");

    let done = Command::new(env!("CARGO_BIN_EXE_relume"))
        .arg("deletion")
        .args([&model, &picture])
        .args(["--points", "8"])
        .output()
        .expect("the program starts");
    let table = String::from_utf8(done.stdout).expect("text");
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(rows.len() < 8 && table.lines().all(|line| line.len() < 140), "{table}");
    for order in ["map", "random", "edges"] {
        let [deletion, insertion] = ["deletion", "insertion"].map(|change| {
            let area = written[change][order]["area"].as_f64().expect("a number");
            format!("{area:.4}")
        });
        let row = rows.iter().find(|row| row.contains(&order)).expect("a row");
        assert_eq!(row[row.len() - 2..], [&deletion, &insertion], "{table}");
    }

    let done = relume(&[]);
    assert!(String::from_utf8_lossy(&done.stderr).contains("PICTURE"));
    let refused = Command::new(env!("CARGO_BIN_EXE_relume"))
        .arg("deletion")
        .args([&model, &picture])
        .args(["--points", "0"])
        .output()
        .expect("the program starts");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("1..=10000"));
}

#[test]
fn a_map_is_drawn_on_the_scale_that_is_told_and_its_scale_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let png = folder.path().join("map.png");
    let out = ["--out", png.to_str().expect("text")];
    let (report, raw) = explained(folder.path(), &[&out[..], &["--clip", "0"]].concat());
    let archive = Archive::parse(&raw).expect("a file");
    let map = archive.array("map").expect("a map").data;
    let largest = map.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let at = map
        .iter()
        .position(|value| value.abs() == largest)
        .expect("a largest value");
    assert_eq!(report["scale"].as_f64(), Some(f64::from(largest)));

    let doubled = (2.0 * largest).to_string();
    let (report, _) = explained(folder.path(), &[&out[..], &["--scale", &doubled]].concat());
    assert_eq!(report["scale"].as_f64(), Some(f64::from(2.0 * largest)));
    // Half of full strength: 0.5 ± 0.25 of 255.
    let pixels = image::open(&png).expect("a picture").into_rgb8();
    let drawn = pixels.as_raw()[at % (19 * 26) * 3 + at / (19 * 26)];
    assert_eq!(drawn, if map[at] > 0.0 { 191 } else { 64 });

    for wrong in ["-1", "NaN", "inf"] {
        let picture = repository("www/pictures/chelsea.png");
        let done = relume(&[picture.to_str().expect("text"), "--scale", wrong]);
        let message = String::from_utf8(done.stderr).expect("text");
        assert!(message.contains("[invalid-option]"), "{wrong}: {message}");
    }
}
