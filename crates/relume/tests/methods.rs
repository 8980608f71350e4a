//! Methods beyond one backward pass, against Captum and PyTorch. `tests/goldens/methods.py` makes the golden.

mod support;

use relume::safetensors::{Archive, Array};
use relume::{
    Backend, Baseline, Change, GradCamOptions, IntegratedGradients, Interpolation, Lrp, Occlusion, Quadrature,
    Refining, ReluRule, Rise, SmoothGrad, Target, Trace, Visualisation,
};
use support::{CASES, Case, difference, file, middle, trace};

const SAMPLES: usize = 4;
/// A channel of Grad-CAM's layer, to visualise.
const CHANNEL: usize = 2;
const STEPS: Visualisation = Visualisation {
    steps: 3,
    step_size: 0.05,
    l2: 1e-4,
    noise: 0.1,
    seed: 1,
    jitter: 0,
    blur: 0.0,
};
const STEPS_OF_CHANNEL: Visualisation = Visualisation {
    steps: 3,
    step_size: 0.1,
    l2: 0.01,
    noise: 0.3,
    seed: 5,
    jitter: 3,
    blur: 0.6,
};

fn noise(numbers: usize) -> Vec<f32> {
    (0..SAMPLES * numbers)
        .map(|at| (0.3 * (1.234 * at as f64).sin()) as f32)
        .collect()
}

fn refined(trace: &Trace, class: usize, method: Refining) -> (Vec<f32>, [usize; 3]) {
    let mut refinement = trace.refine(&Target::class(class), method).expect("sound options");
    let map = refinement.finish().expect("a map");
    assert_eq!(refinement.done(), refinement.steps());
    assert_eq!(map.target.channel, class);
    (map.data, map.shape)
}

fn visualised(trace: &Trace, target: &Target, options: Visualisation) -> (Vec<f32>, [usize; 3]) {
    let network = trace.network();
    let mut ascent = network
        .visualise(target, options, &trace.picture().device())
        .expect("sound options");
    while ascent.step().expect("a step") {}
    (ascent.picture().to_vec(), network.info().input.shape)
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
            let cam = trace
                .grad_cam(&target, layer, &GradCamOptions::default())
                .expect("a map");
            let cam_with = |interpolation, rectify| {
                let options = GradCamOptions { interpolation, rectify };
                trace.grad_cam(&target, layer, &options).expect("a map")
            };
            let signed = cam_with(Interpolation::Bilinear, false);
            let guided_cam = |interpolation| trace.guided_grad_cam(&target, layer, interpolation).expect("a map");
            let relevance = |epsilon| trace.lrp(&target, Lrp { epsilon }).expect("a map");
            let integrated = |steps, quadrature| {
                Refining::IntegratedGradients(IntegratedGradients {
                    steps,
                    quadrature,
                    baseline: Baseline::Zero,
                })
            };
            let numbers = trace.picture().dims().iter().product();
            let smoothgrad = |squared| {
                Refining::SmoothGrad(SmoothGrad {
                    rule: ReluRule::Guided,
                    squared,
                    noise: Some(noise(numbers)),
                    ..SmoothGrad::default()
                })
            };
            let rise = |logit| {
                Refining::Rise(Rise {
                    masks: 24,
                    cells: 5,
                    keep: 0.4,
                    seed: 3,
                    logit,
                })
            };
            // The same for each channel: the golden has one.
            let one_plane = |(data, [_, height, width]): (Vec<f32>, [usize; 3])| {
                assert_eq!(data[..height * width], data[height * width * 2..]);
                (data[..height * width].to_vec(), [1, height, width])
            };
            let occlusion = Refining::Occlusion(Occlusion {
                window,
                stride: Some(stride),
                baseline: 0.25,
            });
            let map = |map: relume::AttributionMap| (map.data, map.shape);
            let (occluded, [_, height, width]) = one_plane(refined(&trace, class, occlusion));
            let mut found = vec![
                ("input-x-gradient", map(trace.input_x_gradient(&target).expect("a map"))),
                (
                    "integrated-gradients",
                    refined(&trace, class, integrated(64, Quadrature::GaussLegendre)),
                ),
                (
                    "integrated-gradients.middle",
                    refined(&trace, class, integrated(12, Quadrature::Middle)),
                ),
                ("smoothgrad", refined(&trace, class, smoothgrad(false))),
                ("smoothgrad.squared", refined(&trace, class, smoothgrad(true))),
                ("cam", (cam.cam.clone(), cam.cam_shape)),
                ("grad-cam", map(cam.map.clone())),
                ("grad-cam.nearest", map(cam_with(Interpolation::Nearest, true).map)),
                ("cam.signed", (signed.cam, signed.cam_shape)),
                ("grad-cam.signed", map(signed.map)),
                ("guided-grad-cam", map(guided_cam(Interpolation::Bilinear))),
                ("guided-grad-cam.nearest", map(guided_cam(Interpolation::Nearest))),
                ("lrp", map(relevance(1e-9))),
                ("lrp.epsilon", map(relevance(0.25))),
                ("occlusion", (occluded.clone(), [1, height, width])),
                ("rise", one_plane(refined(&trace, class, rise(false)))),
                ("rise.logit", one_plane(refined(&trace, class, rise(true)))),
            ];
            // In faint noise rounding turns so many of SqueezeNet's units that PyTorch in f32 is 4 % from itself in f64.
            if case != "squeezenet-1.1" {
                let channel = Target::unit(layer, CHANNEL);
                found.push(("visualisation", visualised(&trace, &target, STEPS)));
                found.push(("visualisation.channel", visualised(&trace, &channel, STEPS_OF_CHANNEL)));
            }
            for (method, (data, shape)) in found {
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
                let curve = trace.curve(&target, &occluded, change, 6).expect("a curve");
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
        assert!(trace.grad_cam(&target, layer, &GradCamOptions::default()).is_ok());
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
            .grad_cam(&Target::top(), "none", &GradCamOptions::default())
            .err()
            .map(|error| error.code()),
        Some("invalid-target")
    );
}
