//! What the engine says of targets, of runs that overflow and of networks that ask too much.

use std::collections::BTreeMap;

use relume::graph::{Conv2dSpec, ReluSpec};
use relume::graph::{LayerKind, LayerSpec};
use relume::model::ModelInfo;
use relume::picture::{DrawOptions, InputSpec, Picture, draw};
use relume::safetensors::Array;
use relume::{Attribution, AttributionMap, Backend, Model, Network, ReluRule, Result, Target, Trace, zoo};

fn info(side: usize, classes: usize) -> ModelInfo {
    ModelInfo {
        name: "small".to_owned(),
        title: "Small".to_owned(),
        licence: "CC0-1.0".to_owned(),
        source: "a test".to_owned(),
        input: InputSpec {
            shape: [3, side, side],
            range: [0.0, 1.0],
            mean: vec![0.0; 3],
            std: vec![1.0; 3],
            crop: 1.0,
        },
        classes: (0..classes).map(|class| class.to_string()).collect(),
    }
}

fn conv(out_channels: usize, kernel: usize, padding: usize) -> Conv2dSpec {
    Conv2dSpec {
        padding: [padding; 4],
        bias: false,
        ..Conv2dSpec::new(out_channels, [kernel; 2])
    }
}

/// conv (1×1, three channels to two) -> relu -> global_pool -> softmax, over 2×2 pixels.
fn small(weights: [f32; 6]) -> Network {
    let layers = vec![
        LayerSpec::new("conv", LayerKind::Conv2d(conv(2, 1, 0)), &["input"]),
        LayerSpec::new("relu", LayerKind::Relu(ReluSpec { max: Some(6.0) }), &["conv"]),
        LayerSpec::new(
            "pool",
            LayerKind::GlobalAvgPool(relume::graph::GlobalAvgPoolSpec {}),
            &["relu"],
        ),
        LayerSpec::new("softmax", LayerKind::Softmax(relume::graph::SoftmaxSpec {}), &["pool"]),
    ];
    let weight = Array {
        shape: vec![2, 3, 1, 1],
        data: weights.to_vec(),
    };
    let model = Model::new(info(2, 2), layers, BTreeMap::from([("conv.weight".to_owned(), weight)])).expect("sound");
    Network::new(model, &Backend::Flex.device().expect("a device")).expect("sound")
}

fn run(network: &Network, value: f32) -> Trace {
    let device = Backend::Flex.device().expect("a device");
    let input = network.input(vec![value; 12], &device).expect("an input");
    network.forward(input).expect("a run")
}

fn explain(trace: &Trace, target: &str, rule: ReluRule) -> Result<AttributionMap> {
    trace.backward(&target.parse()?, rule)?.read()
}

#[test]
fn a_unit_is_found_and_its_map_is_the_gradient() {
    let trace = run(&small([1.0, -1.0, 0.5, -1.0, 0.0, 0.0]), 1.0);
    let map = explain(&trace, "conv:0@1,0", ReluRule::Backprop).expect("a map");
    assert_eq!(
        (map.target.channel, map.target.at, map.target.value, map.relus),
        (0, (1, 0), 0.5, 0)
    );
    // One pixel (row 1, column 0), the kernel's weights in the three channels.
    assert_eq!(map.data, [0., 0., 1., 0., 0., 0., -1., 0., 0., 0., 0.5, 0.]);
    // A target in a convolution's output passes no ReLU, even where its value is negative.
    let negative = explain(&trace, "conv:1@0,0", ReluRule::Guided).expect("a map");
    assert_eq!(
        (negative.target.value, negative.data[0], negative.warning),
        (-1.0, -1.0, None)
    );
    // Equal values everywhere: the first position is the strongest.
    assert_eq!(
        explain(&trace, "relu:0", ReluRule::Guided).expect("a map").target.at,
        (0, 0)
    );
    assert_eq!(
        explain(&trace, "top", ReluRule::Guided).expect("a map").target.channel,
        0
    );
}

#[test]
fn a_zero_map_says_why() {
    let trace = run(&small([1.0, -1.0, 0.5, -1.0, 0.0, 0.0]), 1.0);
    let reason = |target: &str, rule| {
        let map = explain(&trace, target, rule).expect("a map");
        assert!(map.data.iter().all(|&value| value == 0.0), "{target} {rule}");
        let warning = map.warning.expect("a warning");
        assert_eq!(warning.code, "zero-gradient");
        warning.message
    };
    for rule in [ReluRule::Backprop, ReluRule::Guided] {
        assert!(reason("relu:1", rule).contains("does not fire"), "{rule}");
    }
    // The deconvnet ignores what went forward: its map of the same unit is not zero.
    let map = explain(&trace, "relu:1", ReluRule::Deconvnet).expect("a map");
    assert_eq!((map.data[0], map.warning), (-1.0, None));
    let clipped = run(&small([1.0, 1.0, 1.0, 0.0, 0.0, 0.0]), 5.0);
    let map = explain(&clipped, "relu:0", ReluRule::Guided).expect("a map");
    assert!(map.warning.expect("a warning").message.contains("clipped"));
}

#[test]
fn what_is_no_target_is_refused() {
    let trace = run(&small([1.0; 6]), 1.0);
    for (target, word) in [
        ("class:2", "classes 0 to 1"),
        ("nowhere:0", "the layers are conv, relu"),
        ("conv:2", "channels 0 to 1"),
        ("conv:0@2,0", "2 rows by 2 columns"),
        ("conv:0@0,2", "(0, 2)"),
        ("softmax:0", "explain a logit"),
    ] {
        let error = explain(&trace, target, ReluRule::Guided).expect_err(target);
        assert_eq!(error.code(), "invalid-target", "{target}");
        assert!(error.message().contains(word), "{target}: {error}");
    }
    let error = trace
        .backward(&Target::top().at(0, 0), ReluRule::Guided)
        .expect_err("no position");
    assert_eq!(error.code(), "invalid-target", "{error}");
    assert_eq!(
        explain(&trace, "class:1", ReluRule::Guided).map(|map| map.target.channel),
        Ok(1)
    );
}

#[test]
fn numbers_that_overflow_are_said_to() {
    let trace = run(&small([3e38, 3e38, 0.0, 0.0, 0.0, 0.0]), 100.0);
    let error = explain(&trace, "conv:0", ReluRule::Backprop).expect_err("an infinite unit");
    assert_eq!(error.code(), "not-finite", "{error}");
    let layers = vec![
        LayerSpec::new("conv", LayerKind::Conv2d(conv(2, 1, 0)), &["input"]),
        LayerSpec::new(
            "pool",
            LayerKind::GlobalAvgPool(relume::graph::GlobalAvgPoolSpec {}),
            &["conv"],
        ),
    ];
    let weight = Array {
        shape: vec![2, 3, 1, 1],
        data: vec![3e38; 6],
    };
    let model = Model::new(info(2, 2), layers, BTreeMap::from([("conv.weight".to_owned(), weight)])).expect("sound");
    let network = Network::new(model, &Backend::Flex.device().expect("a device")).expect("sound");
    let error = run(&network, 10.0).scores().expect_err("infinite scores");
    assert_eq!(error.code(), "not-finite", "{error}");
}

#[test]
fn no_activation_hides_that_numbers_overflow() {
    for (kind, backend) in [
        "elu",
        "gelu",
        "hard_sigmoid",
        "hard_swish",
        "leaky_relu",
        "mish",
        "selu",
        "sigmoid",
        "silu",
        "softplus",
        "tanh",
    ]
    .into_iter()
    .flat_map(|kind| Backend::ALL.map(|backend| (kind, backend)))
    {
        let layer = |name: &str, kind: &str, input: &str| -> LayerSpec {
            let mut layer = serde_json::json!({ "name": name, "kind": kind, "inputs": [input] });
            if kind == "leaky_relu" {
                layer["slope"] = 0.1.into();
            }
            serde_json::from_value(layer).expect("a layer")
        };
        let layers = vec![
            LayerSpec::new("conv", LayerKind::Conv2d(conv(2, 1, 0)), &["input"]),
            LayerSpec::new("difference", LayerKind::Conv2d(conv(2, 1, 0)), &["conv"]),
            layer("activation", kind, "difference"),
            layer("pool", "global_avg_pool", "activation"),
        ];
        // Infinity less infinity.
        let weight = |channels: usize, data: &[f32]| Array {
            shape: vec![2, channels, 1, 1],
            data: data.repeat(2),
        };
        let arrays = BTreeMap::from([
            ("conv.weight".to_owned(), weight(3, &[3e38; 3])),
            ("difference.weight".to_owned(), weight(2, &[1.0, -1.0])),
        ]);
        let model = Model::new(info(2, 2), layers, arrays).expect("sound");
        let network = Network::new(model, &backend.device().expect("a device")).expect("sound");
        let picture = network
            .input(vec![10.0; 12], &backend.device().expect("a device"))
            .expect("numbers");
        let code = network
            .forward(picture)
            .and_then(|trace| trace.scores())
            .map_err(|error| error.code());
        assert_eq!(code, Err("not-finite"), "{kind} on {backend}");
    }
}

#[test]
fn inputs_of_another_shape_or_not_finite_are_refused() {
    let network = small([1.0; 6]);
    let device = Backend::Flex.device().expect("a device");
    let code = |values: Vec<f32>| network.input(values, &device).map(|_| ()).map_err(|error| error.code());
    assert_eq!(code(vec![0.0; 11]), Err("shape-mismatch"));
    assert_eq!(code(vec![f32::NAN; 12]), Err("not-finite"));
    assert_eq!(code(vec![0.0; 12]), Ok(()));
    let wrong = burn::tensor::Tensor::zeros([1, 3, 3, 2], &device);
    assert_eq!(
        network.forward(wrong).map(|_| ()).map_err(|error| error.code()),
        Err("shape-mismatch")
    );
}

/// A network that looks at grey pictures: one plane in, one plane back.
#[test]
fn a_network_of_one_channel_sees_luminance_and_its_map_is_one_plane() {
    let mut info = info(2, 2);
    info.input = InputSpec {
        shape: [1, 2, 2],
        range: [0.0, 255.0],
        mean: vec![0.5],
        std: vec![0.25],
        ..info.input
    };
    let layers = vec![
        LayerSpec::new("conv", LayerKind::Conv2d(conv(2, 1, 0)), &["input"]),
        LayerSpec::new(
            "pool",
            LayerKind::GlobalAvgPool(relume::graph::GlobalAvgPoolSpec {}),
            &["conv"],
        ),
    ];
    let weight = Array {
        shape: vec![2, 1, 1, 1],
        data: vec![4.0, -8.0],
    };
    let model = Model::new(info, layers, BTreeMap::from([("conv.weight".to_owned(), weight)])).expect("sound");
    let bytes = model.write(relume::safetensors::Dtype::F32).expect("bytes");
    for backend in Backend::ALL {
        let device = backend.device().expect("a device");
        let network = Network::load(&bytes, &device).expect("sound");
        // Red, green, blue, and white behind what is transparent.
        let pixels = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [9, 9, 9, 0]];
        let picture = Picture::from_rgba(pixels.as_flattened(), 2, 2).expect("sound");
        let prepared = picture.prepare(&network.info().input).expect("it fits");
        assert_eq!(
            prepared.view.chunks(4).map(|pixel| pixel[0]).collect::<Vec<_>>(),
            [76, 150, 29, 255]
        );
        // (76 - 0.5) / 0.25 and so on.
        assert_eq!(prepared.tensor, [302.0, 598.0, 114.0, 1018.0]);
        let trace = network
            .forward(network.input(prepared.tensor, &device).expect("four numbers"))
            .expect("it runs");
        let map = explain(&trace, "class:1", ReluRule::Guided).expect("a map");
        assert_eq!(
            (map.shape, map.data.as_slice()),
            ([1, 2, 2], &[-2.0; 4][..]),
            "{backend}"
        );
        let drawing = draw(&map.data, map.shape, &DrawOptions::default(), Some(&prepared.view)).expect("one plane");
        assert_eq!((drawing.width, drawing.height), (2, 2));
    }
}

/// Files of a few kilobytes that would have the engine allocate or compute beyond all measure.
#[test]
fn networks_that_ask_too_much_are_refused_before_anything_is_allocated() {
    let wide = LayerKind::Conv2d(conv(1 << 18, 1, 0));
    let depthwise = Conv2dSpec {
        groups: 1 << 18,
        stride: [1024; 2],
        ..conv(1 << 18, 1, 1024)
    };
    let dilated = Conv2dSpec {
        dilation: [1023; 2],
        ..conv(4096, 2, 0)
    };
    let pool = LayerKind::MaxPool2d(relume::graph::MaxPool2dSpec {
        kernel: [1024; 2],
        stride: [1; 2],
        padding: [0; 4],
        dilation: [1; 2],
        ceil_mode: false,
    });
    for (side, kinds) in [
        (1, vec![wide, LayerKind::Conv2d(depthwise)]),
        (1024, vec![LayerKind::Conv2d(dilated)]),
        (
            480,
            vec![LayerKind::Conv2d(conv(64, 1, 0)), LayerKind::Conv2d(conv(1, 470, 0))],
        ),
        (2048, vec![pool]),
        (600, vec![LayerKind::Conv2d(conv(1, 300, 0))]),
    ] {
        let mut layers = Vec::new();
        for (kind, index) in kinds.into_iter().zip(0..) {
            let before = if index == 0 {
                "input".to_owned()
            } else {
                format!("layer{}", index - 1)
            };
            layers.push(LayerSpec::new(format!("layer{index}"), kind, &[&before]));
        }
        let last = layers.last().map(|layer| layer.name.clone()).expect("a layer");
        let error = Model::new(info(side, 1), layers, BTreeMap::new()).expect_err("too much");
        assert_eq!(error.code(), "invalid-model");
        assert!(error.message().contains(&format!("`{last}`")), "{error}");
        assert!(
            error.message().contains("room") || error.message().contains("operations"),
            "{error}"
        );
    }
}

/// Blue, green, red: the weights are turned round, and a network that does something else first is refused.
#[test]
fn a_network_for_blue_green_red_becomes_one_for_red_green_blue() {
    let device = Backend::Flex.device().expect("a device");
    let bgr = zoo::seeded("all-cnn-c", 3).expect("a model");
    let rgb = bgr.clone().with_bgr_input().expect("it begins with a convolution");
    let plane = 32 * 32;
    let picture: Vec<f32> = (0..3 * plane).map(|at| (at as f32).sin()).collect();
    let reversed: Vec<f32> = picture.chunks(plane).rev().flatten().copied().collect();
    let map = |model: Model, numbers: Vec<f32>| {
        let network = Network::new(model, &device).expect("a network");
        let trace = network
            .forward(network.input(numbers, &device).expect("an input"))
            .expect("a trace");
        let map = trace
            .backward(&Target::class(2), ReluRule::Guided)
            .and_then(Attribution::read);
        (trace.scores().expect("scores"), map.expect("a map").data)
    };
    let (wanted_scores, wanted_map) = map(bgr, reversed);
    let (scores, found) = map(rgb, picture);
    let turned: Vec<f32> = found.chunks(plane).rev().flatten().copied().collect();
    for (found, wanted) in [(scores, wanted_scores), (turned, wanted_map)] {
        let largest = wanted.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        assert!(largest > 0.0 && found.len() == wanted.len());
        assert!(
            found
                .iter()
                .zip(&wanted)
                .all(|(found, wanted)| (found - wanted).abs() <= 1e-5 * largest)
        );
    }

    let layers = vec![
        LayerSpec::new("relu", LayerKind::Relu(ReluSpec { max: None }), &["input"]),
        LayerSpec::new(
            "mean",
            LayerKind::GlobalAvgPool(relume::graph::GlobalAvgPoolSpec {}),
            &["relu"],
        ),
    ];
    let model = Model::new(info(8, 3), layers, BTreeMap::new()).expect("a model");
    let refused = model.with_bgr_input().expect_err("a ReLU reads the picture");
    assert_eq!(refused.code(), "invalid-option");
    assert!(refused.message().contains("layer `relu`"), "{refused}");
}
