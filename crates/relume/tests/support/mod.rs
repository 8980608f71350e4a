//! The cases of `tests/goldens/methods.py`: networks, pictures, and what their maps were made with.

#![allow(dead_code, reason = "each test uses some of it")]

use std::path::Path;

use relume::safetensors::Archive;
use relume::{Backend, Model, Network, Trace};

/// What the golden's maps were made with.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) class: usize,
    /// Of Grad-CAM.
    pub(crate) layer: &'static str,
    /// Of occlusion.
    pub(crate) window: [usize; 2],
    pub(crate) stride: [usize; 2],
}

pub(crate) const CASES: [Case; 3] = [
    Case {
        name: "odd",
        class: 3,
        layer: "relu4",
        window: [5, 7],
        stride: [3, 4],
    },
    Case {
        name: "all-cnn-c-trained",
        class: 6,
        layer: "relu8",
        window: [8, 8],
        stride: [8, 8],
    },
    Case {
        name: "squeezenet-1.1",
        class: 285,
        layer: "fire9_concat",
        window: [40, 40],
        stride: [36, 36],
    },
];
/// Of a network for photographs only this square is kept.
pub(crate) const KEPT: usize = 64;

pub(crate) fn file(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn model(case: &str) -> Model {
    let path = match case {
        "odd" => "tests/goldens/odd.model.safetensors",
        "all-cnn-c-trained" => "www/models/all-cnn-c.safetensors",
        _ => "www/models/squeezenet-1.1.safetensors",
    };
    Model::read(&file(path)).expect("a model")
}

/// A run of the case's input.
pub(crate) fn trace(case: &str, backend: Backend) -> Trace {
    let device = backend.device().expect("a device");
    let network = Network::new(model(case), &device).expect("a network");
    let golden = file(&format!("tests/goldens/{case}.safetensors"));
    let input = match Archive::parse(&golden).expect("a golden").array("input") {
        Ok(input) => input.data,
        Err(_) => photograph(&network, case),
    };
    let input = network.input(input, &device).expect("an input");
    network.forward(input).expect("a trace")
}

pub(crate) fn photograph(network: &Network, case: &str) -> Vec<f32> {
    let bytes = file(&format!("tests/goldens/{case}.png"));
    let pixels = image::load_from_memory(&bytes).expect("a picture").to_rgba8();
    let picture = relume::picture::Picture::from_rgba(pixels.as_raw(), pixels.width(), pixels.height());
    let prepared = picture.and_then(|picture| picture.prepare(&network.info().input));
    prepared.expect("a picture").tensor
}

/// The square in the middle of each plane.
pub(crate) fn middle(data: &[f32], [channels, height, width]: [usize; 3]) -> Vec<f32> {
    let (top, left) = ((height - KEPT) / 2, (width - KEPT) / 2);
    let rows =
        (0..channels).flat_map(|channel| (top..top + KEPT).map(move |row| (channel * height + row) * width + left));
    rows.flat_map(|first| data[first..first + KEPT].to_vec()).collect()
}

/// The largest difference, relative to the largest magnitude that is wanted.
pub(crate) fn difference(found: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(found.len(), wanted.len());
    let largest = wanted.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    assert!(largest > 0.0);
    let apart = found.iter().zip(wanted).map(|(found, wanted)| (found - wanted).abs());
    apart.fold(0.0, f32::max) / largest
}
