//! Operations on whole batches with gradients, on Burn's Flex backend and its Autodiff: convolution, max-pooling and batch
//! normalisation, in several threads, with the same result for any number of them.

mod batch_norm;
mod conv2d;
mod extension;
mod implicit_gemm;
mod matrix;
mod max_pool2d;
mod mixed_precision;

use burn::backend::Dispatch;
use burn::tensor::Tensor;
use extension::BatchOps;
use mixed_precision::Unit;
use relume::{Error, ErrorKind, Result};
use relume_kernels::Geometry;
use serde::{Deserialize, Serialize};

/// The number format in which convolutions multiply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Single precision: works everywhere.
    #[default]
    F32,
    /// Numbers rounded to bfloat16 (eight bits' precision), their products summed in f32; in the backward pass, too
    /// (mixed precision, Micikevicius et al. 2017, arXiv 1710.03740).
    Bf16,
}

impl Precision {
    /// Whether this processor has instructions for it.
    #[must_use]
    pub fn is_available(self) -> bool {
        self == Self::F32 || Unit::fastest().is_some()
    }

    /// # Errors
    /// `invalid-option` if this processor has no instructions for it.
    pub(crate) fn check(self) -> Result<()> {
        if self.is_available() {
            return Ok(());
        }
        let what = "this processor does not multiply bfloat16 numbers; f32 works everywhere";
        Err(Error::new(ErrorKind::InvalidOption, what))
    }
}

/// Convolution without bias: `x` is `[N, C, H, W]`, `weight` is `[O, C, kh, kw]`, the result `[N, O, oh, ow]`.
/// Differentiable on an autodiff device.
///
/// # Panics
/// If the geometry's sizes do not fit together or there are several groups; if the tensors do not have its sizes, are
/// empty, not f32, or lie on another device than Flex's; if `precision` is not [available](Precision::is_available).
#[must_use]
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, geometry: Geometry, precision: Precision) -> Tensor<4> {
    let g = geometry;
    let [batch, channels, height, width] = x.dims();
    assert!(
        batch > 0 && g.groups == 1 && g.is_consistent(),
        "one group, and an output size that follows from the input"
    );
    assert_eq!((channels, [height, width]), (g.channels, g.input), "the input's sizes");
    assert_eq!(
        weight.dims(),
        [g.out_channels, g.channels, g.kernel[0], g.kernel[1]],
        "the weight's sizes"
    );
    let unit = match precision {
        Precision::F32 => None,
        Precision::Bf16 => Some(Unit::fastest().expect("a processor that multiplies bfloat16 numbers")),
    };
    Tensor::from_dispatch(<Dispatch as BatchOps>::batch_conv2d(
        x.into_dispatch(),
        weight.into_dispatch(),
        geometry,
        unit,
    ))
}

/// Max-pooling: `x` is `[N, C, H, W]`, the result `[N, C, oh, ow]`. The gradient goes to the position of each maximum,
/// the first in row order among equal ones. The kernel of `geometry` is the window; input and output have the same
/// channels. A window may reach beyond the picture; what lies outside never wins. Differentiable on an autodiff device.
///
/// # Panics
/// If the tensor does not have the geometry's sizes, is empty, not f32, or lies on another device than Flex's; if a
/// window lies outside of the picture.
#[must_use]
pub fn max_pool2d(x: Tensor<4>, geometry: Geometry) -> Tensor<4> {
    let g = geometry;
    let [batch, channels, height, width] = x.dims();
    assert!(
        batch > 0 && g.channels == g.out_channels && max_pool2d::is_possible(&g),
        "windows on the picture"
    );
    assert_eq!((channels, [height, width]), (g.channels, g.input), "the input's sizes");
    Tensor::from_dispatch(<Dispatch as BatchOps>::batch_max_pool2d(x.into_dispatch(), geometry))
}

/// The result of [`batch_norm`].
#[derive(Debug)]
pub struct Normalised {
    /// `[N, C, H, W]`
    pub y: Tensor<4>,
    /// The batch's mean of each channel, `[C]`, not part of the gradient.
    pub mean: Tensor<1>,
    /// The batch's variance of each channel (divided by the count), `[C]`, not part of the gradient.
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
