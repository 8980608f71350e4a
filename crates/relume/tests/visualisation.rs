//! Class-model visualisation: the value rises. `methods.rs` compares its pictures with PyTorch's.

mod support;

use relume::{Ascent, Backend, Error, Network, Result, Target, Visualisation};
use support::{model, trace};

fn network(case: &str) -> Network {
    Network::new(model(case), &Backend::Flex.device().expect("a device")).expect("a network")
}

fn ascent(network: &Network, target: &Target, options: Visualisation) -> Result<Ascent> {
    network.visualise(target, options, &Backend::Flex.device()?)
}

/// A class, a unit, and the mean of a channel.
fn targets() -> [Target; 3] {
    [
        Target::class(6),
        Target::unit("conv5", 12).at(4, 6),
        Target::unit("conv5", 12),
    ]
}

/// The gradient points up: a step that is small enough cannot lower the value.
#[test]
fn every_small_step_raises_the_value() {
    let network = network("all-cnn-c-trained");
    for target in targets() {
        let options = Visualisation {
            steps: 20,
            step_size: 1e-3,
            l2: 0.0,
            ..Visualisation::default()
        };
        let mut ascent = ascent(&network, &target, options).expect("sound options");
        let mut before = ascent.value().expect("a value");
        while ascent.step().expect("a step") {
            let value = ascent.value().expect("a value");
            assert!(
                value > before,
                "{target:?}, step {}: {value} after {before}",
                ascent.done()
            );
            before = value;
        }
        assert_eq!(ascent.done(), 20);
        assert!(!ascent.step().expect("none is left"));
    }
}

/// The class answers more to its picture than to a photograph of it, with jitter and blur too.
#[test]
fn the_picture_of_a_class_beats_a_photograph() {
    let photograph = trace("all-cnn-c-trained", Backend::Flex);
    let scores = photograph.scores().expect("finite");
    let network = network("all-cnn-c-trained");
    for (jitter, blur) in [(0, 0.0), (2, 0.4)] {
        for class in [3, 4] {
            let options = Visualisation {
                steps: 60,
                jitter,
                blur,
                ..Visualisation::default()
            };
            let mut ascent = ascent(&network, &Target::class(class), options).expect("sound options");
            while ascent.step().expect("a step") {}
            let value = ascent.value().expect("a value");
            assert!(
                value > 2.0 * f64::from(scores[class]).abs(),
                "class {class}: {value}, {scores:?}"
            );
            let pixels = network.info().input.pixels(ascent.picture()).expect("pixels");
            assert_eq!(pixels.len(), 4 * 32 * 32);
        }
    }
}

#[test]
fn a_strong_weight_keeps_the_picture_short() {
    let network = network("all-cnn-c-trained");
    let length = |l2| {
        let options = Visualisation {
            steps: 30,
            l2,
            ..Visualisation::default()
        };
        let mut ascent = ascent(&network, &Target::class(3), options).expect("sound options");
        while ascent.step().expect("a step") {}
        ascent.picture().iter().map(|value| value * value).sum::<f32>().sqrt()
    };
    assert!(length(1.0) < 0.5 * length(0.0), "{} and {}", length(1.0), length(0.0));
}

#[test]
fn the_same_seed_gives_the_same_picture() {
    let network = network("odd");
    let picture = |seed| {
        let options = Visualisation {
            steps: 3,
            seed,
            jitter: 4,
            ..Visualisation::default()
        };
        let mut ascent = ascent(&network, &Target::class(3), options).expect("sound options");
        while ascent.step().expect("a step") {}
        ascent.picture().to_vec()
    };
    assert_eq!(picture(1), picture(1));
    assert_ne!(picture(1), picture(2));
}

/// The picture and the number of steps are all that an ascent is.
#[test]
fn in_parts_it_is_the_same_as_in_one_go() {
    let network = network("odd");
    let device = Backend::Flex.device().expect("a device");
    for (jitter, blur) in [(0, 0.0), (4, 0.5)] {
        let options = Visualisation {
            steps: 5,
            jitter,
            blur,
            ..Visualisation::default()
        };
        let mut whole = ascent(&network, &Target::class(3), options).expect("sound options");
        while whole.step().expect("a step") {
            let (picture, done) = (whole.picture().to_vec(), whole.done());
            let mut part = network
                .resume_visualisation(&Target::class(3), options, picture, done, &device)
                .expect("a picture of this network");
            assert_eq!(part.value(), whole.value());
            assert_eq!((part.done(), part.steps()), (done, 5));
            assert_eq!(part.step().expect("a step"), done < 5);
            let mut next = ascent(&network, &Target::class(3), options).expect("sound options");
            while next.done() < (done + 1).min(5) {
                next.step().expect("a step");
            }
            assert_eq!(part.picture(), next.picture());
            assert_eq!(part.value(), next.value());
        }
        let resumed = |picture: Vec<f32>, done| {
            let found = network.resume_visualisation(&Target::class(3), options, picture, done, &device);
            found.map(|ascent| ascent.done()).map_err(|error| error.code())
        };
        let picture = whole.picture().to_vec();
        assert_eq!(resumed(picture.clone(), 6), Err("invalid-option"));
        assert_eq!(resumed(vec![0.5; 7], 1), Err("shape-mismatch"));
        assert_eq!(resumed(vec![f32::NAN; picture.len()], 1), Err("not-finite"));
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let network = network("odd");
    let usual = Visualisation::default;
    let code = |target: &Target, options| {
        let begun = ascent(&network, target, options).and_then(|mut ascent| ascent.step());
        begun.err().map(|error: Error| error.code())
    };
    let class = Target::class(3);
    for options in [
        Visualisation { steps: 0, ..usual() },
        Visualisation {
            steps: 1 << 40,
            ..usual()
        },
        Visualisation {
            step_size: 0.0,
            ..usual()
        },
        Visualisation {
            step_size: f32::NAN,
            ..usual()
        },
        Visualisation { l2: -1.0, ..usual() },
        Visualisation {
            noise: f32::INFINITY,
            ..usual()
        },
        Visualisation { jitter: 19, ..usual() },
        Visualisation { blur: -0.5, ..usual() },
        Visualisation { blur: 1e9, ..usual() },
    ] {
        assert_eq!(code(&class, options), Some("invalid-option"), "{options:?}");
    }
    for target in [
        Target::top(),
        Target::class(4096),
        Target::unit("none", 0),
        Target::unit("conv1", 4096),
        Target::unit("conv1", 0).at(4096, 0),
    ] {
        assert_eq!(code(&target, usual()), Some("invalid-target"), "{target:?}");
    }
    // Too large for the network, not for the option.
    let huge = Visualisation { noise: 3e38, ..usual() };
    assert_eq!(code(&class, huge), Some("not-finite"));
    assert_eq!(code(&class, usual()), None);
}
