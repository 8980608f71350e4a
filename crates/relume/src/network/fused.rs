//! Several layers in one kernel, for fused steps. `None` where the layers are not those that a step was made for.

use burn::tensor::Tensor;
use relume_kernels::{
    After, GatedRelu, concat,
    concat_output::ConcatOutput,
    elementwise::{scale, sum},
};

use super::layers::{Activation, BatchNorm, GlobalAvgPool, Layer};
use super::steps::Unit;

/// A layer and those after it, a batch normalisation or a ReLU or both. `x` is the first layer's first input, `others` are its
/// remaining ones.
pub(super) fn forward(layers: &[Layer], x: Tensor<4>, others: Vec<Tensor<4>>) -> Option<Activation> {
    let (first, norm, limit) = parts_of(layers)?;
    match (first, limit) {
        (Layer::Conv2d(conv), limit) => Some(conv.forward_fused(x, norm, limit)),
        (Layer::Linear(linear), Some(limit)) => Some(linear.forward_relu(x, limit)),
        (Layer::BatchNorm(norm), Some(limit)) => Some(norm.forward_relu(x, limit)),
        (Layer::Add(_), Some(limit)) => add_relu(x, others, limit),
        _ => None,
    }
    .map(Activation::from)
}

fn add_relu(x: Tensor<4>, mut others: Vec<Tensor<4>>, limit: f32) -> Option<Tensor<4>> {
    let last = others.pop()?;
    let rest = others.into_iter().fold(x, super::layers::add);
    Some(sum(rest, last, After::Relu(limit)))
}

/// [`forward`] of a convolution and those after it, into the place in a concatenation's output that begins at channel `first`.
pub(super) fn forward_into(layers: &[Layer], x: Tensor<4>, output: &mut ConcatOutput, first: usize) -> Option<()> {
    let (Layer::Conv2d(conv), norm, limit) = parts_of(layers)? else {
        return None;
    };
    conv.forward_into(x, norm, limit, output, first);
    Some(())
}

/// A layer, the batch normalisation after it, and the limit of the ReLU after them.
fn parts_of(layers: &[Layer]) -> Option<(&Layer, Option<&BatchNorm>, Option<f32>)> {
    let (first, after) = layers.split_first()?;
    let (norm, after) = match after {
        [Layer::BatchNorm(norm), after @ ..] => (Some(norm), after),
        after => (None, after),
    };
    match after {
        [] => Some((first, norm, None)),
        [Layer::Relu(relu)] => Some((first, norm, Some(relu.limit()))),
        _ => None,
    }
}

/// The backward pass through `unit` and then the ReLU before it. `kept` is what the unit's layer gave in the forward pass, if that
/// was kept.
pub(super) fn backward(
    layers: &[Layer],
    unit: Unit,
    r: Tensor<4>,
    kept: Option<&Activation>,
    relu: Option<GatedRelu>,
) -> Option<Tensor<4>> {
    let norm = norm_of(layers, unit);
    let layer = layers.get(unit.layer)?;
    if let Layer::Conv2d(conv) = layer {
        return Some(conv.backward_fused(r, norm, relu));
    }
    let relu = relu?;
    match layer {
        Layer::Linear(linear) => Some(linear.backward_gated(r, relu)),
        Layer::GlobalAvgPool(_) => Some(GlobalAvgPool::backward_gated(r, relu)),
        Layer::MaxPool2d(pool) => pool.backward_then(r, kept?, After::Gate(relu)),
        Layer::AvgPool2d(pool) => Some(pool.backward_then(r, After::Gate(relu))),
        Layer::BatchNorm(norm) => Some(scale(r, &norm.affine(), After::Gate(relu))),
        _ => None,
    }
}

/// The backward pass through a concatenation: a signal for each input, of so many channels, and through the ReLU that it came
/// from.
pub(super) fn split(r: Tensor<4>, parts: Vec<(usize, Option<GatedRelu>)>) -> Vec<Tensor<4>> {
    let parts = parts.into_iter();
    let parts = parts.map(|(channels, relu)| (channels, relu.map_or(After::Nothing, After::Gate)));
    concat::split(r, parts.collect())
}

/// The backward pass through a depthwise convolution, the ReLU before it and the pointwise convolution before that.
pub(super) fn bands(
    layers: &[Layer],
    depthwise: Unit,
    r: Tensor<4>,
    relu: GatedRelu,
    pointwise: Unit,
) -> Option<Tensor<4>> {
    let norms = [depthwise, pointwise].map(|unit| norm_of(layers, unit));
    match (layers.get(depthwise.layer)?, layers.get(pointwise.layer)?) {
        (Layer::Conv2d(conv), Layer::Conv2d(before)) => Some(conv.backward_in_bands(r, norms, relu, before)),
        _ => None,
    }
}

fn norm_of(layers: &[Layer], unit: Unit) -> Option<&BatchNorm> {
    match layers.get(unit.norm?)? {
        Layer::BatchNorm(norm) => Some(norm),
        _ => None,
    }
}
