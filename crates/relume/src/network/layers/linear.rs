//! A fully connected layer.

#[cfg(feature = "flex")]
use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use relume_kernels::{Geometry, conv2d::Convolution};
use serde::{Deserialize, Serialize};

use super::defaults::yes;
#[cfg(feature = "flex")]
use super::layout::on_kernels;
use super::window::single;
use super::{Parameter, Parameters, Shape};

/// A fully connected layer over a flat input (`F×1×1`). Weights are `[O, F]`, the bias `[O]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearSpec {
    /// How many features come out.
    pub out_features: usize,
    /// Whether a bias is added.
    #[serde(default = "yes")]
    pub bias: bool,
}

impl LinearSpec {
    pub(super) fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        match single(inputs)? {
            [_, 1, 1] => Ok([self.out_features, 1, 1]),
            [c, h, w] => Err(format!("takes a flat input; {c}×{h}×{w} needs a `flatten` first")),
        }
    }

    #[cfg(feature = "flex")]
    const fn geometry(&self, features: usize) -> Geometry {
        Geometry {
            channels: features,
            out_channels: self.out_features,
            input: [1, 1],
            output: [1, 1],
            kernel: [1, 1],
            stride: [1, 1],
            padding: [0; 4],
            dilation: [1, 1],
            groups: 1,
        }
    }

    pub(super) fn parameters(&self, [features, ..]: Shape) -> Vec<Parameter> {
        let weight = Parameter::new("weight", [self.out_features, features]);
        let bias = self.bias.then(|| Parameter::new("bias", [self.out_features]));
        std::iter::once(weight).chain(bias).collect()
    }

    pub(super) fn build(
        &self,
        parameters: &mut Parameters<'_>,
        #[cfg_attr(not(feature = "flex"), expect(unused))] [features, ..]: Shape,
    ) -> crate::Result<Linear> {
        Ok(Linear {
            #[cfg(feature = "flex")]
            kernel: Convolution::new(self.geometry(features)).map(Arc::new),
            weight: parameters.take("weight")?,
            bias: if self.bias {
                Some(parameters.take("bias")?)
            } else {
                None
            },
        })
    }
}

/// A fully connected layer with its weights.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[O, F]`
    pub weight: Param<Tensor<2>>,
    /// `[O]`
    pub bias: Option<Param<Tensor<1>>>,
    /// The same as a convolution over a single pixel.
    #[cfg(feature = "flex")]
    #[module(skip)]
    kernel: Option<Arc<Convolution>>,
}

impl Linear {
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        #[cfg(feature = "flex")]
        if let Some(kernel) = self.kernel(&x).filter(|_| x.dims()[0] == 1) {
            return kernel.forward(x, self.pixel_weight(), self.bias.as_ref().map(Param::val), None);
        }
        let [batch, features, ..] = x.dims();
        let y = x.reshape([batch, features]).matmul(self.weight.val().transpose());
        let y = match &self.bias {
            Some(bias) => y.add(bias.val().unsqueeze()),
            None => y,
        };
        let [batch, features] = y.dims();
        y.reshape([batch, features, 1, 1])
    }

    pub(super) fn backward(&self, r: Tensor<4>) -> Tensor<4> {
        #[cfg(feature = "flex")]
        if let Some(kernel) = self.kernel(&r) {
            return kernel.backward(r, self.pixel_weight(), None);
        }
        let [batch, features, ..] = r.dims();
        let back = r.reshape([batch, features]).matmul(self.weight.val());
        let [batch, features] = back.dims();
        back.reshape([batch, features, 1, 1])
    }

    #[cfg(feature = "flex")]
    fn kernel(&self, x: &Tensor<4>) -> Option<&Arc<Convolution>> {
        self.kernel.as_ref().filter(|_| on_kernels(&x.device()))
    }

    /// `[O, F, 1, 1]`
    #[cfg(feature = "flex")]
    fn pixel_weight(&self) -> Tensor<4> {
        let [out, features] = self.weight.dims();
        self.weight.val().reshape([out, features, 1, 1])
    }
}
