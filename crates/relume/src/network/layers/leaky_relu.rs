//! Leaky ReLU.

use burn::module::Module;
use burn::tensor::{Tensor, activation};
#[cfg(feature = "flex")]
use relume_kernels::elementwise::{map, zip};

#[cfg(feature = "flex")]
use super::on_kernels;
use super::{Activation, BackwardContext, Build, Needs, Operation, Parameters};
use crate::error::Result;
use crate::graph::{LeakyReluSpec, Shape};

/// `x` where it is positive, `slope · x` elsewhere.
#[derive(Module, Debug)]
pub struct LeakyRelu {
    /// What negative numbers are multiplied by.
    #[module(skip)]
    pub slope: f32,
}

impl Build for LeakyReluSpec {
    type Layer = LeakyRelu;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<LeakyRelu> {
        Ok(LeakyRelu { slope: self.slope })
    }
}

impl Operation for LeakyRelu {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        #[cfg(feature = "flex")]
        if on_kernels(&x.device()) {
            return map(x, |x| if x > 0.0 { x } else { x * self.slope }).into();
        }
        activation::leaky_relu(x, f64::from(self.slope)).into()
    }

    fn needs(&self) -> Needs {
        Needs::Output
    }

    /// The plain gradient. A slope above 0 keeps the sign, so the output tells what the input was.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        let value = context.kept?.value.clone();
        #[cfg(feature = "flex")]
        if on_kernels(&r.device()) {
            return Some(vec![zip(
                r,
                value,
                |r, value| if value > 0.0 { r } else { r * self.slope },
            )]);
        }
        let negative = value.lower_equal_scalar(0.0);
        let damped = r.clone().mul_scalar(self.slope);
        Some(vec![r.mask_where(negative, damped)])
    }
}
