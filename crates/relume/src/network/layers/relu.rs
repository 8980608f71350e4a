//! The ReLU as a layer: its backward pass is [`ReluRule`](crate::relu::ReluRule)'s, and nobody else's.

use burn::module::Module;
use burn::tensor::{Tensor, activation};
#[cfg(feature = "flex")]
use relume_kernels::{
    GatedRelu, ReluGate,
    elementwise::{relu, relu_backward},
};

use super::{Activation, BackwardContext, Build, Needs, Operation, Parameters};
#[cfg(feature = "flex")]
use super::{CountedRule, one_on_kernels};
use crate::error::Result;
use crate::graph::{ReluSpec, Shape};

/// A ReLU.
#[derive(Module, Debug)]
pub struct Relu {
    /// Where it is clipped, if it is.
    #[module(skip)]
    pub max: Option<f32>,
}

impl Build for ReluSpec {
    type Layer = Relu;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<Relu> {
        Ok(Relu { max: self.max })
    }
}

impl Operation for Relu {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        #[cfg(feature = "flex")]
        if one_on_kernels(&x) {
            return relu(x, self.limit()).into();
        }
        match self.max {
            None => activation::relu(x),
            Some(max) => x.clamp(0.0, max),
        }
        .into()
    }

    fn needs(&self) -> Needs {
        Needs::Output
    }

    /// The rules ask whether the input `f` was above 0 and below the clip, which the kept activation answers as well as `f`.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        let activation = context.kept?.value.clone();
        #[cfg(feature = "flex")]
        if one_on_kernels(&r) {
            return Some(vec![relu_backward(r, self.gated(activation, context.rule))]);
        }
        Some(vec![context.rule.apply().backward(activation, r, self.max)])
    }
}

#[cfg(feature = "flex")]
impl Relu {
    /// Where it is clipped, infinity for a plain one.
    pub(crate) fn limit(&self) -> f32 {
        self.max.unwrap_or(f32::INFINITY)
    }

    /// What a kernel has to know to pass it together with the layer after it.
    pub(crate) fn gated(&self, activation: Tensor<4>, rule: &CountedRule) -> GatedRelu {
        let rule = rule.apply();
        GatedRelu {
            activation,
            gate: ReluGate {
                limit: self.limit(),
                on_activation: rule.on_activation(),
                on_gradient: rule.on_gradient(),
            },
        }
    }
}
