//! A fully connected layer.

#[cfg(feature = "flex")]
use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use relume_kernels::{
    GatedRelu, Geometry,
    conv2d::{Convolution, Weights},
};

#[cfg(feature = "flex")]
use super::one_on_kernels;
use super::{Activation, BackwardContext, Build, NamedTensor, Operation, Parameters, named};
use crate::error::Result;
use crate::graph::{LinearSpec, Shape};

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
    kernel: Arc<Convolution>,
}

impl Build for LinearSpec {
    type Layer = Linear;

    fn build(
        &self,
        parameters: &mut Parameters<'_>,
        #[cfg_attr(not(feature = "flex"), expect(unused))] [features, ..]: Shape,
    ) -> Result<Linear> {
        Ok(Linear {
            #[cfg(feature = "flex")]
            kernel: Convolution::new(geometry(features, self.out_features))
                .map(Arc::new)
                .ok_or_else(|| parameters.impossible())?,
            weight: parameters.take("weight")?,
            bias: parameters.take_if(self.bias, "bias")?,
        })
    }
}

#[cfg(feature = "flex")]
const fn geometry(features: usize, out_features: usize) -> Geometry {
    Geometry {
        channels: features,
        out_channels: out_features,
        input: [1, 1],
        output: [1, 1],
        kernel: [1, 1],
        stride: [1, 1],
        padding: [0; 4],
        dilation: [1, 1],
        groups: 1,
    }
}

impl Operation for Linear {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        #[cfg(feature = "flex")]
        if one_on_kernels(&x) {
            return self.kernel.forward(x, &self.weights(), None).into();
        }
        let [batch, features, ..] = x.dims();
        let y = x.reshape([batch, features]).matmul(self.weight.val().transpose());
        let y = match &self.bias {
            Some(bias) => y.add(bias.val().unsqueeze()),
            None => y,
        };
        let [batch, features] = y.dims();
        y.reshape([batch, features, 1, 1]).into()
    }

    fn backward(&self, r: Tensor<4>, _context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        #[cfg(feature = "flex")]
        if one_on_kernels(&r) {
            return Some(vec![self.kernel.backward(r, &self.weights(), None)]);
        }
        let [batch, features, ..] = r.dims();
        let back = r.reshape([batch, features]).matmul(self.weight.val());
        let [batch, features] = back.dims();
        Some(vec![back.reshape([batch, features, 1, 1])])
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let bias = self.bias.as_ref().map(|bias| named("bias", bias.val()));
        std::iter::once(named("weight", self.weight.val()))
            .chain(bias)
            .collect()
    }
}

#[cfg(feature = "flex")]
impl Linear {
    /// As those of a convolution over a single pixel.
    fn weights(&self) -> Weights {
        let [out, features] = self.weight.dims();
        Weights {
            weight: Some(self.weight.val().reshape([out, features, 1, 1])),
            bias: self.bias.as_ref().map(Param::val),
            norm: None,
        }
    }

    /// Together with the ReLU after it, clipped at `limit`.
    pub(crate) fn forward_relu(&self, x: Tensor<4>, limit: f32) -> Tensor<4> {
        self.kernel.forward(x, &self.weights(), Some(limit))
    }

    /// Through the layer and then the ReLU before it.
    pub(crate) fn backward_gated(&self, r: Tensor<4>, relu: GatedRelu) -> Tensor<4> {
        self.kernel.backward(r, &self.weights(), Some(relu))
    }
}
