//! Whole batches on a native machine, with gradients for training: convolution and batch normalisation, several
//! threads, every result the same for any number of them.

mod conv2d;
mod extension;
mod norm;
mod planes;

use burn::backend::Dispatch;
use burn::tensor::Tensor;
use extension::BatchOps;

use crate::geometry::Geometry;

/// Convolution without bias: `x` is `[N, C, H, W]`, `weight` is `[O, C, kh, kw]`, the result `[N, O, oh, ow]`.
/// Differentiable on an autodiff device.
///
/// # Panics
/// If the tensors do not have the geometry's sizes, are not f32, or lie on another device than Flex's.
#[must_use]
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, geometry: Geometry) -> Tensor<4> {
    let g = geometry;
    let [_, channels, height, width] = x.dims();
    assert_eq!((channels, [height, width]), (g.channels, g.input), "the input's sizes");
    assert_eq!(
        weight.dims(),
        [g.out_channels, g.channels, g.kernel[0], g.kernel[1]],
        "the weight's sizes"
    );
    Tensor::from_dispatch(<Dispatch as BatchOps>::batch_conv2d(
        x.into_dispatch(),
        weight.into_dispatch(),
        geometry,
    ))
}

/// What [`batch_norm`] gives.
#[derive(Debug)]
pub struct Normalised {
    /// `[N, C, H, W]`
    pub y: Tensor<4>,
    /// The batch's mean of each channel, `[C]`, no part of the gradient.
    pub mean: Tensor<1>,
    /// The batch's variance of each channel (divided by the count), `[C]`, no part of the gradient.
    pub variance: Tensor<1>,
}

/// Batch normalisation by the batch's own statistics, followed by a ReLU if `relu`: `x` is `[N, C, H, W]`, `gamma` and
/// `beta` are `[C]`. Differentiable on an autodiff device.
///
/// # Panics
/// If the sizes do not fit together, the tensors are not f32, or lie on another device than Flex's.
#[must_use]
pub fn batch_norm(x: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>, epsilon: f64, relu: bool) -> Normalised {
    let channels = x.dims()[1];
    assert_eq!(
        (gamma.dims(), beta.dims()),
        ([channels], [channels]),
        "one gamma and beta a channel"
    );
    let (y, mean, variance) = <Dispatch as BatchOps>::batch_norm_relu(
        x.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        epsilon,
        relu,
    );
    Normalised {
        y: Tensor::from_dispatch(y),
        mean: Tensor::from_dispatch(mean),
        variance: Tensor::from_dispatch(variance),
    }
}
