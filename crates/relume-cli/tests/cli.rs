//! The commands, run as a user runs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use relume::safetensors::Archive;
use serde_json::Value;

fn relume(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relume"))
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn succeeds(arguments: &[&str]) -> String {
    let output = relume(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// What a failing call prints to standard error.
fn fails(arguments: &[&str]) -> String {
    let output = relume(arguments);
    assert!(!output.status.success(), "{arguments:?} succeeded");
    let message = String::from_utf8(output.stderr).expect("text");
    assert!(!message.contains("panicked"), "{arguments:?}: {message}");
    message
}

fn repository(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
        .display()
        .to_string()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// An untrained network's model file.
    fn model(&self, architecture: &str) -> String {
        let path = self.text(&format!("{architecture}.safetensors"));
        succeeds(&["init", architecture, &path, "--dtype", "f32"]);
        path
    }
}

#[test]
fn info_names_every_layer_of_the_papers_networks() {
    let folder = Folder::new();
    // Layers: convolutions with their ReLUs, poolings, the global pooling; parameters counted by hand from Table 1 and
    // 2.
    for (architecture, layers, parameters) in [
        ("all-cnn-c", 19, 1_369_738),
        ("model-c", 17, 954_730),
        ("strided-cnn-c", 15, 954_730),
        ("convpool-cnn-c", 21, 1_369_738),
    ] {
        let info: Value =
            serde_json::from_str(&succeeds(&["info", &folder.model(architecture), "--json"])).expect("JSON");
        assert_eq!(info["layers"].as_array().map(Vec::len), Some(layers), "{architecture}");
        assert_eq!(info["parameters"], parameters, "{architecture}");
        assert_eq!(info["logitsLayer"], "global_pool");
    }
    let table = succeeds(&["info", &folder.text("all-cnn-c.safetensors")]);
    assert!(table.contains("conv9") && table.contains("10×6×6"), "{table}");
    assert!(!table.contains("rules  "), "{table}");
    let mixed = repository("tests/goldens/activations.model.safetensors");
    let table = succeeds(&["info", &mixed]);
    assert!(
        table.contains("act at the ReLUs, 2 of 18 activations; the others (elu, gelu,"),
        "{table}"
    );
}

#[test]
fn explain_writes_picture_and_numbers() {
    let folder = Folder::new();
    let model = folder.model("all-cnn-c");
    let (png, raw) = (folder.text("map.png"), folder.text("map.safetensors"));
    let picture = repository("www/pictures/chelsea.png");
    let report = succeeds(&[
        "explain",
        &model,
        &picture,
        "--method",
        "guided",
        "--target",
        "conv4:7@3,5",
        "--out",
        &png,
        "--raw",
        &raw,
        "--json",
    ]);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["target"]["layer"], "conv4");
    assert_eq!(report["target"]["at"], serde_json::json!([3, 5]));
    assert_eq!(report["relus"], 3);
    let drawn = image::open(&png).expect("a picture");
    assert_eq!((drawn.width(), drawn.height()), (32, 32));
    let bytes = std::fs::read(&raw).expect("numbers");
    let archive = Archive::parse(&bytes).expect("safetensors");
    assert_eq!(archive.shape("map"), Some([3, 32, 32].as_slice()));
    assert_eq!(archive.shape("logits"), Some([10].as_slice()));
}

#[test]
fn explain_writes_the_signal_on_its_way() {
    let folder = Folder::new();
    let model = folder.model("all-cnn-c");
    let raw = folder.text("raw.safetensors");
    let picture = repository("www/pictures/chelsea.png");
    succeeds(&["explain", &model, &picture, "--signals", "relu2,relu5", "--raw", &raw]);
    let bytes = std::fs::read(&raw).expect("numbers");
    let archive = Archive::parse(&bytes).expect("safetensors");
    for (layer, shape) in [("relu2", [96, 32, 32]), ("relu5", [192, 16, 16])] {
        for what in ["signal", "passed"] {
            let name = format!("{what}.{layer}");
            assert_eq!(archive.shape(&name), Some(shape.as_slice()), "{name}");
        }
        // Guided: what went on is what was positive, and only where the ReLU was open.
        let [signal, passed] =
            ["signal", "passed"].map(|what| archive.array(&format!("{what}.{layer}")).expect("numbers").data);
        assert!(
            signal
                .iter()
                .zip(&passed)
                .all(|(signal, passed)| *passed == 0.0 || (passed == signal && *signal > 0.0))
        );
        assert!(passed.iter().any(|passed| *passed != 0.0));
    }
    let refused = fails(&["explain", &model, &picture, "--signals", "relu2"]);
    assert!(refused.contains("--raw"), "{refused}");
    let refused = fails(&["explain", &model, &picture, "--signals", "relu99", "--raw", &raw]);
    assert!(refused.contains("there is no layer `relu99`"), "{refused}");
}

#[test]
fn explain_takes_a_tensor_and_both_backends_agree() {
    let folder = Folder::new();
    let model = folder.model("model-c");
    let golden = repository("tests/goldens/model-c.safetensors");
    let map = |backend: &str| {
        let raw = folder.text(backend);
        succeeds(&[
            "explain",
            &model,
            "--tensor",
            &golden,
            "--target",
            "class:3",
            "--backend",
            backend,
            "--raw",
            &raw,
        ]);
        let bytes = std::fs::read(&raw).expect("numbers");
        Archive::parse(&bytes)
            .expect("safetensors")
            .array("map")
            .expect("a map")
            .data
    };
    let (flex, ndarray) = (map("flex"), map("ndarray"));
    let bytes = std::fs::read(&golden).expect("the golden");
    let expected = Archive::parse(&bytes)
        .expect("safetensors")
        .array("guided/class:3")
        .expect("a map")
        .data;
    let largest = expected.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    for map in [flex, ndarray] {
        assert!(map.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-4 * largest));
    }
}

#[test]
fn convert_reads_plain_safetensors_with_pytorchs_names() {
    let folder = Folder::new();
    let model = folder.model("strided-cnn-c");
    // A model file's tensors are named as PyTorch names them, so it serves as a plain file too.
    let out = folder.text("converted.safetensors");
    succeeds(&[
        "convert",
        &model,
        &out,
        "--architecture",
        "strided-cnn-c",
        "--dtype",
        "f32",
        "--source",
        "a test",
    ]);
    let info: Value = serde_json::from_str(&succeeds(&["info", &out, "--json"])).expect("JSON");
    assert_eq!(info["source"], "a test");
    let weights = |path: &str| {
        let bytes = std::fs::read(path).expect("a file");
        Archive::parse(&bytes)
            .expect("safetensors")
            .array("conv5.weight")
            .expect("weights")
    };
    assert_eq!(weights(&model), weights(&out));
    let half = folder.text("half.safetensors");
    succeeds(&["convert", &out, &half, "--dtype", "f16"]);
    let (full, half) = (weights(&out).data, weights(&half).data);
    assert!(
        full.iter()
            .zip(&half)
            .all(|(a, b)| (a - b).abs() <= a.abs() * 5e-4 + 1e-7)
    );
}

#[test]
fn what_cannot_be_done_is_said_with_a_code() {
    let folder = Folder::new();
    let model = folder.model("strided-cnn-c");
    let picture = repository("www/pictures/chelsea.png");
    let text = folder.text("text.png");
    std::fs::write(&text, "not a picture").expect("a file");
    let cases: [(&[&str], &str); 9] = [
        (&["info", "nowhere.safetensors"], "unreadable"),
        (&["info", &text], "invalid-model"),
        (&["explain", &model, "nowhere.png"], "unreadable"),
        (&["explain", &model, &text], "invalid-picture"),
        (&["explain", &model, &picture, "--target", "class:10"], "invalid-target"),
        (
            &["explain", &model, &picture, "--target", "conv9:0@6,0"],
            "invalid-target",
        ),
        (&["explain", &model, &picture, "--clip", "1"], "invalid-option"),
        (
            &["convert", &model, "out", "--architecture", "resnet"],
            "invalid-option",
        ),
        (
            &["convert", &model, "out", "--architecture", "all-cnn-c"],
            "invalid-model",
        ),
    ];
    for (arguments, code) in cases {
        let message = fails(arguments);
        assert!(message.contains(&format!("[{code}]")), "{arguments:?}: {message}");
    }
    // Wrong words are clap's to explain; nothing is written anywhere.
    assert!(fails(&["explain", &model, &picture, "--method", "grad"]).contains("guided"));
    assert!(fails(&["explain", &model]).contains("PICTURE"));
    assert!(!Path::new("out").exists());
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_device_is_written_to() {
    let folder = Folder::new();
    let (place, link) = (folder.path("model.safetensors"), folder.path("link.safetensors"));
    std::fs::write(&place, "old").expect("a file");
    std::os::unix::fs::symlink(&place, &link).expect("a link");
    succeeds(&["init", "strided-cnn-c", &folder.text("link.safetensors")]);
    assert!(link.symlink_metadata().expect("the link").is_symlink());
    succeeds(&["info", &folder.text("model.safetensors")]);
    succeeds(&["init", "strided-cnn-c", "/dev/null"]);
    let null = std::fs::metadata("/dev/null").expect("still there");
    assert!(!null.is_file(), "the device became a file");
    let left: Vec<_> = std::fs::read_dir(folder.0.path()).expect("the folder").collect();
    assert_eq!(left.len(), 2, "a fragment was left: {left:?}");
}

#[test]
fn a_reader_that_goes_away_is_not_an_error() {
    let folder = Folder::new();
    let model = folder.model("strided-cnn-c");
    let mut child = Command::new(env!("CARGO_BIN_EXE_relume"))
        .args(["info", &model, "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Closed before anything is read.
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn control_characters_never_reach_a_terminal() {
    let folder = Folder::new();
    let model = folder.model("strided-cnn-c");
    let out = folder.text("out.safetensors");
    let message = fails(&[
        "convert",
        &model,
        &out,
        "--architecture",
        "strided-cnn-c",
        "--source",
        "\u{1b}[2J",
    ]);
    assert!(
        message.contains("control character") && !message.contains('\u{1b}'),
        "{message:?}"
    );
    assert!(!Path::new(&out).exists());
}
