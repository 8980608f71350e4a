//! Fused steps against their layers one after the other: to the bit, and where a batch normalisation is multiplied into a
//! convolution's weights to the rounding that this costs.

use burn::tensor::Tensor;

use super::*;
use crate::graph::{
    AddSpec, AvgPool2dSpec, BatchNormSpec, ConcatSpec, Conv2dSpec, GlobalAvgPoolSpec, LayerKind, LayerSpec, LinearSpec,
    MaxPool2dSpec, ReluSpec,
};
use crate::network::Trace;
use crate::safetensors::Array;
use crate::splitmix64::uniform;
use crate::{Backend, Lrp, Model, Network, ReluRule, Target, read, zoo};

#[path = "concat_steps_tests.rs"]
mod concat_steps_tests;
#[path = "random_steps_tests.rs"]
mod random_steps_tests;

/// Of many kinds of layer, with several paths from the picture to the logits.
const ODD: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/goldens/odd.model.safetensors"
));

/// Of every activation, each over a convolution that a kernel computes.
const ACTIVATIONS: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/goldens/activations.model.safetensors"
));

/// Of products, slices, shuffled channels and normalisations over channels.
const BLOCKS: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/goldens/blocks.model.safetensors"
));

/// How far two results may lie apart, relative to the largest number.
const ROUNDING: f32 = 1e-5;

/// Whether two tensors are the same to the bit, or, if `rounded`, to rounding.
fn same<const D: usize>(a: Tensor<D>, b: Tensor<D>, rounded: bool) -> bool {
    let [a, b] = [a, b].map(|tensor| read(tensor).expect("numbers").0);
    let largest = b.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let close = |(a, b): (&f32, &f32)| {
        if rounded {
            (a - b).abs() <= ROUNDING * largest
        } else {
            a.to_bits() == b.to_bits()
        }
    };
    a.len() == b.len() && a.iter().zip(&b).all(close)
}

fn numbers(data: &[f32]) -> Tensor<1> {
    Tensor::from_floats(data, &Backend::Flex.device().expect("a device"))
}

/// The forward pass: by fused steps, one layer at a time, and by fused steps of weights that are kept packed.
fn traces(model: Model) -> [Trace; 3] {
    let device = Backend::Flex.device().expect("a device");
    let network = Network::new(model, &device).expect("a sound model");
    let count = network.info().input.shape.iter().product();
    let numbers = (0..count).map(|at| ((at * 7919) % 1009) as f32 / 504.5 - 1.0).collect();
    let input = network.input(numbers, &device).expect("an input");
    let run = |network: &Network, fused| Trace::run(network, input.clone(), fused, &mut |_| ());
    let [fused, plain] = [true, false].map(|fused| run(&network, fused));
    // One that was cloned before goes on as it is.
    [fused, plain, run(&network.clone().pack_weights(), true)]
}

/// Every `each`-th layer is a target, and the logits. Gives the fused steps.
fn check(model: Model, each: usize) -> Steps {
    let [fused, plain, packed] = traces(model);
    let steps = (*fused.network().fused).clone();
    let rounded = steps
        .backward
        .iter()
        .any(|step| matches!(step, BackwardStep::Fused { unit, .. } if unit.norm.is_some()));
    assert!(same(fused.logits(), plain.logits(), rounded));
    assert!(same(packed.logits(), fused.logits(), false));
    let plan = fused.network().plan.clone();
    // What is computed again is computed from what is kept: never a chain.
    let released: Vec<usize> = steps.released.concat();
    for step in steps.forward.iter().filter(|step| released.contains(&(step.end - 1))) {
        let sources = &plan.layers[step.start].sources;
        assert!(
            !released.iter().any(|layer| sources.contains(&Source::Layer(*layer))),
            "{step:?}"
        );
    }
    let layers = plan.layers[..=plan.logits].iter().enumerate();
    for (_, layer) in layers.filter(|(index, _)| index % each == 0 || *index == plan.logits) {
        let name = &layer.spec.name;
        let [activation, alone, kept] = [&fused, &plain, &packed].map(|trace| trace.activation(name).expect("a layer"));
        assert!(same(activation.clone(), alone, rounded), "{name}");
        assert!(same(kept, activation, rounded), "{name}, packed");
        let target = Target::unit(name, 0);
        for rule in ReluRule::ALL {
            let maps = [&fused, &plain, &packed].map(|trace| trace.backward(&target, rule).expect("a map"));
            let [fused, plain, packed] = maps.map(|map| map.map().clone());
            assert!(same(fused.clone(), plain, rounded), "{name} by {rule}");
            assert!(same(packed, fused, rounded), "{name} by {rule}, packed");
        }
        let relevance = |trace: &Trace| trace.lrp(&target, Lrp { epsilon: 0.1 });
        match [&fused, &plain, &packed].map(relevance) {
            [Ok(fused), Ok(plain), Ok(packed)] => {
                let [fused, plain, packed] = [fused, plain, packed].map(|map| numbers(&map.data));
                assert!(same(fused.clone(), plain, rounded), "{name} by lrp");
                assert!(same(packed, fused, rounded), "{name} by lrp, packed");
            }
            refused => {
                let codes = refused.map(|map| map.map_err(|error| error.code()).err());
                assert_eq!(codes, [Some("invalid-option"); 3], "{name}");
            }
        }
    }
    steps
}

/// Three layers read the first one, and between a ReLU and the depthwise layer after it stand two others; the ReLU reads the
/// first layer itself, or by way of a pointwise one.
fn crossed(pointwise: bool) -> Model {
    let conv = |name: &str, input: &str, size: usize, groups: usize| {
        let spec = Conv2dSpec {
            padding: [size / 2; 4],
            groups,
            ..Conv2dSpec::new(10, [size; 2])
        };
        LayerSpec::new(name, LayerKind::Conv2d(spec), &[input])
    };
    let relu = |input: &str| LayerSpec::new("r", LayerKind::Relu(ReluSpec { max: None }), &[input]);
    let mut layers = vec![conv("s", "input", 3, 1)];
    if pointwise {
        layers.extend([conv("p", "s", 1, 1), relu("p")]);
    } else {
        layers.push(relu("s"));
    }
    layers.extend([
        conv("x", "s", 3, 1),
        conv("y", "s", 3, 1),
        conv("d", "r", 3, 10),
        LayerSpec::new("sum", LayerKind::Add(AddSpec {}), &["x", "y", "d"]),
        LayerSpec::new("pool", LayerKind::GlobalAvgPool(GlobalAvgPoolSpec {}), &["sum"]),
    ]);
    seeded(&layers)
}

/// Over the input of All-CNN-C.
fn seeded(layers: &[LayerSpec]) -> Model {
    let info = of_zoo("all-cnn-c").info().clone();
    let plan = Plan::new(info.input.shape, layers).expect("a sound graph");
    let arrays = plan.layers.iter().zip(0u64..).flat_map(|(layer, seed)| {
        layer.parameters().into_iter().map(move |parameter| {
            let count: usize = parameter.shape.iter().product();
            // A variance is positive.
            let offset = if parameter.name == "running_var" { 1.5 } else { 0.0 };
            let data = (0..count as u64)
                .map(|at| uniform((seed << 32) + at) + offset)
                .collect();
            let array = Array {
                shape: parameter.shape,
                data,
            };
            (format!("{}.{}", layer.spec.name, parameter.name), array)
        })
    });
    Model::new(info, layers.to_vec(), arrays.collect()).expect("a sound model")
}

fn conv(channels: usize, size: usize, stride: usize, groups: usize) -> LayerKind {
    LayerKind::Conv2d(Conv2dSpec {
        stride: [stride; 2],
        padding: [size / 2; 4],
        groups,
        ..Conv2dSpec::new(channels, [size; 2])
    })
}

fn relu(max: Option<f32>) -> LayerKind {
    LayerKind::Relu(ReluSpec { max })
}

fn max_pool(size: usize, stride: usize) -> LayerKind {
    LayerKind::MaxPool2d(MaxPool2dSpec {
        kernel: [size; 2],
        stride: [stride; 2],
        padding: [size / 2; 4],
        dilation: [1, 1],
        ceil_mode: false,
    })
}

/// A network as it comes from training, its batch normalisations still there: after a convolution with and without a ReLU, after
/// a depthwise and a pointwise one, after a sum, after a pooling and a concatenation; one convolution is read by another layer
/// besides its normalisation.
fn as_trained() -> Model {
    let layer = LayerSpec::new;
    let norm = || LayerKind::BatchNorm(BatchNormSpec { epsilon: 1e-3 });
    seeded(&[
        layer("stem", conv(20, 3, 2, 1), &["input"]),
        layer("stem_norm", norm(), &["stem"]),
        layer("stem_relu", relu(Some(6.0)), &["stem_norm"]),
        layer("expand", conv(40, 1, 1, 1), &["stem_relu"]),
        layer("expand_norm", norm(), &["expand"]),
        layer("expand_relu", relu(Some(6.0)), &["expand_norm"]),
        layer("depthwise", conv(40, 3, 1, 40), &["expand_relu"]),
        layer("depthwise_norm", norm(), &["depthwise"]),
        layer("depthwise_relu", relu(Some(6.0)), &["depthwise_norm"]),
        layer("project", conv(20, 1, 1, 1), &["depthwise_relu"]),
        layer("project_norm", norm(), &["project"]),
        layer("sum", LayerKind::Add(AddSpec {}), &["project_norm", "stem_relu"]),
        layer("sum_relu", relu(None), &["sum"]),
        layer("pool", max_pool(3, 2), &["sum_relu"]),
        layer("pool_norm", norm(), &["pool"]),
        layer("pool_relu", relu(None), &["pool_norm"]),
        layer("left", conv(16, 3, 1, 1), &["pool_relu"]),
        layer("left_norm", norm(), &["left"]),
        layer("right", conv(12, 1, 1, 1), &["pool_relu"]),
        layer("right_relu", relu(None), &["right"]),
        layer(
            "both",
            LayerKind::Concat(ConcatSpec {}),
            &["left", "left_norm", "right_relu"],
        ),
        layer("both_norm", norm(), &["both"]),
        layer("last", conv(10, 3, 1, 1), &["both_norm"]),
        layer("last_norm", norm(), &["last"]),
        layer("mean", LayerKind::GlobalAvgPool(GlobalAvgPoolSpec {}), &["last_norm"]),
    ])
}

/// What is rare: the picture read by a ReLU, a concatenation and a sum, a layer that a concatenation reads both directly and through
/// its ReLU, groups with channels left over, an average pooling after a ReLU, a fully connected convolution and logits
/// that are normalised.
fn odd_ends() -> Model {
    let layer = LayerSpec::new;
    let norm = || LayerKind::BatchNorm(BatchNormSpec { epsilon: 1e-3 });
    let average = LayerKind::AvgPool2d(AvgPool2dSpec {
        kernel: [3, 3],
        stride: [2, 2],
        padding: [1; 4],
        ceil_mode: true,
        count_include_pad: false,
    });
    seeded(&[
        layer("positive", relu(None), &["input"]),
        layer(
            "both",
            LayerKind::Concat(ConcatSpec {}),
            &["positive", "input", "input"],
        ),
        layer("sum", LayerKind::Add(AddSpec {}), &["input", "input"]),
        layer("all", LayerKind::Concat(ConcatSpec {}), &["both", "sum"]),
        layer("normal", norm(), &["all"]),
        layer("groups", conv(15, 3, 1, 3), &["normal"]),
        layer("groups_norm", norm(), &["groups"]),
        layer("groups_relu", relu(None), &["groups_norm"]),
        layer("average", average, &["groups_relu"]),
        layer("spread", max_pool(7, 1), &["average"]),
        layer("s", conv(7, 1, 1, 1), &["spread"]),
        layer("r", relu(None), &["s"]),
        layer("again", LayerKind::Concat(ConcatSpec {}), &["r", "s", "s"]),
        layer("twice", LayerKind::Concat(ConcatSpec {}), &["again", "s"]),
        layer("narrow", conv(2, 3, 1, 1), &["twice"]),
        layer("mean", LayerKind::GlobalAvgPool(GlobalAvgPoolSpec {}), &["narrow"]),
        layer("dense", conv(20, 1, 1, 1), &["mean"]),
        layer("dense_norm", norm(), &["dense"]),
        layer("dense_relu", relu(None), &["dense_norm"]),
        layer(
            "logits",
            LayerKind::Linear(LinearSpec {
                out_features: 10,
                bias: true,
            }),
            &["dense_relu"],
        ),
        layer("logits_norm", norm(), &["logits"]),
    ])
}

fn of_zoo(name: &str) -> Model {
    zoo::seeded(name, 1).expect("a network of the zoo")
}

#[test]
fn fused_steps_give_what_their_layers_give_one_after_the_other() {
    check(Model::read(ODD).expect("a sound model"), 1);
    check(Model::read(ACTIVATIONS).expect("a sound model"), 1);
    check(Model::read(BLOCKS).expect("a sound model"), 1);
    check(crossed(true), 1);
    check(crossed(false), 1);
    check(of_zoo("model-c"), 3);
    let steps = check(of_zoo("squeezenet-1.1"), 12);
    let gated = |step: &BackwardStep| matches!(step, BackwardStep::Fused { relu: Some(_), .. });
    assert!(steps.backward.iter().any(gated));
    let steps = check(of_zoo("all-cnn-c"), 5);
    assert_eq!(steps.forward[0], 0..2);
    let steps = check(of_zoo("efficientnet-lite0"), 40);
    let bands = |step: &BackwardStep| matches!(step, BackwardStep::Bands { .. });
    assert!(steps.backward.iter().any(bands));

    check(odd_ends(), 1);
    let steps = check(as_trained(), 1);
    assert!(steps.backward.iter().any(bands));
    let steps: Vec<usize> = steps.forward.iter().map(Range::len).collect();
    // Of the stem, its two followers and the projection with their normalisations, the sum with its ReLU, …
    assert_eq!(steps, [3, 3, 3, 2, 2, 1, 2, 1, 1, 2, 1, 1, 2, 1]);
}

/// Two thousand layers without a ReLU, whose outputs no backward pass needs; and a sum that reads one of them many times.
#[test]
fn a_long_chain_is_not_computed_again_from_its_beginning() {
    let pairs = 1000;
    let conv = || LayerKind::Conv2d(Conv2dSpec::new(3, [1, 1]));
    let norm = || LayerKind::BatchNorm(BatchNormSpec { epsilon: 1e-3 });
    let mut layers = Vec::new();
    let mut before = "input".to_owned();
    for pair in 0..pairs {
        let [convolution, normalised] = ["conv", "norm"].map(|kind| format!("{kind}{pair}"));
        layers.push(LayerSpec::new(&convolution, conv(), &[&before]));
        layers.push(LayerSpec::new(&normalised, norm(), &[&convolution]));
        before = normalised;
    }
    let sources = vec![before.as_str(); 200];
    layers.push(LayerSpec::new("sum", LayerKind::Add(AddSpec {}), &sources));
    layers.push(LayerSpec::new(
        "classes",
        LayerKind::Conv2d(Conv2dSpec::new(10, [1, 1])),
        &["sum"],
    ));
    layers.push(LayerSpec::new(
        "mean",
        LayerKind::GlobalAvgPool(GlobalAvgPoolSpec {}),
        &["classes"],
    ));
    let [fused, ..] = traces(seeded(&layers));
    let steps = (*fused.network().fused).clone();
    assert!(
        steps.released.iter().flatten().count() > pairs / 3,
        "that there is something to compute again"
    );
    for name in ["norm0", "norm998", "norm999", "conv500", "sum"] {
        assert_eq!(fused.activation(name).expect("a layer").dims()[1], 3);
    }
}

/// A packed network is still the model that it was loaded from; with a batch normalisation to rounding.
#[test]
fn a_packed_network_gives_its_model_back() {
    let device = Backend::Flex.device().expect("a device");
    for (model, rounding) in [(of_zoo("model-c"), 0.0), (as_trained(), 1e-6)] {
        let network = Network::new(model.clone(), &device)
            .expect("a sound model")
            .pack_weights();
        let packed = |layer: &Layer| matches!(layer, Layer::Conv2d(conv) if conv.is_packed());
        assert!(network.layers().iter().any(packed));
        let again = network.to_model().expect("a model");
        for (name, array) in &model.arrays {
            let close = |(a, b): (&f32, &f32)| (a - b).abs() <= rounding * b.abs();
            assert!(again.arrays[name].data.iter().zip(&array.data).all(close), "{name}");
        }
    }
}
