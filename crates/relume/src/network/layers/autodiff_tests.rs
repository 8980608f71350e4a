//! Every layer kind's backward pass against Burn's own Autodiff, under the rule `backprop`, on random shapes.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use proptest::prelude::*;

use super::*;
use crate::backend::Backend;
use crate::graph::{
    AddSpec, AvgPool2dSpec, BatchNormSpec, ChannelShuffleSpec, ConcatSpec, Conv2dSpec, DropoutSpec, EluSpec,
    FlattenSpec, GeluApproximation, GeluSpec, GlobalAvgPoolSpec, HardSigmoidSpec, HardSwishSpec, Kind, LayerKind,
    LeakyReluSpec, LinearSpec, LocalResponseNormSpec, MaxPool2dSpec, MishSpec, MulSpec, PreluSpec, ReluSpec, SeluSpec,
    Shape, SigmoidSpec, SiluSpec, SliceSpec, SoftplusSpec, TanhSpec,
};
use crate::network::layers::parameters::Parameters;
use crate::relu::ReluRule;
use crate::safetensors::Array;
use crate::splitmix64::uniform;

/// Largest difference, relative to the reference's largest magnitude.
const TOLERANCE: f32 = 1e-5;
/// What a gradient is compared with at least: its terms are of this size and larger.
const SMALLEST_SCALE: f32 = 0.1;

fn numbers(tensor: Tensor<4>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("f32 numbers")
}

/// Numbers around 0, the same on every device and in every thread (Burn's own generators are global). None is 0 itself: where an
/// activation has a corner there, Burn and PyTorch choose different gradients, and ours is PyTorch's.
fn random(shape: [usize; 4], seed: u64) -> Vec<f32> {
    let count = shape.iter().product::<usize>() as u64;
    let number = |i| match uniform((seed << 32) + i) {
        0.0 => 0.5,
        number => number,
    };
    (0..count).map(number).collect()
}

fn tensor(values: &[f32], shape: [usize; 4], device: &Device) -> Tensor<4> {
    Tensor::<1>::from_floats(values, device).reshape(shape)
}

fn build(kind: &LayerKind, input: Shape, seed: u64, device: &Device) -> Layer {
    let mut arrays = BTreeMap::new();
    for (parameter, ordinal) in kind.parameters(input).into_iter().zip(1..) {
        let count = parameter.shape.iter().product();
        let mut data = random([1, 1, 1, count], seed + ordinal);
        if parameter.name == "running_var" {
            data.iter_mut().for_each(|value| *value = value.abs() + 0.1);
        }
        let array = Array {
            shape: parameter.shape,
            data,
        };
        arrays.insert(format!("layer.{}", parameter.name), array);
    }
    let mut parameters = Parameters {
        layer: "layer",
        arrays: &mut arrays,
        device,
    };
    Layer::build(kind, &mut parameters, input).expect("sound parameters")
}

/// The largest relative difference between our backward pass on `backend` and Autodiff's on Flex, over all inputs.
fn difference(kind: &LayerKind, inputs: &[Shape], seed: u64, backend: Backend) -> f32 {
    let shapes: Vec<[usize; 4]> = inputs.iter().map(|&[c, h, w]| [1, c, h, w]).collect();
    let values: Vec<Vec<f32>> = shapes
        .iter()
        .zip(100..)
        .map(|(&shape, i)| random(shape, seed + i))
        .collect();
    let [c, h, w] = kind.output(inputs).expect("a shape that fits");
    let signal = random([1, c, h, w], seed + 99);

    let device = Device::flex().autodiff();
    let leaves: Vec<Tensor<4>> = values
        .iter()
        .zip(&shapes)
        .map(|(v, &shape)| tensor(v, shape, &device).require_grad())
        .collect();
    let y = build(kind, inputs[0], seed, &device).forward(leaves[0].clone(), leaves[1..].to_vec());
    assert_eq!(y.dims(), [1, c, h, w], "the planned shape of {kind:?} over {inputs:?}");
    let gradients = y.mul(tensor(&signal, [1, c, h, w], &device)).sum().backward();
    let expected: Vec<Vec<f32>> = leaves
        .iter()
        .map(|leaf| numbers(leaf.grad(&gradients).expect("every input has a gradient")))
        .collect();

    let device = backend.device().expect("a backend of this build");
    let x: Vec<Tensor<4>> = values
        .iter()
        .zip(&shapes)
        .map(|(v, &shape)| tensor(v, shape, &device))
        .collect();
    let layer = build(kind, inputs[0], seed, &device);
    let kept = layer.operation().forward(x[0].clone(), x[1..].to_vec());
    let context = BackwardContext {
        input: inputs[0],
        inputs,
        kept_inputs: &x.iter().map(Some).collect::<Vec<_>>(),
        kept: Some(&kept),
        rule: &CountedRule::new(ReluRule::Backprop),
    };
    let back = layer
        .operation()
        .backward(tensor(&signal, [1, c, h, w], &device), &context)
        .expect("a backward pass");
    let mut worst: f32 = 0.0;
    assert_eq!(back.len(), inputs.len());
    for ((back, expected), shape) in back.into_iter().zip(&expected).zip(&shapes) {
        assert_eq!(back.dims(), *shape, "{kind:?}");
        // A sum that cancels out is as exact as its terms, not as itself.
        let largest = expected
            .iter()
            .fold(SMALLEST_SCALE, |largest, value| largest.max(value.abs()));
        let apart = numbers(back)
            .iter()
            .zip(expected)
            .fold(0f32, |apart, (a, b)| apart.max((a - b).abs()));
        worst = worst.max(apart / largest);
    }
    worst
}

fn agrees(kind: &LayerKind, inputs: &[Shape], seed: u64) -> Result<(), TestCaseError> {
    for backend in Backend::ALL {
        let apart = difference(kind, inputs, seed, backend);
        prop_assert!(
            apart <= TOLERANCE,
            "{kind:?} over {inputs:?}, seed {seed}, {backend}: {apart:e}"
        );
    }
    Ok(())
}

fn sizes(most: usize) -> impl Strategy<Value = [usize; 2]> {
    [1..=most, 1..=most]
}

fn shape() -> impl Strategy<Value = Shape> {
    [1..=40usize, 1..=13, 1..=13]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn conv2d(
        (groups, ins, outs) in (1..=3usize, 1..=3usize, 1..=3usize),
        size in sizes(13), kernel in sizes(5), stride in sizes(9), padding in [0..=7usize, 0..=7, 0..=7, 0..=7],
        dilation in sizes(3), bias: bool, seed in 0u64..1000,
    ) {
        let spec = Conv2dSpec { out_channels: groups * outs, kernel, stride, padding, dilation, groups, bias };
        let inputs = [[groups * ins, size[0], size[1]]];
        let kind = LayerKind::Conv2d(spec);
        prop_assume!(kind.output(&inputs).is_ok());
        agrees(&kind, &inputs, seed)?;
    }

    #[test]
    fn depthwise_conv2d(
        channels in 1..=12usize, size in sizes(13), kernel in sizes(5), stride in 1..=9usize,
        padding in [0..=7usize, 0..=7, 0..=7, 0..=7], seed in 0u64..1000,
    ) {
        let spec = Conv2dSpec { stride: [stride; 2], padding, groups: channels, ..Conv2dSpec::new(channels, kernel) };
        let inputs = [[channels, size[0], size[1]]];
        let kind = LayerKind::Conv2d(spec);
        prop_assume!(kind.output(&inputs).is_ok());
        agrees(&kind, &inputs, seed)?;
    }

    #[test]
    fn max_pool2d(
        input in shape(), kernel in sizes(4), stride in sizes(5), padding in [0..=3usize, 0..=3, 0..=3, 0..=3],
        dilation in sizes(3), ceil_mode: bool, seed in 0u64..1000,
    ) {
        let kind = LayerKind::MaxPool2d(MaxPool2dSpec { kernel, stride, padding, dilation, ceil_mode });
        prop_assume!(kind.output(&[input]).is_ok());
        agrees(&kind, &[input], seed)?;
    }

    #[test]
    fn avg_pool2d(
        input in shape(), kernel in sizes(5), stride in sizes(5), padding in [0..=3usize, 0..=3, 0..=3, 0..=3],
        ceil_mode: bool, count_include_pad: bool, seed in 0u64..1000,
    ) {
        let kind = LayerKind::AvgPool2d(AvgPool2dSpec { kernel, stride, padding, ceil_mode, count_include_pad });
        prop_assume!(kind.output(&[input]).is_ok());
        agrees(&kind, &[input], seed)?;
    }

    #[test]
    fn linear(features in 1..=40usize, out_features in 1..=20usize, bias: bool, seed in 0u64..1000) {
        agrees(&LayerKind::Linear(LinearSpec { out_features, bias }), &[[features, 1, 1]], seed)?;
    }

    #[test]
    fn relu(input in shape(), max in proptest::option::of(0.2f32..2.0), seed in 0u64..1000) {
        agrees(&LayerKind::Relu(ReluSpec { max }), &[input], seed)?;
    }

    #[test]
    fn leaky_relu(input in shape(), slope in 0.01f32..0.9, seed in 0u64..1000) {
        agrees(&LayerKind::LeakyRelu(LeakyReluSpec { slope }), &[input], seed)?;
    }

    #[test]
    fn prelu(input in shape(), shared: bool, seed in 0u64..1000) {
        agrees(&LayerKind::Prelu(PreluSpec { shared }), &[input], seed)?;
    }

    #[test]
    fn elementwise(input in shape(), setting in 0.1f32..4.0, seed in 0u64..1000) {
        for kind in [
            LayerKind::Sigmoid(SigmoidSpec {}),
            LayerKind::Tanh(TanhSpec {}),
            LayerKind::Silu(SiluSpec {}),
            LayerKind::Gelu(GeluSpec { approximate: GeluApproximation::None }),
            LayerKind::Gelu(GeluSpec { approximate: GeluApproximation::Tanh }),
            LayerKind::Elu(EluSpec { alpha: setting }),
            LayerKind::Selu(SeluSpec {}),
            LayerKind::Softplus(SoftplusSpec { beta: setting }),
            LayerKind::Mish(MishSpec {}),
            LayerKind::HardSigmoid(HardSigmoidSpec {}),
            LayerKind::HardSwish(HardSwishSpec {}),
        ] {
            agrees(&kind, &[input], seed)?;
        }
    }

    #[test]
    fn batch_norm(input in shape(), epsilon in 1e-6f64..1e-2, seed in 0u64..1000) {
        agrees(&LayerKind::BatchNorm(BatchNormSpec { epsilon }), &[input], seed)?;
    }

    #[test]
    fn global_pool_flatten_and_dropout(input in shape(), seed in 0u64..1000) {
        agrees(&LayerKind::GlobalAvgPool(GlobalAvgPoolSpec {}), &[input], seed)?;
        agrees(&LayerKind::Flatten(FlattenSpec {}), &[input], seed)?;
        agrees(&LayerKind::Dropout(DropoutSpec { rate: 0.5 }), &[input], seed)?;
    }

    #[test]
    fn add_and_concat(input in shape(), others in prop::collection::vec(1..=5usize, 1..=3), seed in 0u64..1000) {
        let [_, height, width] = input;
        agrees(&LayerKind::Add(AddSpec {}), &vec![input; others.len() + 1], seed)?;
        let inputs: Vec<Shape> = std::iter::once(input).chain(others.iter().map(|&c| [c, height, width])).collect();
        agrees(&LayerKind::Concat(ConcatSpec {}), &inputs, seed)?;
    }

    #[test]
    fn mul(input in shape(), alike in [any::<bool>(), any::<bool>(), any::<bool>()], first: bool, seed in 0u64..1000) {
        let mut factors = input;
        for (size, alike) in factors.iter_mut().zip(alike) {
            *size = if alike { *size } else { 1 };
        }
        let inputs = if first { [factors, input] } else { [input, factors] };
        agrees(&LayerKind::Mul(MulSpec {}), &inputs, seed)?;
    }

    #[test]
    fn slice_and_channel_shuffle(groups in 1..=6usize, each in 1..=6usize, size in sizes(9), start in 0..36usize, seed in 0u64..1000) {
        let input = [groups * each, size[0], size[1]];
        agrees(&LayerKind::ChannelShuffle(ChannelShuffleSpec { groups }), &[input], seed)?;
        let start = start % input[0];
        for end in [start + 1, input[0]] {
            agrees(&LayerKind::Slice(SliceSpec { start, end }), &[input], seed)?;
        }
    }

    #[test]
    fn local_response_norm(
        input in shape(), around in 0..6usize, alpha in 0.1f32..4.0, beta in prop::sample::select(vec![0.75f32, 0.5, 1.3]),
        k in 0.5f32..2.0, seed in 0u64..1000,
    ) {
        let spec = LocalResponseNormSpec { size: 2 * around + 1, alpha, beta, k };
        agrees(&LayerKind::LocalResponseNorm(spec), &[input], seed)?;
    }
}
