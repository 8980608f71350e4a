//! A way back in two halves, done by two runs, gives what one way back gives.

use std::collections::BTreeMap;
use std::path::Path;

use pollster::block_on;
use relume::weights::{Archive, Array, Dtype, write};
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

fn half(trace: &Trace, target: &Target, rule: ReluRule) -> Vec<u8> {
    let half = trace.backward_half(target, rule).expect("half a way");
    block_on(trace.write_halfway(half)).expect("its bytes")
}

fn rest(trace: &Trace, target: &Target, half: &[u8]) -> Result<relume::Map> {
    let half = trace.read_halfway(half)?;
    block_on(trace.backward_rest(target, half)?.read())
}

/// At how many ReLUs the rule was applied, by what the bytes of half a way back say.
fn relus(half: &Archive<'_>) -> usize {
    half.metadata("relus")
        .and_then(|text| text.parse().ok())
        .expect("a count")
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
                    let bytes = half(&first, &target, rule);
                    let archive = Archive::parse(&bytes).expect("a safetensors file");
                    assert!(
                        archive.names().all(|name| name != "at input"),
                        "something is left to do"
                    );
                    assert!(relus(&archive) < whole.relus || whole.relus < 2, "and something done");
                    let map = rest(&second, &target, &bytes).expect("a map");
                    assert_eq!(map, whole, "{path} {backend} {target:?} {rule}");
                }
            }
        }
    }
}

/// What the bytes of half a way back hold.
type Parts = (BTreeMap<String, String>, BTreeMap<String, Array>);

#[test]
fn a_signal_that_does_not_fit_is_refused() {
    let trace = run("www/models/all-cnn-c.safetensors", Backend::Flex);
    let target = Target::class(3);
    let sound = half(&trace, &target, ReluRule::Guided);
    let archive = Archive::parse(&sound).expect("a safetensors file");
    let names: Vec<&str> = archive.names().collect();
    let [name] = names[..] else {
        panic!("one signal in a network without branches, not {names:?}");
    };
    let metadata = ["rule", "relus"].map(|key| (key.to_owned(), archive.metadata(key).expect("text").to_owned()));
    let arrays = [(name.to_owned(), archive.array(name).expect("numbers"))];
    let code = |change: &dyn Fn(&mut Parts)| {
        let mut parts = (metadata.clone().into(), arrays.clone().into());
        change(&mut parts);
        let bytes = write(&parts.0, &parts.1, Dtype::F32).expect("bytes");
        rest(&trace, &target, &bytes).map(|_| ()).map_err(|error| error.code())
    };
    let say = |key: &str, value: &str| code(&|(said, _)| drop(said.insert(key.to_owned(), value.to_owned())));
    let named = |other: &str| {
        code(&|(_, arrays)| {
            let array = arrays.remove(name).expect("the signal");
            arrays.insert(other.to_owned(), array);
        })
    };
    let count = relus(&archive);

    assert_eq!(code(&|_| ()), Ok(()));
    assert_eq!(named("at nowhere"), Err("invalid-target"));
    assert_eq!(named("nowhere"), Err("invalid-option"));
    assert_eq!(named("at input"), Err("shape-mismatch"));
    assert_eq!(code(&|(_, arrays)| arrays.clear()), Err("invalid-target"));
    assert_eq!(say("relus", &(count + 1).to_string()), Err("invalid-target"));
    assert_eq!(say("relus", &usize::MAX.to_string()), Err("invalid-target"));
    assert_eq!(say("relus", "-1"), Err("invalid-option"));
    assert_eq!(say("rule", "none"), Err("invalid-option"));
    assert_eq!(code(&|(said, _)| said.clear()), Err("invalid-option"));
    let turned = |(_, arrays): &mut Parts| arrays.get_mut(name).expect("the signal").shape.reverse();
    assert_eq!(code(&turned), Err("shape-mismatch"));

    let of_bytes = |bytes: &[u8]| rest(&trace, &target, bytes).map(|_| ()).map_err(|error| error.code());
    for length in [0, 7, 8, 100, sound.len() - 1] {
        assert_eq!(of_bytes(&sound[..length]), Err("invalid-option"), "{length} bytes");
    }
    // A number that is not one is let in, as it might have come up in a whole way back, and is found in the map.
    let mut overflowed = sound.clone();
    let at = overflowed.len() - 4;
    overflowed[at..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_eq!(of_bytes(&overflowed), Err("not-finite"));

    // A signal from the logits cannot be one from a layer before where it is.
    let early = "relu1:0".parse().expect("a target");
    assert_eq!(
        rest(&trace, &early, &sound).map(|_| ()).map_err(|error| error.code()),
        Err("invalid-target")
    );
}
