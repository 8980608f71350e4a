//! `relume visualise`, and the box of `relume explain --box`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use relume::safetensors::Archive;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn relume(command: &str, arguments: &[&str], files: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relume"))
        .arg(command)
        .args(files)
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn json(done: &Output) -> serde_json::Value {
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("JSON")
}

fn number(value: &serde_json::Value) -> f64 {
    value.as_f64().expect("a number")
}

#[test]
fn the_picture_is_worth_more_than_the_noise() {
    let folder = tempfile::tempdir().expect("a folder");
    let [out, raw] = ["deer.png", "deer.safetensors"].map(|name| folder.path().join(name));
    let [out_text, raw_text] = [&out, &raw].map(|path| path.to_str().expect("text"));
    let model = repository("www/models/all-cnn-c.safetensors");
    let written = ["--out", out_text, "--raw", raw_text];
    let options = ["--target", "deer", "--steps", "30", "--jitter", "1", "--blur", "0.3"];
    let report = json(&relume(
        "visualise",
        &[&written[..], &options, &["--json"]].concat(),
        &[&model],
    ));
    let [begin, end, pixels] = ["begin", "end", "pixels"].map(|name| number(&report["value"][name]));
    assert!(end > begin + 5.0 && pixels > begin + 5.0, "{report}");
    assert_eq!(report["target"]["channel"], 4);

    // The PNG is worth what the report says: the network sees all of a picture of its own size.
    let seen = json(&relume("explain", &["--target", "deer", "--json"], &[&model, &out]));
    let value = number(&seen["target"]["value"]);
    assert!((value - pixels).abs() < 1e-3 * pixels, "{value} and {pixels}");
    let numbers = std::fs::read(&raw).expect("a file");
    let numbers = Archive::parse(&numbers)
        .expect("numbers")
        .array("picture")
        .expect("a picture");
    assert_eq!(numbers.shape, [3, 32, 32]);

    let text = relume(
        "visualise",
        &[&written[..2], &["--target", "relu2:3", "--steps", "2"]].concat(),
        &[&model],
    );
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.starts_with("channel 3 of relu2 on average: "), "{text}");
}

#[test]
fn what_cannot_be_visualised_is_refused() {
    let model = repository("www/models/all-cnn-c.safetensors");
    let out = ["--out", "unwritten.png"];
    for (arguments, words) in [
        (&["--target", "top"][..], "begins without a picture"),
        (&["--target", "unicorn"], "neither top, a class"),
        (&["--target", "3", "--steps", "0"], "takes 1 to 100000 steps"),
        (&["--target", "3", "--jitter", "32"], "moved by 0 to 31 pixels"),
        (&["--target", "3", "--raw", "unwritten.png"], "name the same file"),
    ] {
        let done = relume("visualise", &[&out[..], arguments].concat(), &[&model]);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success() && said.contains(words), "{arguments:?}: {said}");
    }
    let done = relume("visualise", &["--target", "3"], &[&model]);
    assert!(String::from_utf8_lossy(&done.stderr).contains("--out"));
}

#[test]
fn a_box_lies_in_the_view_and_in_the_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("box.png");
    let out = out.to_str().expect("text");
    let model = repository("www/models/squeezenet-1.1.safetensors");
    let picture = repository("www/pictures/chelsea.png");
    let options = ["--method", "backprop", "--box", "--json", "--out", out];
    let report = json(&relume("explain", &options, &[&model, &picture]));
    let side = |of: &str, name: &str| number(&report["box"][of][name]);
    // 451 × 300 pixels, of which the network sees the square in the middle, in 227 × 227.
    let [view, whole] = [("seen", [227.0, 227.0]), ("original", [451.0, 300.0])].map(|(of, [columns, rows])| {
        let [left, top, width, height] = ["left", "top", "width", "height"].map(|name| side(of, name));
        assert!(
            width >= 1.0 && height >= 1.0 && left + width <= columns && top + height <= rows,
            "{report}"
        );
        [left, top, width, height]
    });
    let scale = 300.0 / 227.0;
    assert!(
        (whole[2] - scale * view[2]).abs() <= 2.0 && (whole[3] - scale * view[3]).abs() <= 2.0,
        "{report}"
    );

    let drawn = image::open(out).expect("a picture").to_rgba8();
    let outline = image::Rgba([0xD5, 0x5E, 0x00, 0xFF]);
    let [left, top, width, height] = view.map(|number| number as u32);
    for (x, y) in [
        (left, top),
        (left + width - 1, top + height - 1),
        (left + width / 2, top),
    ] {
        assert_eq!(drawn.get_pixel(x, y), &outline, "({x}, {y})");
    }
    let count = drawn.pixels().filter(|pixel| **pixel == outline).count() as u32;
    assert_eq!(count, 2 * (width + height) - 4);

    let several = relume(
        "explain",
        &["--box", "--json"],
        &[&model, &picture, &picture.with_file_name("coffee.jpg")],
    );
    assert!(String::from_utf8_lossy(&several.stderr).contains("--box finds the box of one picture"));
}
