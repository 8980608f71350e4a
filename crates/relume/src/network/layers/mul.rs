//! The product of two layers.

use burn::module::Module;
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use relume_kernels::elementwise::{scale_channels, sum_to, sums_of_products, zip};

#[cfg(feature = "flex")]
use super::one_on_kernels;
use super::{Activation, BackwardContext, Build, Needs, Operation, Parameters};
use crate::error::Result;
use crate::graph::{MulSpec, Shape};

/// The product of two layers.
#[derive(Module, Debug)]
pub struct Mul {}

impl Build for MulSpec {
    type Layer = Mul;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<Mul> {
        Ok(Mul {})
    }
}

impl Operation for Mul {
    /// `others` is the second input.
    fn forward(&self, x: Tensor<4>, others: Vec<Tensor<4>>) -> Activation {
        others.into_iter().fold(x, product).into()
    }

    fn needs(&self) -> Needs {
        Needs::Inputs
    }

    /// Each input's signal is `r` times the other input, added up over all that one of its numbers was multiplied by.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        let &[Some(a), Some(b)] = context.kept_inputs else {
            return None;
        };
        let back = |own: &Tensor<4>, other: &Tensor<4>| {
            #[cfg(feature = "flex")]
            if one_on_kernels(&r) {
                if are_factors(own, other) && r.dims() == other.dims() {
                    return sums_of_products(r.clone(), other.clone());
                }
                let each = product(r.clone(), other.clone());
                return if each.dims() == own.dims() {
                    each
                } else {
                    sum_to(each, own.dims())
                };
            }
            let each = product(r.clone(), other.clone());
            let axes = (1..4)
                .filter(|&axis| own.dims()[axis] < each.dims()[axis])
                .collect::<Vec<_>>();
            axes.into_iter().fold(each, Tensor::sum_dim)
        };
        Some(vec![back(a, b), back(b, a)])
    }
}

fn product(a: Tensor<4>, b: Tensor<4>) -> Tensor<4> {
    #[cfg(feature = "flex")]
    if one_on_kernels(&a) {
        for (x, factors) in [(&a, &b), (&b, &a)] {
            if are_factors(factors, x) {
                return scale_channels(x.clone(), factors.clone());
            }
        }
        return zip(a, b, |a, b| a * b);
    }
    a.mul(b)
}

/// Whether there is one factor for each channel of `x`.
#[cfg(feature = "flex")]
fn are_factors(factors: &Tensor<4>, x: &Tensor<4>) -> bool {
    factors.dims()[1..] == [x.dims()[1], 1, 1]
}
