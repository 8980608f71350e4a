//! Max-pooling, with the switches that its backward pass needs.

#[cfg(feature = "flex")]
use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{IndexingUpdateOp, Tensor, module::max_pool2d_with_indices, ops::MaxPoolOptions};
#[cfg(feature = "flex")]
use relume_kernels::{After, pool2d};

#[cfg(feature = "flex")]
use super::is_taken;
use super::{Activation, BackwardContext, Build, Needs, Operation, Parameters, Switches};
use crate::backend::FLEX_ALONE;
use crate::error::Result;
use crate::graph::{MaxPool2dSpec, Shape};

/// Max-pooling.
#[derive(Module, Debug)]
pub struct MaxPool2d {
    /// Its geometry.
    #[module(skip)]
    pub spec: MaxPool2dSpec,
    /// Our own kernel for one picture of the network's size.
    #[cfg(feature = "flex")]
    #[module(skip)]
    kernel: Arc<pool2d::MaxPool2d>,
}

impl Build for MaxPool2dSpec {
    type Layer = MaxPool2d;

    fn build(
        &self,
        #[cfg_attr(not(feature = "flex"), expect(unused))] parameters: &mut Parameters<'_>,
        #[cfg_attr(not(feature = "flex"), expect(unused))] input: Shape,
    ) -> Result<MaxPool2d> {
        Ok(MaxPool2d {
            #[cfg(feature = "flex")]
            kernel: self
                .window()
                .pooling_geometry(input, self.ceil_mode)
                .and_then(|geometry| pool2d::MaxPool2d::new(&geometry))
                .map(Arc::new)
                .ok_or_else(|| parameters.impossible())?,
            spec: self.clone(),
        })
    }
}

impl Operation for MaxPool2d {
    /// The pooled values, and for each where it came from: Zeiler and Fergus's switches. Among equal values the first in row
    /// order is taken, as in PyTorch.
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        #[cfg(feature = "flex")]
        if is_taken(&x, |dims| self.kernel.takes(dims)) {
            let pooled = self.kernel.forward(x);
            return Activation {
                value: pooled.value,
                switches: Some(Switches::Taps(pooled.taps)),
            };
        }
        let window = self.spec.window();
        let options = MaxPoolOptions {
            kernel_size: window.kernel,
            stride: window.stride,
            padding: window.pairs(),
            dilation: window.dilation,
            ceil_mode: self.spec.ceil_mode,
        };
        let (value, positions) = max_pool2d_with_indices(x, options);
        Activation {
            value,
            switches: Some(Switches::Positions(positions)),
        }
    }

    fn needs(&self) -> Needs {
        Needs::Output
    }

    /// Each value of `r` goes to the position its switch names; overlapping windows add up.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        match context.kept?.switches.clone()? {
            Switches::Positions(_) if FLEX_ALONE => None,
            Switches::Positions(positions) => {
                let [_, height, width] = context.input;
                let [batch, channels, oh, ow] = r.dims();
                let flat = [batch, channels, oh * ow];
                let back = Tensor::<3>::zeros([batch, channels, height * width], &r.device())
                    .scatter(2, positions.reshape(flat), r.reshape(flat), IndexingUpdateOp::Add)
                    .reshape([batch, channels, height, width]);
                Some(vec![back])
            }
            #[cfg(feature = "flex")]
            Switches::Taps(taps) => Some(vec![self.kernel.backward(r, taps, After::Nothing)]),
        }
    }
}

#[cfg(feature = "flex")]
impl MaxPool2d {
    /// Through the pooling, by what its forward pass gave, and then what comes after it.
    pub(crate) fn backward_then(&self, r: Tensor<4>, kept: &Activation, after: After) -> Option<Tensor<4>> {
        match kept.switches.clone()? {
            Switches::Taps(taps) => Some(self.kernel.backward(r, taps, after)),
            Switches::Positions(_) => None,
        }
    }
}
