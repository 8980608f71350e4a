//! Checkpoints of torchvision's networks against PyTorch's own logits and maps: the files in `files/`, made by `make.py`.

use std::path::PathBuf;

use relume::safetensors::Archive;
use relume::{Attribution, Backend, Network, ReluRule, Target};
use relume_checkpoint::{Checkpoint, Import, Options, is_checkpoint, read};

/// The file, the title, the side of the picture, and how many rows and columns lie between those that are kept of a map.
const FILES: [(&str, &str, usize, usize); 10] = [
    ("alexnet", "AlexNet", 224, 16),
    ("vgg11", "VGG-11", 224, 16),
    ("vgg13_bn", "VGG-13 with batch normalisation", 224, 16),
    ("squeezenet1_0", "SqueezeNet 1.0", 64, 8),
    ("squeezenet1_1", "SqueezeNet 1.1", 64, 8),
    ("resnet", "ResNet-12 of 4 channels", 32, 4),
    ("resnext", "ResNeXt-17 2x4d", 32, 4),
    ("mobilenet_v2", "MobileNetV2", 32, 4),
    ("densenet", "DenseNet-17", 32, 4),
    ("googlenet", "GoogLeNet", 64, 8),
];

fn kept(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    std::fs::read(folder.join(name)).expect("a file")
}

fn imported(name: &str, side: usize) -> Import {
    let bytes = kept(&format!("{name}.pth"));
    assert!(is_checkpoint(&bytes), "{name}");
    let options = Options {
        size: Some([side; 2]),
        ..Options::default()
    };
    read(&bytes, &options).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The largest difference, relative to the largest number of the second.
fn difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    let largest = theirs.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let off = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest > 0.0, "nothing to compare with");
    off / largest
}

#[test]
fn logits_and_maps_are_pytorchs() {
    let device = Backend::Flex.device().expect("a device");
    for (name, title, side, step) in FILES {
        let Import { model, notes } = imported(name, side);
        assert_eq!(model.info().title, title);
        assert!(notes[0].contains(title), "{notes:?}");
        assert_eq!(model.info().classes[4], "class 4");
        let bytes = kept(&format!("{name}.safetensors"));
        let wanted = Archive::parse(&bytes).expect("a file");
        let wanted = |name: &str| wanted.array(name).expect("a tensor").data;
        let network = Network::new(model, &device).expect("a network");
        // The formula of make.py.
        let picture = (0..3 * side * side).map(|at| (at * 37 % 101) as f32 / 101.0).collect();
        let trace = network
            .forward(network.input(picture, &device).expect("a picture"))
            .expect("a trace");
        let logits = trace.scores().expect("logits");
        let off = difference(&logits, &wanted("logits"));
        assert!(off < 1e-4, "{name}: logits differ by {off}");
        for (rule, rule_name) in [
            (ReluRule::Backprop, "backprop"),
            (ReluRule::Deconvnet, "deconvnet"),
            (ReluRule::Guided, "guided"),
        ] {
            let map = trace
                .backward(&Target::class(1), rule)
                .and_then(Attribution::read)
                .expect("a map")
                .data;
            let some: Vec<f32> = map
                .iter()
                .enumerate()
                .filter(|(at, _)| at / side % side % step == 0 && at % side % step == 0)
                .map(|(_, value)| *value)
                .collect();
            let off = difference(&some, &wanted(rule_name));
            assert!(off < 1e-3, "{name}: {rule_name} differs by {off}");
        }
    }
}

#[test]
fn the_input_is_what_pretrained_weights_want() {
    let input = imported("resnet", 32).model.info().input.clone();
    assert_eq!(input.range, [0.0, 1.0]);
    assert_eq!(input.mean, [0.485, 0.456, 0.406]);
    assert_eq!(input.std, [0.229, 0.224, 0.225]);
    let import = imported("googlenet", 64);
    let input = &import.model.info().input;
    assert_eq!(
        (input.range, &input.mean[..], &input.std[..]),
        ([-1.0, 1.0], &[0.0; 3][..], &[1.0; 3][..])
    );
    assert!(import.notes.iter().any(|note| note.contains("transform_input")));
}

#[test]
fn sizes_that_an_adaptive_pooling_does_not_divide_are_refused() {
    let bytes = kept("vgg11.pth");
    let model = |size| {
        let options = Options {
            size: Some(size),
            ..Options::default()
        };
        read(&bytes, &options)
    };
    assert!(model([448, 224]).is_ok());
    for size in [[256, 256], [96, 224], [0, 224], [5000, 224]] {
        let error = model(size).expect_err("it does not fit");
        assert_eq!(error.code(), "invalid-option", "{size:?}: {error}");
    }
}

#[test]
fn tensors_are_listed_before_they_are_read() {
    let bytes = kept("googlenet.pth");
    let checkpoint = Checkpoint::open(&bytes).expect("a file");
    assert_eq!(checkpoint.shape("model.fc.weight"), Some(&[5, 64][..]));
    // The optimiser's state, too, but no counters.
    assert!(checkpoint.names().any(|name| name == "optimizer.state.0.exp_avg"));
    assert!(!checkpoint.names().any(|name| name.contains("num_batches")));
    let read = checkpoint
        .read(&[("mine".to_owned(), "model.aux1.fc2.weight")].into())
        .expect("a tensor");
    assert_eq!(read["mine"].data, [0.0; 3]);
}
