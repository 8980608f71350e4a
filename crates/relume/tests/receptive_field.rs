//! Receptive fields, tried out: a pixel outside never changes the unit, one inside can.

use std::path::Path;

use relume::graph::Region;
use relume::{Backend, Model, Network, zoo};

/// Computes each output from its own window alone. The quicker kernels share sums between neighbours, so that there a
/// pixel outside moves a unit by rounding.
const EXACT: Backend = Backend::NdArray;

struct Tried {
    network: Network,
    picture: Vec<f32>,
}

/// Whether a pixel, by row and column, lies on one edge of a field.
type Edge = fn(Region, usize, usize) -> bool;

impl Tried {
    fn new(model: Model) -> Self {
        let network = Network::new(model, &EXACT.device().expect("a backend")).expect("a sound model");
        let [channels, height, width] = network.info().input.shape;
        let picture = noise(channels * height * width, 1);
        Self { network, picture }
    }

    /// All channels of the unit's position.
    fn units(&self, picture: Vec<f32>, layer: &str, at: (usize, usize)) -> Vec<f32> {
        let device = EXACT.device().expect("a backend");
        let input = self.network.input(picture, &device).expect("a sound input");
        let trace = self.network.forward(input).expect("a run");
        let activation = trace.activation(layer).expect("a layer");
        let (numbers, [_, channels, height, width]) = relume::read(activation).expect("numbers");
        (0..channels)
            .map(|channel| numbers[(channel * height + at.0) * width + at.1])
            .collect()
    }

    /// The picture with other pixels wherever `which` says so.
    fn changed(&self, size: f32, seed: u64, which: impl Fn(usize, usize) -> bool) -> Vec<f32> {
        let [_, height, width] = self.network.info().input.shape;
        let other = noise(self.picture.len(), seed);
        (self.picture.iter().zip(other).enumerate())
            .map(|(i, (&value, other))| {
                if which(i / width % height, i % width) {
                    size * other
                } else {
                    value
                }
            })
            .collect()
    }

    fn check(&self, layer: &str, at: (usize, usize)) {
        let field @ Region { y, x, height, width } = self.network.receptive_field(layer, at).expect("a field");
        let inside = |row: usize, column: usize| (y..y + height).contains(&row) && (x..x + width).contains(&column);
        let before = self.units(self.picture.clone(), layer, at);
        let outside = self.changed(10.0, 2, |row, column| !inside(row, column));
        assert_eq!(
            self.units(outside, layer, at),
            before,
            "{layer} at {at:?} sees beyond its field"
        );
        let edges: [(&str, Edge); 4] = [
            ("first row", |field, row, _| row == field.y),
            ("last row", |field, row, _| row == field.y + field.height - 1),
            ("first column", |field, _, column| column == field.x),
            ("last column", |field, _, column| column == field.x + field.width - 1),
        ];
        for (edge, on) in edges {
            let changes = (3..7).any(|seed| {
                let picture = self.changed(10f32.powi(seed as i32 - 2), seed, |row, column| {
                    inside(row, column) && on(field, row, column)
                });
                self.units(picture, layer, at) != before
            });
            assert!(changes, "{layer} at {at:?} does not see the {edge} of its field");
        }
    }

    fn check_all(&self, layers: &[&str]) {
        for layer in layers {
            let summary = self.network.summary();
            let [_, height, width] = summary
                .layers
                .iter()
                .find(|each| each.name == *layer)
                .expect("a layer")
                .shape;
            // Amid the picture, and in a corner, where a part of the field is padding.
            for at in [(height / 2, width / 2), (height - 1, 0)] {
                self.check(layer, at);
            }
        }
    }
}

/// Even noise between −1 and 1.
fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn file(path: &str) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    Model::read(&std::fs::read(path).expect("a file")).expect("a sound model")
}

#[test]
fn trained_all_cnn_c() {
    Tried::new(file("www/models/all-cnn-c.safetensors")).check_all(&["relu2", "relu3", "conv5", "conv9"]);
}

#[test]
fn max_pooling() {
    Tried::new(zoo::seeded("model-c", 5).expect("a network")).check_all(&["pool1", "relu4", "pool2", "conv5"]);
}

/// Every kind of layer, strides and paddings that differ along the axes, sums of ways of different length.
#[test]
fn odd_network() {
    let tried = Tried::new(file("tests/goldens/odd.model.safetensors"));
    let summary = tried.network.summary();
    let layers: Vec<&str> = summary
        .layers
        .iter()
        .filter(|layer| layer.kind != "softmax")
        .map(|layer| layer.name)
        .collect();
    tried.check_all(&layers);
}
