//! Where the kernels compute, and how activations lie in memory there.
//!
//! Tensors are `[N, C, H, W]` throughout. On Flex our own kernels leave activations and signals with their channels
//! last in memory, all the same.

use burn::tensor::{Device, Tensor};

use crate::backend::{Backend, FLEX_ALONE, read, tensor};
use crate::error::Result;

/// The sum of two activations of one shape.
pub(crate) fn add(a: Tensor<4>, b: Tensor<4>) -> Tensor<4> {
    #[cfg(feature = "flex")]
    if one_on_kernels(&a) {
        return relume_kernels::elementwise::sum(a, b, relume_kernels::After::Nothing);
    }
    a.add(b)
}

/// `f` of the numbers of two tensors of one shape, pair by pair.
///
/// # Errors
/// `internal` if the device fails.
pub(crate) fn zip(a: Tensor<4>, b: Tensor<4>, f: impl Fn(f32, f32) -> f32) -> Result<Tensor<4>> {
    let device = a.device();
    #[cfg(feature = "flex")]
    if on_kernels(&device) {
        return Ok(relume_kernels::elementwise::zip(a, b, f));
    }
    let (a, shape) = read(a)?;
    let (b, _) = read(b)?;
    let values: Vec<f32> = a.into_iter().zip(b).map(|(a, b)| f(a, b)).collect();
    Ok(tensor(values, shape, &device))
}

/// Whether our own kernels compute on this: one picture's activation or signal, on their device.
#[cfg(feature = "flex")]
#[inline(always)]
pub(crate) fn one_on_kernels(x: &Tensor<4>) -> bool {
    FLEX_ALONE || x.dims()[0] == 1 && on_kernels(&x.device())
}

/// Whether a kernel that is made for inputs of some sizes computes on this one.
#[cfg(feature = "flex")]
#[inline(always)]
pub(crate) fn is_taken(x: &Tensor<4>, takes: impl FnOnce([usize; 4]) -> bool) -> bool {
    FLEX_ALONE || on_kernels(&x.device()) && takes(x.dims())
}

/// Whether our own kernels compute on `device`. Without `burn-operations` this is always true, and the compiler drops the code after the condition.
#[inline(always)]
pub(crate) fn on_kernels(device: &Device) -> bool {
    FLEX_ALONE || has_kernels(device)
}

/// Whether `device` is Flex's, without autodiff.
pub(crate) fn has_kernels(device: &Device) -> bool {
    Backend::of(device) == Some(Backend::Flex) && !device.is_autodiff()
}
