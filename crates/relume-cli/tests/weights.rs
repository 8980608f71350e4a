//! Weights as people keep them, converted: the files in `weights/`, and what a server or a version control sends instead.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use relume::Model;
use relume::safetensors::{Dtype, write};

fn convert(input: &Path, output: &Path, more: &[&str]) -> Output {
    let arguments = ["convert", "--architecture", "all-cnn-c", "--dtype", "f32"];
    Command::new(env!("CARGO_BIN_EXE_relume"))
        .args(arguments)
        .args(more)
        .args([input, output])
        .current_dir(output.parent().expect("a folder"))
        .output()
        .expect("the program starts")
}

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/weights").join(name)
}

/// Checks the model that a file becomes: the weights of the n-th convolution are n / 1000, the biases n / 100.
fn becomes_the_model(input: &Path, more: &[&str], precision: f32) {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("model.safetensors");
    let done = convert(input, &output, more);
    assert!(
        done.status.success(),
        "{input:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    let model = Model::read(&fs::read(&output).expect("a file")).expect("a model");
    for n in 1..=9_u8 {
        for (part, wanted) in [("weight", f32::from(n) / 1000.0), ("bias", f32::from(n) / 100.0)] {
            let array = model.array(&format!("conv{n}.{part}")).expect("a tensor");
            let near = |value: &f32| (value / wanted - 1.0).abs() <= precision;
            assert!(
                array.data.iter().all(near),
                "{input:?}: conv{n}.{part} {}",
                array.data[0]
            );
        }
    }
    // Whatever a pickle asks for, nothing of it is run.
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

/// What is said of a file that becomes no model.
fn refusal(input: &Path) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let done = convert(input, &folder.path().join("model.safetensors"), &[]);
    assert!(!done.status.success(), "{input:?} became a model");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "{input:?}");
    String::from_utf8(done.stderr).expect("text")
}

#[test]
fn checkpoints_of_any_age_ending_and_nesting() {
    for (name, precision) in [
        ("checkpoint.pth.tar", 1e-6),
        ("old.pkl", 1e-6),
        // bfloat16 has eight bits.
        ("without-ending", 1.0 / 256.0),
        ("with-a-command.pth", 1e-6),
    ] {
        becomes_the_model(&kept(name), &[], precision);
    }
    for key in ["model", "ema", "ema.module"] {
        becomes_the_model(&kept("two-dictionaries.pth"), &["--key", key], 1e-6);
    }
}

#[test]
fn safetensors_of_other_formats_with_a_prefix_and_counters() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source.safetensors");
    assert!(convert(&kept("checkpoint.pth.tar"), &source, &[]).status.success());
    let model = Model::read(&fs::read(&source).expect("a file")).expect("a model");
    let names = (1..=9).flat_map(|n| ["weight", "bias"].map(|part| format!("conv{n}.{part}")));
    let tensors = names.map(|name| {
        let array = model.array(&name).expect("a tensor").clone();
        (format!("module.{name}"), array)
    });
    let plain = write(&Default::default(), &tensors.collect(), Dtype::F32).expect("bytes");
    let input = folder.path().join("weights.bin");
    fs::write(&input, &plain).expect("written");
    becomes_the_model(&input, &[], 1e-6);

    // The same numbers as F64, and an integer beside them.
    let length = usize::try_from(u64::from_le_bytes(*plain.first_chunk().expect("a length"))).expect("small");
    let mut header: serde_json::Value = serde_json::from_slice(&plain[8..8 + length]).expect("JSON");
    for (_, entry) in header.as_object_mut().expect("tensors") {
        entry["dtype"] = "F64".into();
        for offset in entry["data_offsets"].as_array_mut().expect("two numbers") {
            *offset = (2 * offset.as_u64().expect("a number")).into();
        }
    }
    let end = 2 * (plain.len() - 8 - length);
    header["module.bn.num_batches_tracked"] =
        serde_json::json!({ "dtype": "I64", "shape": [], "data_offsets": [end, end + 8] });
    let header = serde_json::to_vec(&header).expect("JSON");
    let mut double = (header.len() as u64).to_le_bytes().to_vec();
    double.extend(header);
    let (numbers, _) = plain[8 + length..].as_chunks::<4>();
    double.extend(
        numbers
            .iter()
            .flat_map(|&number| f64::from(f32::from_le_bytes(number)).to_le_bytes()),
    );
    double.extend(7_i64.to_le_bytes());
    fs::write(&input, double).expect("written");
    becomes_the_model(&input, &[], 1e-6);
}

#[test]
fn what_is_missing_and_what_several_dictionaries_hold_is_said() {
    let said = refusal(&kept("headless.pth"));
    assert!(
        said.contains("tensor `conv9.bias` is missing; there are `conv1.bias`"),
        "{said}"
    );
    let said = refusal(&kept("two-dictionaries.pth"));
    assert!(
        said.contains("choose one with --key: `ema.module`, `model` [invalid-option]"),
        "{said}"
    );
    let said = refusal(&kept("program.pt"));
    assert!(
        said.contains("is a TorchScript archive") && said.contains("state_dict()"),
        "{said}"
    );
    let said = refusal(&kept("command-alone.pth"));
    assert!(said.contains("[invalid-model]"), "{said}");
}

#[test]
fn what_is_no_weights_at_all_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes, words) in [
        ("empty.pth", &b""[..], "an empty file"),
        ("page.pth", b"<!DOCTYPE html><html></html>", "a web page (HTML)"),
        (
            "pointer.safetensors",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 9\n",
            "Git LFS pointer",
        ),
        ("weights.pth.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\0", "gzip"),
        ("network.onnx", b"\x08\x08\x12\x07pytorch\x1a\x052.4.0", "an ONNX file"),
        (
            "arrays.npz",
            b"PK\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0a\0\0\0weight.npy",
            "NumPy archive",
        ),
        (
            "cut.pth",
            &fs::read(kept("old.pkl")).expect("a file")[..600],
            "[invalid-model]",
        ),
        (
            "cut-zip.pth",
            &fs::read(kept("headless.pth")).expect("a file")[..2000],
            "cut off or damaged",
        ),
    ] {
        let input = folder.path().join(name);
        fs::write(&input, bytes).expect("written");
        let said = refusal(&input);
        assert!(said.contains(words) && !said.contains("panicked"), "{name}: {said}");
    }
    // `info` takes weights, too, where their tensors tell the network.
    let info = Command::new(env!("CARGO_BIN_EXE_relume"))
        .args([Path::new("info"), &kept("headless.pth")])
        .output()
        .expect("it starts");
    let said = String::from_utf8(info.stderr).expect("text");
    assert!(
        said.contains("headless.pth: the weights are of no network that is known"),
        "{said}"
    );
}
