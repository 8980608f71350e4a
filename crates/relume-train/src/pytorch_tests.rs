//! One step of training compared with PyTorch's, from the same weights and the same batch
//! (`tests/goldens/training.py`).

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use relume::graph::LayerKind;
use relume::safetensors::Archive;
use relume::splitmix64::uniform;
use relume::{Backend, Model, Network, zoo};

use crate::evaluation::cross_entropy;
use crate::{Precision, Regularisation, forward, untrained};

const BATCH: usize = 2;

/// splitmix64 of a counter, as for the zoo's seeded weights: `PICTURES` of training.py.
fn pictures() -> Vec<f32> {
    (0..BATCH as u64 * 3 * 32 * 32)
        .map(|index| uniform((11 << 40) + index))
        .collect()
}

/// The network on an autodiff device, and the loss of the batch.
fn begin(model: Model, device: &Device) -> (Network, Tensor<1>) {
    let network = Network::new(model, device).expect("a sound model");
    let input = Tensor::from_data(TensorData::new(pictures(), [BATCH, 3, 32, 32]), device);
    let pass = forward::training(&network, input, Precision::F32, 1).expect("a pass");
    let labels: Vec<usize> = (0..BATCH).map(|index| (3 * index + 1) % 10).collect();
    (network, cross_entropy(pass.logits, &labels, 0.1, device))
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("f32")
}

/// Every weight's gradient, in the order of the layers.
struct Gradients {
    of: burn::tensor::Gradients,
    all: Vec<Vec<f32>>,
}

impl ModuleVisitor for Gradients {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.all.push(numbers(param.val().grad(&self.of).expect("a gradient")));
    }
}

#[test]
fn loss_and_gradients_are_pytorchs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/goldens/training.safetensors");
    let bytes = std::fs::read(path).expect("the golden");
    let golden = Archive::parse(&bytes).expect("a sound file");
    let expected = |name: String| golden.array(&name).expect("in the golden").data;
    let device = Backend::Flex.device().expect("Flex").autodiff();
    for name in ["all-cnn-c", "model-c"] {
        let (network, loss) = begin(zoo::seeded(name, 1).expect("known"), &device);
        let apart = (numbers(loss.clone())[0] - expected(format!("{name}/loss"))[0]).abs();
        assert!(apart <= 1e-5, "{name}: the loss is {apart} off");
        let mut gradients = Gradients {
            of: loss.backward(),
            all: Vec::new(),
        };
        network.visit(&mut gradients);
        let model = zoo::architecture(name).expect("known");
        let convolutions = model
            .layers
            .iter()
            .filter(|layer| matches!(layer.kind, LayerKind::Conv2d(_)));
        let tensors: Vec<String> = convolutions
            .flat_map(|layer| ["weight", "bias"].map(|part| format!("{}.{part}", layer.name)))
            .collect();
        assert_eq!(tensors.len(), gradients.all.len());
        for (tensor, gradient) in tensors.iter().zip(gradients.all) {
            let expected = expected(format!("{name}/{tensor}"));
            let step = gradient.len().div_ceil(400);
            let largest = gradient.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
            let ours: Vec<f32> = gradient.into_iter().step_by(step).collect();
            assert_eq!(ours.len(), expected.len(), "{name} {tensor}");
            let worst = ours
                .iter()
                .zip(&expected)
                .fold(0.0f32, |worst, (a, b)| worst.max((a - b).abs()))
                / largest;
            assert!(worst <= 1e-4, "{name} {tensor}: {worst} apart");
        }
        let begun = untrained(name, Regularisation::BatchNorm, 3).expect("known");
        let apart = (numbers(begin(begun, &device).1)[0] - expected(format!("{name}+bn/loss"))[0]).abs();
        assert!(
            apart <= 1e-5,
            "{name}: the loss with batch normalisation is {apart} off"
        );
    }
}
