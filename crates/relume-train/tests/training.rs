//! The pass that training differentiates, and what becomes of it afterwards.

use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData};
use relume::graph::{LayerKind, LayerSpec};
use relume::model::ModelInfo;
use relume::safetensors::Array;
use relume::{Backend, ErrorKind, Model, Network, read, zoo};
use relume_train::{Precision, Regularisation, fold_batch_norm, forward, untrained};
use serde_json::json;

fn batch(count: usize) -> Vec<f32> {
    (0..count * 3 * 32 * 32)
        .map(|index| ((index * 7919) % 1009) as f32 / 504.5 - 1.0)
        .collect()
}

fn numbers(tensor: Tensor<2>) -> Vec<f32> {
    read(tensor).expect("numbers").0
}

fn scores(network: &Network, batch: Tensor<4>) -> Vec<f32> {
    numbers(forward::logits(network, batch, Precision::F32).expect("scores"))
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let largest = b.iter().fold(1e-6f32, |largest, value| largest.max(value.abs()));
    a.iter().zip(b).fold(0.0f32, |worst, (a, b)| worst.max((a - b).abs())) / largest
}

/// A network after some runs in training: its kept statistics are no longer the first ones.
fn trained_a_little(name: &str, regularisation: Regularisation) -> Network {
    let device = Backend::Flex.device().expect("Flex");
    let model = untrained(name, regularisation, 7).expect("an architecture");
    let mut network = Network::new(model, &device).expect("a sound model");
    for step in 0..3 {
        let input = Tensor::from_data(TensorData::new(batch(4), [4, 3, 32, 32]), &device);
        let pass = forward::training(&network, input, Precision::F32, step).expect("a pass");
        network = forward::update_running_stats(network, &pass.statistics, 0.5);
    }
    network
}

#[test]
fn a_finished_network_computes_what_the_trained_one_did() {
    let device = Backend::Flex.device().expect("Flex");
    for name in zoo::PAPER {
        for regularisation in [Regularisation::BatchNorm, Regularisation::Dropout] {
            let network = trained_a_little(name, regularisation);
            let model = network.to_model().expect("a model");
            let finished = fold_batch_norm(model, network.info().clone()).expect("it folds");
            let plain = zoo::architecture(name).expect("known");
            let finished = Network::new(finished, &device).expect("a sound model");
            assert_eq!(finished.summary().layers.len(), plain.layers.len(), "{name}");
            let input = || Tensor::from_data(TensorData::new(batch(3), [3, 3, 32, 32]), &device);
            let before = scores(&network, input());
            let after = scores(&finished, input());
            assert!(apart(&after, &before) <= 1e-5, "{name}: {}", apart(&after, &before));
        }
    }
}

#[test]
fn a_batch_gives_what_its_pictures_give_alone() {
    for backend in Backend::ALL {
        let device = backend.device().expect("a backend");
        let network = Network::new(zoo::seeded("model-c", 3).expect("known"), &device).expect("sound");
        let input = Tensor::from_data(TensorData::new(batch(2), [2, 3, 32, 32]), &device);
        let together = scores(&network, input);
        let alone: Vec<f32> = batch(2)
            .chunks(3 * 32 * 32)
            .flat_map(|picture| {
                let input = network.input(picture.to_vec(), &device).expect("a picture");
                numbers(network.forward(input).expect("a trace").logits())
            })
            .collect();
        assert!(
            apart(&together, &alone) < 1e-5,
            "{backend}: {}",
            apart(&together, &alone)
        );
    }
}

/// Eight bits of precision move a score by some thousandths; they are used at all if they move it.
#[test]
fn bfloat16_moves_scores_a_little_where_the_processor_has_it() {
    let device = Backend::Flex.device().expect("Flex");
    let network = trained_a_little("model-c", Regularisation::BatchNorm);
    let input = || Tensor::from_data(TensorData::new(batch(4), [4, 3, 32, 32]), &device);
    let exact = scores(&network, input());
    match forward::logits(&network, input(), Precision::Bf16) {
        Ok(logits) => {
            assert!(Precision::Bf16.is_available());
            let moved = apart(&numbers(logits), &exact);
            assert!(moved > 1e-5 && moved < 0.05, "{moved}");
            assert_eq!(scores(&network, input()), exact);
        }
        Err(error) => {
            assert!(!Precision::Bf16.is_available());
            assert_eq!(error.kind(), ErrorKind::InvalidOption);
        }
    }
}

#[test]
fn batch_statistics_move_the_kept_ones_and_only_in_training() {
    let device = Backend::Flex.device().expect("Flex");
    let model = untrained("strided-cnn-c", Regularisation::BatchNorm, 1).expect("known");
    let network = Network::new(model, &device).expect("sound");
    let kept = |network: &Network| {
        let model = network.to_model().expect("a model");
        model.array("bn1.running_var").expect("kept").data.clone()
    };
    let input = || Tensor::from_data(TensorData::new(batch(4), [4, 3, 32, 32]), &device);
    let first = kept(&network);
    assert!(first.iter().all(|&variance| variance == 1.0));
    scores(&network, input());
    let pass = forward::training(&network, input(), Precision::F32, 1).expect("a pass");
    assert_eq!(kept(&network), first, "a pass alone changes nothing");
    let updated = |momentum| forward::update_running_stats(network.clone(), &pass.statistics, momentum);
    let (half, whole) = (kept(&updated(0.5)), kept(&updated(1.0)));
    for ((half, whole), first) in half.iter().zip(&whole).zip(&first) {
        assert!(
            (half - (whole + first) / 2.0).abs() < 1e-6,
            "{half} between {first} and {whole}"
        );
    }
    assert_ne!(whole, first);
}

#[test]
fn dropout_drops_only_in_training_and_the_same_for_the_same_seed() {
    let device = Backend::Flex.device().expect("Flex");
    let model = untrained("strided-cnn-c", Regularisation::Dropout, 1).expect("known");
    let network = Network::new(model, &device).expect("sound");
    let input = || Tensor::from_data(TensorData::new(batch(2), [2, 3, 32, 32]), &device);
    let pass = |seed| forward::training(&network, input(), Precision::F32, seed).expect("a pass");
    let run = |seed| numbers(pass(seed).logits);
    let (once, again, other) = (run(5), run(5), run(6));
    assert_eq!(once, again);
    assert_ne!(once, other);
    assert_eq!(scores(&network, input()), scores(&network, input()));
}

/// A network that wants pictures of one size only.
fn flat_model(info: &ModelInfo) -> Model {
    let kind = |json| serde_json::from_value::<LayerKind>(json).expect("a kind");
    let layers = vec![
        LayerSpec::new("flat", kind(json!({ "kind": "flatten" })), &["input"]),
        LayerSpec::new(
            "fc",
            kind(json!({ "kind": "linear", "out_features": 10, "bias": false })),
            &["flat"],
        ),
    ];
    let weight = Array {
        shape: vec![10, 3 * 32 * 32],
        data: vec![0.0; 10 * 3 * 32 * 32],
    };
    Model::new(info.clone(), layers, BTreeMap::from([("fc.weight".to_owned(), weight)])).expect("sound")
}

#[test]
fn parts_of_pictures_train_where_no_layer_asks_for_a_size() {
    let device = Backend::Flex.device().expect("Flex");
    let run = |network: &Network, shape: [usize; 4]| {
        forward::training(network, Tensor::zeros(shape, &device), Precision::F32, 1)
            .map(|pass| pass.logits.dims())
            .map_err(|error| error.kind())
    };
    let model = untrained("all-cnn-c", Regularisation::BatchNorm, 1).expect("known");
    let network = Network::new(model, &device).expect("sound");
    assert_eq!(run(&network, [2, 3, 24, 20]), Ok([2, 10]));
    assert_eq!(run(&network, [1, 3, 24, 24]), Ok([1, 10]));
    for refused in [[2, 4, 24, 24], [2, 3, 4, 4], [0, 3, 32, 32]] {
        assert_eq!(run(&network, refused), Err(ErrorKind::ShapeMismatch), "{refused:?}");
    }
    let flat = Network::new(flat_model(network.info()), &device).expect("sound");
    assert_eq!(run(&flat, [2, 3, 32, 32]), Ok([2, 10]));
    assert_eq!(run(&flat, [2, 3, 24, 24]), Err(ErrorKind::ShapeMismatch));
}

#[test]
fn other_shapes_and_architectures_are_refused() {
    let device = Backend::Flex.device().expect("Flex");
    let network = Network::new(zoo::seeded("model-c", 3).expect("known"), &device).expect("sound");
    let small = Tensor::<4>::zeros([2, 3, 16, 16], &device);
    let error = forward::logits(&network, small, Precision::F32).expect_err("16 pixels");
    assert_eq!(error.kind(), ErrorKind::ShapeMismatch);
    for name in ["efficientnet-lite0", "resnet"] {
        let error = untrained(name, Regularisation::BatchNorm, 1).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
    }
}
