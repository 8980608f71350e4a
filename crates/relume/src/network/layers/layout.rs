//! How activations lie in memory.
//!
//! Tensors are `[N, C, H, W]` throughout. On Flex our own kernels leave activations and signals with their channels
//! last in memory, all the same; an operation on two of them is quick if it goes through them in that order.

use burn::tensor::{Device, Tensor};

use crate::backend::Backend;

/// The sum of two activations of one shape.
pub(crate) fn add(a: Tensor<4>, b: Tensor<4>) -> Tensor<4> {
    if on_kernels(&a.device()) {
        let sum = a.permute([0, 2, 3, 1]).add(b.permute([0, 2, 3, 1]));
        sum.permute([0, 3, 1, 2])
    } else {
        a.add(b)
    }
}

/// Whether our own kernels compute on `device`: it is Flex's, without autodiff.
pub(crate) fn on_kernels(device: &Device) -> bool {
    Backend::of(device) == Some(Backend::Flex) && !device.is_autodiff()
}
