//! Max-pooling, with the switches that its backward pass needs.

#[cfg(feature = "flex")]
use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{IndexingUpdateOp, Tensor, module::max_pool2d_with_indices, ops::MaxPoolOptions};
#[cfg(feature = "flex")]
use relume_kernels::{After, pool2d};

#[cfg(feature = "flex")]
use super::one_on_kernels;
use super::{Activation, BackwardContext, Build, Needs, Operation, Parameters, Switches};
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
    kernel: Option<Arc<pool2d::MaxPool2d>>,
}

impl Build for MaxPool2dSpec {
    type Layer = MaxPool2d;

    fn build(
        &self,
        _parameters: &mut Parameters<'_>,
        #[cfg_attr(not(feature = "flex"), expect(unused))] input: Shape,
    ) -> Result<MaxPool2d> {
        Ok(MaxPool2d {
            #[cfg(feature = "flex")]
            kernel: self
                .window()
                .pooling_geometry(input, self.ceil_mode)
                .and_then(|geometry| pool2d::MaxPool2d::new(&geometry))
                .map(Arc::new),
            spec: self.clone(),
        })
    }
}

impl Operation for MaxPool2d {
    /// The pooled values, and for each where it came from: Zeiler and Fergus's switches. Among equal values the first in row
    /// order is taken, as in PyTorch.
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        #[cfg(feature = "flex")]
        if let Some(kernel) = self
            .kernel
            .as_ref()
            .filter(|kernel| one_on_kernels(&x) && kernel.takes(x.dims()))
        {
            let pooled = kernel.forward(x);
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
            Switches::Taps(taps) => Some(vec![self.kernel.as_ref()?.backward(r, taps, After::Nothing)]),
        }
    }
}

#[cfg(feature = "flex")]
impl MaxPool2d {
    /// Whether a picture's pass is computed by a kernel.
    pub(crate) const fn has_kernel(&self) -> bool {
        self.kernel.is_some()
    }

    /// Through the pooling, by what its forward pass gave, and then what comes after it.
    pub(crate) fn backward_then(&self, r: Tensor<4>, kept: &Activation, after: After) -> Option<Tensor<4>> {
        match kept.switches.clone()? {
            Switches::Taps(taps) => Some(self.kernel.as_ref()?.backward(r, taps, after)),
            Switches::Positions(_) => None,
        }
    }
}
