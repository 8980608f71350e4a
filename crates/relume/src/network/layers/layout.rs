//! How activations lie in memory.
//!
//! Tensors are `[N, C, H, W]` throughout. On Flex our own kernels leave activations and signals with their channels
//! last in memory, all the same.

use burn::tensor::{Device, Tensor};

use crate::backend::Backend;

/// What `operation` gives for `tensors`, computed in the order in which they lie in memory. It must treat every position alike.
pub(crate) fn through_memory<const N: usize>(
    tensors: [Tensor<4>; N],
    operation: impl FnOnce([Tensor<4>; N]) -> Tensor<4>,
) -> Tensor<4> {
    if tensors.iter().all(|tensor| on_kernels(&tensor.device())) {
        let tensors = tensors.map(|tensor| tensor.permute([0, 2, 3, 1]));
        operation(tensors).permute([0, 3, 1, 2])
    } else {
        operation(tensors)
    }
}

/// The sum of two activations of one shape.
pub(crate) fn add(a: Tensor<4>, b: Tensor<4>) -> Tensor<4> {
    #[cfg(feature = "flex")]
    if one_on_kernels(&a) {
        return relume_kernels::elementwise::sum(a, b, relume_kernels::After::Nothing);
    }
    a.add(b)
}

/// Whether our own kernels compute on this: one picture's activation or signal, on their device.
#[cfg(feature = "flex")]
pub(crate) fn one_on_kernels(x: &Tensor<4>) -> bool {
    x.dims()[0] == 1 && on_kernels(&x.device())
}

/// Whether our own kernels compute on `device`: it is Flex's, without autodiff.
pub(crate) fn on_kernels(device: &Device) -> bool {
    Backend::of(device) == Some(Backend::Flex) && !device.is_autodiff()
}
