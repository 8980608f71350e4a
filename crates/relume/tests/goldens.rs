//! Maps equal those of PyTorch + Captum, on both backends.

#[path = "../../../tests/goldens/check.rs"]
mod check;

use std::path::{Path, PathBuf};

use check::{Kept, TOLERANCE, worst};
use relume::picture::{InputSpec, Picture};
use relume::safetensors::Archive;
use relume::{Backend, Model, Network, zoo};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/goldens")
        .join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn check(model: &Model, golden: &str, input: Option<Vec<f32>>, kept: Kept) {
    let golden_bytes = bytes(golden);
    let archive = Archive::parse(&golden_bytes).expect("a sound golden");
    for backend in Backend::ALL {
        let network = Network::new(model.clone(), &backend.device().expect("a backend")).expect("a sound model");
        let input = input
            .clone()
            .unwrap_or_else(|| archive.array("input").expect("an input").data);
        let (apart, name) = worst(&network, input, &archive, kept, backend);
        eprintln!("{golden}, {backend}: {apart:.1e} at most ({name})");
        assert!(apart <= TOLERANCE, "{golden}, {backend}: {name} is {apart:e} apart");
    }
}

#[test]
fn odd_network() {
    check(
        &Model::read(&bytes("odd.model.safetensors")).expect("a sound model"),
        "odd.safetensors",
        None,
        Kept::Whole,
    );
}

/// Every activation there is, before and after ReLUs.
#[test]
fn activations() {
    check(
        &Model::read(&bytes("activations.model.safetensors")).expect("a sound model"),
        "activations.safetensors",
        None,
        Kept::Whole,
    );
}

/// Products, slices, shuffled channels, normalisation over channels.
#[test]
fn blocks() {
    check(
        &Model::read(&bytes("blocks.model.safetensors")).expect("a sound model"),
        "blocks.safetensors",
        None,
        Kept::Whole,
    );
}

#[test]
fn all_cnn_c() {
    check(
        &zoo::seeded("all-cnn-c", 1).expect("a network"),
        "all-cnn-c.safetensors",
        None,
        Kept::Whole,
    );
}

#[test]
fn all_cnn_c_trained() {
    check(
        &Model::read(&bytes("../../www/models/all-cnn-c.safetensors")).expect("a sound model"),
        "all-cnn-c-trained.safetensors",
        None,
        Kept::Whole,
    );
}

#[test]
fn model_c() {
    check(
        &zoo::seeded("model-c", 1).expect("a network"),
        "model-c.safetensors",
        None,
        Kept::Whole,
    );
}

/// A golden whose input is a picture: what the network sees, cropped already. Of its maps the middle is kept.
fn check_photograph(model: &Model, name: &str) {
    let view = image::open(path(&format!("{name}.png")))
        .expect("the picture")
        .into_rgba8();
    let spec = InputSpec {
        crop: 1.0,
        ..model.info().input.clone()
    };
    let picture = Picture::from_rgba(&view, view.width(), view.height()).expect("a picture");
    let input = picture.prepare(&spec).expect("an input").tensor;
    check(model, &format!("{name}.safetensors"), Some(input), Kept::Middle(64));
}

#[test]
fn squeezenet() {
    let bytes = bytes("../../www/models/squeezenet-1.1.safetensors");
    check_photograph(&Model::read(&bytes).expect("a sound model"), "squeezenet-1.1");
}

#[test]
fn efficientnet_lite0() {
    let file = path("../../www/models/efficientnet-lite0.safetensors");
    let Ok(bytes) = std::fs::read(&file) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is missing; `make models` makes it",
            file.display()
        );
        eprintln!("skipped: {} is missing; `make models` makes it", file.display());
        return;
    };
    check_photograph(&Model::read(&bytes).expect("a sound model"), "efficientnet-lite0");
}
