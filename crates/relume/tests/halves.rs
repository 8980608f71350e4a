//! A way back in two halves, done by two runs, gives what one way back gives.

use std::path::Path;

use pollster::block_on;
use relume::network::{Halfway, HalfwayParts};
use relume::{Backend, Network, ReluRule, Result, Target, Trace};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A run of the model file `path` on numbers by a formula.
fn run(path: &str, backend: Backend) -> Trace {
    let device = backend.device().expect("a device");
    let bytes = std::fs::read(Path::new(ROOT).join(path)).expect("a model file");
    let network = Network::load(&bytes, &device).expect("a model");
    let count = network.info().input.shape.iter().product();
    let numbers = (0..count).map(|at| ((at * 7919) % 1009) as f32 / 504.5 - 1.0).collect();
    network
        .forward(network.input(numbers, &device).expect("an input"))
        .expect("a run")
}

fn half(trace: &Trace, target: &Target, rule: ReluRule) -> HalfwayParts {
    let half = trace.backward_half(target, rule).expect("half a way");
    block_on(trace.read_halfway(half)).expect("its numbers")
}

fn rest(trace: &Trace, target: &Target, parts: HalfwayParts) -> Result<relume::Map> {
    let halfway: Halfway = trace.halfway(parts)?;
    block_on(trace.backward_rest(target, halfway)?.read())
}

#[test]
fn two_halves_are_a_whole() {
    let files = [
        ("tests/goldens/odd.model.safetensors", ["top", "class:1"]),
        ("www/models/all-cnn-c.safetensors", ["top", "relu3:5"]),
        ("www/models/model-c.safetensors", ["class:3", "conv5:1@2,2"]),
    ];
    for (path, targets) in files {
        for backend in Backend::ALL {
            let (first, second) = (run(path, backend), run(path, backend));
            for target in targets {
                let target = target.parse().expect("a target");
                for rule in ReluRule::ALL {
                    let whole = block_on(first.backward(&target, rule).expect("a way back").read()).expect("a map");
                    let parts = half(&first, &target, rule);
                    assert!(
                        parts.arrived.iter().all(|arrived| arrived.layer != "input"),
                        "something is left to do"
                    );
                    assert!(parts.relus < whole.relus || whole.relus < 2, "and something done");
                    let map = rest(&second, &target, parts).expect("a map");
                    assert_eq!(map, whole, "{path} {backend} {target:?} {rule}");
                }
            }
        }
    }
}

#[test]
fn a_signal_that_does_not_fit_is_refused() {
    let trace = run("www/models/all-cnn-c.safetensors", Backend::Flex);
    let target = Target::class(3);
    let sound = half(&trace, &target, ReluRule::Guided);
    let code = |change: &dyn Fn(&mut HalfwayParts)| {
        let mut parts = sound.clone();
        change(&mut parts);
        rest(&trace, &target, parts).map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(code(&|_| ()), Ok(()));
    assert_eq!(
        code(&|parts| parts.arrived[0].layer = "nowhere".to_owned()),
        Err("invalid-target")
    );
    assert_eq!(
        code(&|parts| parts.arrived.push(parts.arrived[0].clone())),
        Err("invalid-target")
    );
    assert_eq!(code(&|parts| parts.arrived[0].data.push(0.0)), Err("shape-mismatch"));
    assert_eq!(code(&|parts| parts.arrived[0].data[0] = f32::NAN), Err("not-finite"));
    assert_eq!(code(&|parts| parts.arrived.clear()), Err("invalid-target"));
    assert_eq!(code(&|parts| parts.relus += 1), Err("invalid-target"));
    assert_eq!(code(&|parts| parts.relus = usize::MAX), Err("invalid-target"));
    // A signal from the logits cannot be one from a layer before where it is.
    let early = "relu1:0".parse().expect("a target");
    assert_eq!(
        rest(&trace, &early, sound.clone())
            .map(|_| ())
            .map_err(|error| error.code()),
        Err("invalid-target")
    );
}
