//! Some channels of a layer.

use burn::module::Module;
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use relume_kernels::concat::concat;

#[cfg(feature = "flex")]
use super::one_on_kernels;
use super::{Activation, BackwardContext, Build, Operation, Parameters};
use crate::error::Result;
use crate::graph::{Shape, SliceSpec};

/// Some channels of a layer.
#[derive(Module, Debug)]
pub struct Slice {
    /// The first channel.
    #[module(skip)]
    pub start: usize,
    /// The channel after the last one.
    #[module(skip)]
    pub end: usize,
}

impl Build for SliceSpec {
    type Layer = Slice;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<Slice> {
        let Self { start, end } = *self;
        Ok(Slice { start, end })
    }
}

impl Operation for Slice {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        x.narrow(1, self.start, self.end - self.start).into()
    }

    /// The other channels have had no part in it: their signal is 0.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        let [batch, _, height, width] = r.dims();
        let [channels, ..] = context.input;
        #[cfg(feature = "flex")]
        if one_on_kernels(&r) {
            let zeros = |channels: usize| {
                (channels > 0)
                    .then(|| Tensor::zeros([batch, height, width, channels], &r.device()).permute([0, 3, 1, 2]))
            };
            let parts = [zeros(self.start), Some(r.clone()), zeros(channels - self.end)];
            return Some(vec![concat(parts.into_iter().flatten().collect())]);
        }
        let whole = Tensor::zeros([batch, channels, height, width], &r.device());
        let range = [0..batch, self.start..self.end, 0..height, 0..width];
        Some(vec![whole.slice_assign(range, r)])
    }
}
