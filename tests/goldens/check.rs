// Our maps beside those of PyTorch and Captum; native and wasm tests share this file.

use relume::safetensors::Archive;
use relume::{Backend, Network, ReluRule, Target};

/// The bound on every difference, relative to the reference's largest magnitude.
pub(crate) const TOLERANCE: f32 = 1e-4;

/// Which part of each map a golden keeps.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    /// All of it.
    Whole,
    /// The square of this side in the middle.
    Middle(usize),
}

/// The largest difference from the golden over logits and all maps, relative to each one's largest magnitude, and
/// what it was found in.
pub(crate) fn worst(
    network: &Network,
    input: Vec<f32>,
    golden: &Archive<'_>,
    kept: Kept,
    backend: Backend,
) -> (f32, String) {
    let device = backend.device().expect("a backend of this build");
    let input = network.input(input, &device).expect("a sound input");
    let trace = network.forward(input).expect("a run");
    let (logits, _) = relume::read(trace.logits()).expect("logits");
    let mut worst = (
        difference(&logits, &golden.array("logits").expect("logits").data),
        "logits".to_owned(),
    );
    let mut maps = 0;
    for name in golden.names() {
        let Some((rule, target)) = name.split_once('/') else {
            continue;
        };
        let rule: ReluRule = rule.parse().expect("a rule");
        let target: Target = target.parse().expect("a target");
        let map = trace
            .backward(&target, rule)
            .expect("a way back")
            .read()
            .expect("a map");
        let expected = golden.array(name).expect("a map").data;
        let found = match kept {
            Kept::Whole => map.data,
            Kept::Middle(side) => middle(&map.data, map.shape, side),
        };
        let apart = difference(&found, &expected);
        maps += 1;
        if apart > worst.0 {
            worst = (apart, name.to_owned());
        }
    }
    assert!(maps >= 3, "the golden holds {maps} maps");
    worst
}

fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len(), "the numbers of a golden");
    // NaN would slip through every comparison below.
    assert!(found.iter().all(|value| value.is_finite()), "a map that is not finite");
    let apart = found
        .iter()
        .zip(expected)
        .fold(0f32, |apart, (a, b)| apart.max((a - b).abs()));
    match expected.iter().fold(0f32, |largest, value| largest.max(value.abs())) {
        // A map that is zero must be zero, not small.
        0.0 if apart == 0.0 => 0.0,
        0.0 => f32::INFINITY,
        largest => apart / largest,
    }
}

fn middle(values: &[f32], [channels, height, width]: [usize; 3], side: usize) -> Vec<f32> {
    let (top, left) = ((height - side) / 2, (width - side) / 2);
    let mut kept = Vec::with_capacity(channels * side * side);
    for channel in 0..channels {
        for row in top..top + side {
            let start = (channel * height + row) * width + left;
            kept.extend_from_slice(&values[start..start + side]);
        }
    }
    kept
}
