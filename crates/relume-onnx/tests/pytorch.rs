//! Tiny networks from both exporters of PyTorch give PyTorch's logits and maps. `files/make.py` makes the files.

use std::path::{Path, PathBuf};

use relume::safetensors::{Archive, Array};
use relume::{Attribution, Backend, Network, ReluRule, Target};
use relume_onnx::{Import, Options};

fn file(name: &str) -> Vec<u8> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(name: &str) -> Import {
    let bytes = file(name);
    assert!(relume_onnx::is_onnx(&bytes), "{name}");
    relume_onnx::read(&bytes, &Options::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Largest difference, relative to the largest number of what is wanted.
fn difference(got: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(got.len(), wanted.len());
    let largest = wanted.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let off = got.iter().zip(wanted).map(|(got, wanted)| (got - wanted).abs());
    off.fold(0.0, f32::max) / largest
}

#[test]
fn logits_and_maps_are_pytorchs() {
    for network in ["plain", "branches"] {
        let bytes = file(&format!("{network}.safetensors"));
        let golden = Archive::parse(&bytes).expect("a golden");
        let array = |name: &str| golden.array(name).expect("a tensor");
        let device = Backend::Flex.device().expect("a device");
        for exporter in ["dynamo", "torchscript"] {
            let import = read(&format!("{network}-{exporter}.onnx"));
            assert!(import.notes.is_empty());
            let Array { shape, data } = array("input");
            assert_eq!(shape[1..], import.model.info().input.shape);
            let network = Network::new(import.model, &device).expect("a network");
            let input = network.input(data, &device).expect("an input");
            let trace = network.forward(input).expect("a trace");
            let logits = trace.scores().expect("logits");
            assert!(
                difference(&logits, &array("logits").data) < 1e-5,
                "{exporter}: {logits:?}"
            );
            for (rule, name) in [
                (ReluRule::Backprop, "backprop"),
                (ReluRule::Deconvnet, "deconvnet"),
                (ReluRule::Guided, "guided"),
            ] {
                let map = trace
                    .backward(&Target::class(1), rule)
                    .and_then(Attribution::read)
                    .expect("a map");
                let off = difference(&map.data, &array(name).data);
                assert!(off < 1e-5, "{exporter}, {name}: {off}");
            }
        }
    }
}

/// A softmax at the end, arithmetic with constants and a product written out are no layers of their own.
#[test]
fn layers_are_named_as_their_nodes() {
    let import = read("branches-torchscript.onnx");
    let (_, layers, _) = import.model.into_parts();
    let said: Vec<String> = layers
        .iter()
        .map(|layer| format!("{} {}", layer.name, layer.kind.name()))
        .collect();
    assert_eq!(
        said,
        [
            "/Div batch_norm",
            "/conv1/Conv conv2d",
            "/Mul silu",
            "/norm/BatchNormalization batch_norm",
            "/Relu relu",
            "/AveragePool avg_pool2d",
            "/left/Conv conv2d",
            "/HardSwish hard_swish",
            "/right/Conv conv2d",
            "/prelu/PRelu prelu",
            "/Add add",
            "/Relu_1 relu",
            "/Concat concat",
            "/last/Conv conv2d",
            "/LeakyRelu leaky_relu",
            "/ReduceMean global_avg_pool",
        ]
    );
}
