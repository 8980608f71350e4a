//! Methods of many steps: a map while it grows, steps that are shared out, and options that cannot be.

use std::path::Path;

use relume::{
    Backend, Baseline, Change, Error, IntegratedGradients, Network, Occlusion, Refining, Rise, SmoothGrad, Target,
    Trace, Weight, zoo,
};

/// A run of a small network with every kind of layer.
fn odd_trace() -> Trace {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/odd.model.safetensors");
    let device = Backend::Flex.device().expect("a device");
    let network = Network::load(&std::fs::read(path).expect("the model"), &device).expect("a network");
    let numbers: usize = network.info().input.shape.iter().product();
    let picture = (0..numbers).map(|at| (0.37 * at as f32).sin()).collect();
    let input = network.input(picture, &device).expect("an input");
    network.forward(input).expect("a trace")
}

/// A run of an untrained All-CNN-C.
fn all_cnn_c_trace() -> Trace {
    let device = Backend::Flex.device().expect("a device");
    let network = Network::new(zoo::seeded("all-cnn-c", 1).expect("a model"), &device).expect("a network");
    let picture = (0..3 * 32 * 32).map(|at| (0.37 * at as f32).sin()).collect();
    let input = network.input(picture, &device).expect("an input");
    network.forward(input).expect("a trace")
}

/// A map on its way is an estimate of the last one, and each step changes it.
#[test]
fn a_refinement_can_be_looked_at_while_it_grows() {
    let trace = all_cnn_c_trace();
    let mut refinement = trace
        .refine(&Target::top(), Refining::SmoothGrad(SmoothGrad::default()))
        .expect("sound options");
    assert!(
        refinement
            .map()
            .expect("nothing yet")
            .data
            .iter()
            .all(|value| *value == 0.0)
    );
    let mut before = Vec::new();
    for step in 1..=50 {
        assert!(refinement.step().expect("a step"));
        let map = refinement.map().expect("a map").data;
        assert_ne!(map, before, "step {step}");
        before = map;
    }
    assert!(!refinement.step().expect("none is left"));
    let again = trace
        .refine(&Target::top(), Refining::SmoothGrad(SmoothGrad::default()))
        .expect("sound options")
        .finish();
    assert_eq!(again.expect("a map").data, before, "the same seed gives the same map");
}

/// So that several workers can share the steps.
#[test]
fn the_maps_of_parts_make_the_map_of_all_steps() {
    let trace = odd_trace();
    let [_, channels, height, width] = trace.picture().dims();
    let pixels = height * width;
    for method in [
        Refining::SmoothGrad(SmoothGrad {
            samples: 7,
            ..SmoothGrad::default()
        }),
        Refining::IntegratedGradients(IntegratedGradients {
            steps: 9,
            baseline: Baseline::Blur,
            ..IntegratedGradients::default()
        }),
        Refining::Occlusion(Occlusion {
            window: [5, 7],
            stride: Some([3, 4]),
            baseline: 0.0,
        }),
        Refining::Rise(Rise {
            masks: 11,
            ..Rise::default()
        }),
    ] {
        let begin = || trace.refine(&Target::top(), method.clone()).expect("sound options");
        let whole = begin().finish().expect("a map").data;
        let steps = begin().steps();
        let mut sums = vec![0.0; channels * pixels];
        let mut weights = vec![0.0; pixels];
        for part in [0..1, 1..4, 4..steps] {
            let mut part = begin().part(part).expect("such steps");
            let map = part.finish().expect("a map").data;
            let weight = match part.weight() {
                Weight::Even(weight) => vec![weight; pixels],
                Weight::Each(weights) => weights.into_iter().map(f64::from).collect(),
            };
            for (at, value) in map.iter().enumerate() {
                sums[at] += weight[at % pixels] * f64::from(*value);
            }
            for (sum, weight) in weights.iter_mut().zip(weight) {
                *sum += weight;
            }
        }
        let joined: Vec<f32> = (0..sums.len())
            .map(|at| (sums[at] / weights[at % pixels]) as f32)
            .collect();
        let largest = whole.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        for (joined, whole) in joined.iter().zip(&whole) {
            assert!(
                (joined - whole).abs() <= 1e-6 * largest,
                "{method:?}: {joined} and {whole}"
            );
        }
        assert!(largest > 0.0);
        for part in [0..0, 3..3, 0..steps + 1] {
            let refused = begin().part(part.clone()).err().map(|error| error.code());
            assert_eq!(refused, Some("invalid-option"), "{part:?}");
        }
    }
    let importance: Vec<f32> = (0..pixels).map(|pixel| (0.7 * pixel as f32).sin()).collect();
    let whole = trace
        .curve(&Target::top(), &importance, Change::Deletion, 10)
        .expect("a curve");
    let mut values = Vec::new();
    for part in [0..1, 1..6, 6..11] {
        let part = trace.curve_part(&Target::top(), &importance, Change::Deletion, 10, part);
        values.extend(part.expect("a part").values);
    }
    assert_eq!(values, whole.values);
}

#[test]
fn options_that_cannot_be_are_refused() {
    let trace = all_cnn_c_trace();
    let code = |method: Refining| {
        trace
            .refine(&Target::top(), method)
            .err()
            .map(|error: Error| error.code())
    };
    let integrated = IntegratedGradients::default;
    let usual = Occlusion::default();
    let smoothgrad = SmoothGrad::default;
    let drawn = |samples, sigma| {
        Refining::SmoothGrad(SmoothGrad {
            samples,
            sigma,
            ..smoothgrad()
        })
    };
    let given = |noise| {
        Refining::SmoothGrad(SmoothGrad {
            noise: Some(noise),
            ..smoothgrad()
        })
    };
    let rise = |masks, cells, keep| {
        Refining::Rise(Rise {
            masks,
            cells,
            keep,
            ..Rise::default()
        })
    };
    let option = Some("invalid-option");
    let shape = Some("shape-mismatch");
    for (method, wanted) in [
        (
            Refining::IntegratedGradients(IntegratedGradients {
                steps: 0,
                ..integrated()
            }),
            option,
        ),
        (
            Refining::IntegratedGradients(IntegratedGradients {
                steps: 1 << 40,
                ..integrated()
            }),
            option,
        ),
        (
            Refining::IntegratedGradients(IntegratedGradients {
                baseline: Baseline::Picture(vec![0.0; 5]),
                ..integrated()
            }),
            shape,
        ),
        (
            Refining::IntegratedGradients(IntegratedGradients {
                baseline: Baseline::Picture(vec![f32::NAN; 3 * 32 * 32]),
                ..integrated()
            }),
            Some("not-finite"),
        ),
        (rise(0, 7, 0.5), option),
        (rise(1 << 40, 7, 0.5), option),
        (rise(9, 0, 0.5), option),
        (rise(9, 33, 0.5), option),
        (rise(9, 7, 0.0), option),
        (rise(9, 7, 1.5), option),
        (rise(9, 7, f32::NAN), option),
        (drawn(0, 0.1), option),
        (drawn(3, -1.0), option),
        (drawn(3, f32::NAN), option),
        (given(vec![]), option),
        (given(vec![0.0; 7]), shape),
        (
            Refining::Occlusion(Occlusion {
                window: [0, 8],
                ..usual
            }),
            option,
        ),
        (
            Refining::Occlusion(Occlusion {
                window: [33, 8],
                ..usual
            }),
            option,
        ),
        (
            Refining::Occlusion(Occlusion {
                stride: Some([9, 8]),
                ..usual
            }),
            option,
        ),
        (
            Refining::Occlusion(Occlusion {
                stride: Some([8, 0]),
                ..usual
            }),
            option,
        ),
        (
            Refining::Occlusion(Occlusion {
                baseline: f32::INFINITY,
                ..usual
            }),
            option,
        ),
    ] {
        assert_eq!(code(method.clone()), wanted, "{method:?}");
    }
}
