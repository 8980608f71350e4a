//! Methods beyond one backward pass, against Captum. `tests/goldens/methods.py` makes the golden.

use std::path::Path;

use relume::safetensors::{Archive, Array};
use relume::{
    Backend, Baseline, Change, IntegratedGradients, Model, Network, Occlusion, Quadrature, Refining, ReluRule,
    SmoothGrad, Target, Trace,
};

/// What the golden's maps were made with.
struct Case {
    name: &'static str,
    class: usize,
    /// Of Grad-CAM.
    layer: &'static str,
    /// Of occlusion.
    window: [usize; 2],
    stride: [usize; 2],
}

const CASES: [Case; 3] = [
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
const SAMPLES: usize = 4;
/// Of a network for photographs only this square is kept.
const KEPT: usize = 64;

fn file(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn model(case: &str) -> Model {
    let path = match case {
        "odd" => "tests/goldens/odd.model.safetensors",
        "all-cnn-c-trained" => "www/models/all-cnn-c.safetensors",
        _ => "www/models/squeezenet-1.1.safetensors",
    };
    Model::read(&file(path)).expect("a model")
}

/// A run of the case's input.
fn trace(case: &str, backend: Backend) -> Trace {
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

fn photograph(network: &Network, case: &str) -> Vec<f32> {
    let bytes = file(&format!("tests/goldens/{case}.png"));
    let pixels = image::load_from_memory(&bytes).expect("a picture").to_rgba8();
    let picture = relume::picture::Picture::from_rgba(pixels.as_raw(), pixels.width(), pixels.height());
    let prepared = picture.and_then(|picture| picture.prepare(&network.info().input));
    prepared.expect("a picture").tensor
}

fn noise(numbers: usize) -> Vec<f32> {
    (0..SAMPLES * numbers)
        .map(|at| (0.3 * (1.234 * at as f64).sin()) as f32)
        .collect()
}

/// The square in the middle of each plane.
fn middle(data: &[f32], [channels, height, width]: [usize; 3]) -> Vec<f32> {
    let (top, left) = ((height - KEPT) / 2, (width - KEPT) / 2);
    let rows =
        (0..channels).flat_map(|channel| (top..top + KEPT).map(move |row| (channel * height + row) * width + left));
    rows.flat_map(|first| data[first..first + KEPT].to_vec()).collect()
}

/// The largest difference, relative to the largest magnitude that is wanted.
fn difference(found: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(found.len(), wanted.len());
    let largest = wanted.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    assert!(largest > 0.0);
    let apart = found.iter().zip(wanted).map(|(found, wanted)| (found - wanted).abs());
    apart.fold(0.0, f32::max) / largest
}

fn refined(trace: &Trace, class: usize, method: Refining) -> (Vec<f32>, [usize; 3]) {
    let mut refinement = trace.refine(&Target::class(class), method).expect("sound options");
    let map = refinement.finish().expect("a map");
    assert_eq!(refinement.done(), refinement.steps());
    assert_eq!(map.target.channel, class);
    (map.data, map.shape)
}

#[test]
fn every_method_is_captums() {
    let bytes = file("tests/goldens/methods.safetensors");
    let golden = Archive::parse(&bytes).expect("a golden");
    let about: serde_json::Value =
        serde_json::from_str(golden.metadata("methods").expect("a description")).expect("JSON");
    for case in CASES {
        let Case {
            name: case,
            class,
            layer,
            window,
            stride,
        } = case;
        // NdArray is slow, and every number of the small network goes through it.
        let backends: &[Backend] = if case == "odd" { &Backend::ALL } else { &[Backend::Flex] };
        for backend in backends {
            let trace = trace(case, *backend);
            let target = Target::class(class);
            let cam = trace.grad_cam(&target, layer).expect("a map");
            let integrated = |steps, quadrature| {
                Refining::IntegratedGradients(IntegratedGradients {
                    steps,
                    quadrature,
                    baseline: Baseline::Zero,
                })
            };
            let numbers = trace.picture().dims().iter().product();
            let smoothgrad = Refining::SmoothGrad(SmoothGrad {
                rule: ReluRule::Guided,
                noise: Some(noise(numbers)),
                ..SmoothGrad::default()
            });
            let occlusion = Refining::Occlusion(Occlusion {
                window,
                stride: Some(stride),
                baseline: 0.25,
            });
            let map = |map: relume::AttributionMap| (map.data, map.shape);
            let (occluded, shape @ [_, height, width]) = refined(&trace, class, occlusion);
            assert_eq!(
                occluded[..height * width],
                occluded[height * width * 2..],
                "the same for each channel"
            );
            for (method, (data, shape)) in [
                ("input-x-gradient", map(trace.input_x_gradient(&target).expect("a map"))),
                (
                    "integrated-gradients",
                    refined(&trace, class, integrated(64, Quadrature::GaussLegendre)),
                ),
                (
                    "integrated-gradients.middle",
                    refined(&trace, class, integrated(12, Quadrature::Middle)),
                ),
                ("smoothgrad", refined(&trace, class, smoothgrad)),
                ("cam", (cam.cam.clone(), cam.cam_shape)),
                ("grad-cam", map(cam.map.clone())),
                (
                    "guided-grad-cam",
                    map(trace.guided_grad_cam(&target, layer).expect("a map")),
                ),
                (
                    "occlusion",
                    (occluded[..height * width].to_vec(), [1, shape[1], shape[2]]),
                ),
            ] {
                let Array { data: wanted, .. } = golden.array(&format!("{case}/{method}")).expect("in the golden");
                let found = if data.len() == wanted.len() {
                    data
                } else {
                    middle(&data, shape)
                };
                // Where rounding turns a unit, Captum in f32 is as far from itself in f64.
                let own = about["difference_f32_f64"][format!("{case}/{method}")]
                    .as_f64()
                    .expect("a number") as f32;
                let bound = if own > 1e-4 { 3.0 * own } else { 1e-4 };
                let apart = difference(&found, &wanted);
                assert!(apart < bound, "{case}, {backend}, {method}: {apart:e}");
            }
            let wanted = |name: &str| golden.array(&format!("{case}/{name}")).expect("in the golden").data;
            for (name, change) in [("deletion", Change::Deletion), ("insertion", Change::Insertion)] {
                let curve = trace
                    .curve(&target, &occluded[..height * width], change, 6)
                    .expect("a curve");
                let values: Vec<f32> = curve.values.iter().map(|value| *value as f32).collect();
                let apart = difference(&values, &wanted(name));
                assert!(apart < 1e-4, "{case}, {backend}, {name}: {apart:e}");
            }
            let edges = trace.edges().expect("edges");
            let edges = if case == "squeezenet-1.1" {
                middle(&edges, [1, height, width])
            } else {
                edges
            };
            assert!(difference(&edges, &wanted("edges")) < 1e-5, "{case}, {backend}");
        }
    }
}

/// Sundararajan's axiom: the sum is the difference between the two values.
#[test]
fn integrated_gradients_are_complete() {
    for Case { name: case, .. } in CASES {
        let trace = trace(case, Backend::Flex);
        let method = Refining::IntegratedGradients(IntegratedGradients::default());
        // The likeliest class: where the difference is small, an error of the same size is a larger share of it.
        let mut refinement = trace.refine(&Target::top(), method).expect("sound options");
        let map = refinement.finish().expect("a map");
        let completeness = refinement
            .completeness()
            .expect("a run")
            .expect("of integrated gradients");
        let sum: f64 = map.data.iter().map(|value| f64::from(*value)).sum();
        assert!((sum - completeness.sum).abs() < 1e-3 * sum.abs());
        assert!(
            completeness.error().is_some_and(|error| error < 0.01),
            "{case}: {completeness:?}"
        );
    }
}

#[test]
fn grad_cam_is_asked_of_the_last_layer_that_has_a_place_for_things() {
    for (case, target, wanted) in [
        ("all-cnn-c-trained", Target::top(), "relu8"),
        ("all-cnn-c-trained", Target::unit("relu3", 5), "conv3"),
        ("squeezenet-1.1", Target::top(), "fire9_concat"),
    ] {
        let trace = trace(case, Backend::Flex);
        let layer = trace.grad_cam_layer(&target).expect("a layer");
        assert_eq!(layer, wanted, "{case}");
        assert!(trace.grad_cam(&target, layer).is_ok());
    }
    let refused = trace("odd", Backend::Flex)
        .grad_cam_layer(&Target::unit("conv1", 0))
        .map(str::to_owned)
        .map_err(|error| error.code());
    assert_eq!(refused, Err("invalid-target"));
}

#[test]
fn a_layer_that_is_not_there_is_refused() {
    assert_eq!(
        trace("odd", Backend::Flex)
            .grad_cam(&Target::top(), "none")
            .err()
            .map(|error| error.code()),
        Some("invalid-target")
    );
}
