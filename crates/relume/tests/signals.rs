//! The signal at layers on its way to the picture.

use std::collections::BTreeSet;
use std::path::Path;

use relume::safetensors::Archive;
use relume::{Backend, ErrorKind, Model, Network, Numbers, ReluRule, Target, Trace, zoo};

fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/goldens")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn odd() -> Model {
    Model::read(&golden("odd.model.safetensors")).expect("a sound model")
}

/// A run on the input of the case's golden.
fn trace(model: Model, case: &str, backend: Backend) -> Trace {
    let device = backend.device().expect("a backend");
    let network = Network::new(model, &device).expect("a sound model");
    let bytes = golden(&format!("{case}.safetensors"));
    let input = Archive::parse(&bytes)
        .and_then(|archive| archive.array("input"))
        .expect("an input");
    let input = network.input(input.data, &device).expect("a sound input");
    network.forward(input).expect("a run")
}

#[test]
fn they_are_those_that_pytorchs_hooks_see() {
    let bytes = golden("signals.safetensors");
    let expected = Archive::parse(&bytes).expect("a sound golden");
    for (case, class, model) in [
        ("odd", 3, odd()),
        ("all-cnn-c", 4, zoo::seeded("all-cnn-c", 1).expect("a network")),
    ] {
        for backend in Backend::ALL {
            let trace = trace(model.clone(), case, backend);
            for rule in ReluRule::ALL {
                let of_rule = format!("{case}/{rule}/");
                let names: Vec<&str> = expected
                    .names()
                    .filter_map(|name| name.strip_prefix(&*of_rule))
                    .collect();
                let layers: BTreeSet<&str> = names.iter().filter_map(|name| Some(name.split_once('.')?.1)).collect();
                let layers: Vec<&str> = layers.into_iter().collect();
                assert!(layers.len() >= 3, "{case}: {layers:?}");
                let (_, signals) = trace
                    .backward_with_signals(&Target::class(class), rule, &layers)
                    .expect("a backward pass");
                let mut compared = 0;
                for signal in signals {
                    let signal = signal.read().expect("numbers");
                    let both = [("signal", Some(signal.signal)), ("passed", signal.passed)];
                    for (what, found) in both.into_iter().filter_map(|(what, found)| Some((what, found?))) {
                        let name = format!("{of_rule}{what}.{}", signal.layer);
                        let wanted = expected.array(&name).expect("in the golden");
                        assert_eq!(wanted.shape, found.shape, "{name}");
                        let most = wanted.data.iter().fold(0f32, |most, value| most.max(value.abs()));
                        let apart = wanted
                            .data
                            .iter()
                            .zip(&found.data)
                            .fold(0f32, |apart, (a, b)| apart.max((a - b).abs()));
                        assert!(apart <= 1e-4 * most, "{name}, {backend}: {apart} apart, of {most}");
                        compared += 1;
                    }
                }
                assert_eq!(compared, names.len(), "{of_rule}");
            }
        }
    }
}

#[test]
fn a_map_is_the_same_whichever_layers_are_asked_for() {
    let trace = trace(odd(), "odd", Backend::Flex);
    for rule in ReluRule::ALL {
        let alone = trace
            .backward(&Target::class(3), rule)
            .and_then(relume::Attribution::read)
            .expect("a map");
        let most = alone.data.iter().fold(0f32, |most, value| most.max(value.abs()));
        let plan = trace.network().plan();
        let every: Vec<&str> = plan
            .layers
            .iter()
            .map(|layer| layer.spec.name.as_str())
            .filter(|name| *name != "softmax")
            .collect();
        let one_by_one = every.iter().map(std::slice::from_ref);
        for asked in one_by_one.chain([&*every]) {
            let (map, signals) = trace
                .backward_with_signals(&Target::class(3), rule, asked)
                .expect("a backward pass");
            let map = map.read().expect("a map");
            assert_eq!(map.relus, alone.relus, "{asked:?}");
            // With a batch normalisation that is part of a convolution or not: to rounding.
            let apart = map
                .data
                .iter()
                .zip(&alone.data)
                .fold(0f32, |apart, (a, b)| apart.max((a - b).abs()));
            assert!(apart <= 1e-6 * most, "{asked:?}: {apart} of {most}");
            let layers: Vec<&str> = signals.iter().map(relume::Signal::layer).collect();
            assert_eq!(layers, asked);
        }
    }
}

#[test]
fn at_a_relu_what_passes_is_what_its_rule_says() {
    let trace = trace(
        zoo::seeded("all-cnn-c", 1).expect("a network"),
        "all-cnn-c",
        Backend::Flex,
    );
    let plan = trace.network().plan();
    let names = plan.layers.iter().map(|planned| planned.spec.name.as_str());
    let relus: Vec<&str> = names.filter(|name| name.starts_with("relu")).collect();
    assert_eq!(relus.len(), 9);
    for rule in ReluRule::ALL {
        let (_, signals) = trace
            .backward_with_signals(&Target::top(), rule, &relus)
            .expect("a backward pass");
        for signal in signals {
            let signal = signal.read().expect("numbers");
            let Numbers { data, .. } = signal.passed.expect("one input");
            // The activation is above 0 where the input was.
            let (f, _) = relume::read(trace.activation(&signal.layer).expect("a layer")).expect("numbers");
            let wanted = rule.backward_values(&f, &signal.signal.data).expect("numbers");
            assert_eq!(data, wanted, "{} by {rule}", signal.layer);
        }
    }
}

#[test]
fn a_layer_that_no_signal_passes_is_an_error() {
    let trace = trace(odd(), "odd", Backend::Flex);
    let refused = |target: &str, layer: &str| {
        let target: Target = target.parse().expect("a target");
        let error = trace
            .backward_with_signals(&target, ReluRule::Guided, &["conv1", layer])
            .expect_err("a refusal");
        assert_eq!(error.kind(), ErrorKind::InvalidTarget);
        error.message().to_owned()
    };
    assert!(refused("class:3", "conv9").contains("there is no layer `conv9`"));
    assert_eq!(
        refused("class:3", "softmax"),
        "no signal passes `softmax` on its way from `linear2` to the picture"
    );
    assert_eq!(
        refused("conv3:1", "relu3"),
        "no signal passes `relu3` on its way from `conv3` to the picture"
    );
    assert_eq!(refused("class:3", "conv1"), "the signal at `conv1` is asked for twice");
    // The target's own layer is where it begins.
    let (_, signals) = trace
        .backward_with_signals(&Target::unit("conv3", 1), ReluRule::Guided, &["conv3"])
        .expect("a backward pass");
    let start = signals[0].clone().read().expect("numbers").signal.data;
    assert_eq!(start.iter().sum::<f32>(), 1.0);
    assert_eq!(start.iter().filter(|value| **value != 0.0).count(), 1);
}
