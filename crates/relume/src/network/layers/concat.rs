//! Several layers side by side, along the channels.

use burn::module::Module;
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use relume_kernels::concat::concat;

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
        Some(concat_parts(&r, context.inputs))
    }
}

/// The parts of a concatenation's output, or of the signal at its output, as views.
pub(crate) fn concat_parts(whole: &Tensor<4>, inputs: &[Shape]) -> Vec<Tensor<4>> {
    let mut first = 0;
    let parts = inputs.iter().map(|&[channels, ..]| {
        let part = whole.clone().narrow(1, first, channels);
        first += channels;
        part
    });
    parts.collect()
}
