//! Several layers in one kernel, for fused steps. `None` where the layers are not those that a step was made for.

use burn::tensor::Tensor;
use relume_kernels::conv2d::GatedRelu;

use super::layers::{Activation, GlobalAvgPool, Layer};

/// Layer `index`, a convolution, and the ReLU after it.
pub(super) fn conv_relu(layers: &[Layer], index: usize, x: Tensor<4>) -> Option<Activation> {
    match (layers.get(index)?, layers.get(index + 1)?) {
        (Layer::Conv2d(conv), Layer::Relu(relu)) => conv.forward_relu(x, relu.max).map(Activation::from),
        _ => None,
    }
}

/// The backward pass through `layer` and then the ReLU before it.
pub(super) fn gated(layer: &Layer, r: Tensor<4>, relu: GatedRelu) -> Option<Tensor<4>> {
    match layer {
        Layer::Conv2d(conv) => conv.backward_gated(r, relu),
        Layer::GlobalAvgPool(_) => Some(GlobalAvgPool::backward_gated(r, relu)),
        _ => None,
    }
}

/// The backward pass through a depthwise convolution, the ReLU before it and the pointwise convolution before that.
pub(super) fn bands(depthwise: &Layer, r: Tensor<4>, relu: GatedRelu, pointwise: &Layer) -> Option<Tensor<4>> {
    match (depthwise, pointwise) {
        (Layer::Conv2d(conv), Layer::Conv2d(before)) => conv.backward_in_bands(r, relu, before),
        _ => None,
    }
}
