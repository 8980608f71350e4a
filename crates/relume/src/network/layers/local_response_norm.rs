//! Normalisation over neighbouring channels.

use burn::module::Module;
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use relume_kernels::local_response_norm;

#[cfg(feature = "flex")]
use super::one_on_kernels;
use super::{Activation, BackwardContext, Build, Needs, Operation, Parameters};
use crate::error::Result;
use crate::graph::{LocalResponseNormSpec, Shape};

/// Normalisation over neighbouring channels.
#[derive(Module, Debug)]
pub struct LocalResponseNorm {
    /// Its settings.
    #[module(skip)]
    pub spec: LocalResponseNormSpec,
}

impl Build for LocalResponseNormSpec {
    type Layer = LocalResponseNorm;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<LocalResponseNorm> {
        Ok(LocalResponseNorm { spec: self.clone() })
    }
}

impl Operation for LocalResponseNorm {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        #[cfg(feature = "flex")]
        if one_on_kernels(&x) {
            return local_response_norm::forward(x, &self.settings()).into();
        }
        let divisor = self.base(&x).powf_scalar(self.spec.beta);
        x.div(divisor).into()
    }

    fn needs(&self) -> Needs {
        Needs::Inputs
    }

    /// A number counts twice: for its own output, and in the divisor of its neighbours'.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        let x = context.x()?.clone();
        #[cfg(feature = "flex")]
        if one_on_kernels(&r) {
            return Some(vec![local_response_norm::backward(r, x, &self.settings())]);
        }
        let LocalResponseNormSpec { size, alpha, beta, .. } = self.spec;
        let base = self.base(&x);
        let own = r.clone().mul(base.clone().powf_scalar(-beta));
        let shares = r.mul(x.clone()).mul(base.powf_scalar(-beta - 1.0));
        let others = self.sums(shares).mul(x).mul_scalar(2.0 * alpha * beta / size as f32);
        Some(vec![own.sub(others)])
    }
}

impl LocalResponseNorm {
    /// What is raised to `beta`.
    fn base(&self, x: &Tensor<4>) -> Tensor<4> {
        let LocalResponseNormSpec { size, alpha, k, .. } = self.spec;
        self.sums(x.clone().mul(x.clone()))
            .mul_scalar(alpha / size as f32)
            .add_scalar(k)
    }

    /// The sums over the channels around each.
    fn sums(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = x.dims();
        let around = (self.spec.size / 2).min(channels - 1);
        if around == 0 {
            return x;
        }
        let zeros = Tensor::zeros([batch, around, height, width], &x.device());
        let padded = Tensor::cat(vec![zeros.clone(), x, zeros], 1);
        let parts = (0..=2 * around).map(|first| padded.clone().narrow(1, first, channels));
        parts.reduce(Tensor::add).unwrap_or(padded)
    }

    #[cfg(feature = "flex")]
    fn settings(&self) -> local_response_norm::Settings {
        let LocalResponseNormSpec { size, alpha, beta, k } = self.spec;
        local_response_norm::Settings { size, alpha, beta, k }
    }
}
