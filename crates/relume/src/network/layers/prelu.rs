//! ReLU with a learnt slope. The three rules are defined at the ReLU; here each of them sends the plain gradient.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use relume_kernels::elementwise::zip;

#[cfg(feature = "flex")]
use super::on_kernels;
use super::{Activation, BackwardContext, Build, NamedTensor, Needs, Operation, Parameters, named};
use crate::error::Result;
use crate::graph::{PreluSpec, Shape};

/// `x` where it is positive, `weight · x` elsewhere.
#[derive(Module, Debug)]
pub struct Prelu {
    /// `[C]`, or `[1]` for all channels.
    pub weight: Param<Tensor<1>>,
}

impl Build for PreluSpec {
    type Layer = Prelu;

    fn build(&self, parameters: &mut Parameters<'_>, _input: Shape) -> Result<Prelu> {
        Ok(Prelu {
            weight: parameters.take("weight")?,
        })
    }
}

impl Operation for Prelu {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        self.where_negative(x.clone(), x).into()
    }

    fn needs(&self) -> Needs {
        Needs::Inputs
    }

    /// The plain gradient, by the sign of the input: a slope below 0 hides it in the output.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        Some(vec![self.where_negative(context.x()?.clone(), r)])
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        vec![named("weight", self.weight.val())]
    }
}

impl Prelu {
    /// `values`, times the weight where `x` is not positive.
    fn where_negative(&self, x: Tensor<4>, values: Tensor<4>) -> Tensor<4> {
        let weight = self.weight.val();
        let [count] = weight.dims();
        let weight = weight.reshape([1, count, 1, 1]);
        #[cfg(feature = "flex")]
        if on_kernels(&x.device()) {
            let slopes = zip(x, weight, |x, weight| if x > 0.0 { 1.0 } else { weight });
            return zip(values, slopes, |value, slope| value * slope);
        }
        let damped = values.clone().mul(weight);
        values.mask_where(x.lower_equal_scalar(0.0), damped)
    }
}
