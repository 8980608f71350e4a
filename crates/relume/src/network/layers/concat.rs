//! Several layers side by side, along the channels.

use burn::module::Module;
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use relume_kernels::{
    After,
    concat::{concat, split},
};

#[cfg(feature = "flex")]
use super::one_on_kernels;
use super::{Activation, BackwardContext, Build, Needs, Operation, Parameters};
use crate::error::Result;
use crate::graph::{ConcatSpec, Shape};

/// Several layers side by side, along the channels.
#[derive(Module, Debug)]
pub struct Concat {}

impl Build for ConcatSpec {
    type Layer = Concat;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<Concat> {
        Ok(Concat {})
    }
}

impl Operation for Concat {
    fn forward(&self, x: Tensor<4>, others: Vec<Tensor<4>>) -> Activation {
        let parts: Vec<Tensor<4>> = std::iter::once(x).chain(others).collect();
        #[cfg(feature = "flex")]
        if parts.iter().all(one_on_kernels) {
            return concat(parts).into();
        }
        Tensor::cat(parts, 1).into()
    }

    // Its ReLUs' activations are views of it.
    fn needs(&self) -> Needs {
        Needs::Output
    }

    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        #[cfg(feature = "flex")]
        if one_on_kernels(&r) {
            let parts = context.inputs.iter().map(|&[channels, ..]| (channels, After::Nothing));
            return Some(split(r, parts.collect()));
        }
        let mut start = 0;
        let parts = context.inputs.iter().map(|&[channels, ..]| {
            let part = r.clone().narrow(1, start, channels);
            start += channels;
            part
        });
        Some(parts.collect())
    }
}
