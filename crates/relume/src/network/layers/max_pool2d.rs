//! Max-pooling, with the switches that its backward pass needs.

use burn::module::Module;
use burn::tensor::{IndexingUpdateOp, Tensor, module::max_pool2d_with_indices, ops::MaxPoolOptions};

use super::{Activation, BackwardContext, Build, Operation, Parameters};
use crate::error::Result;
use crate::graph::{MaxPool2dSpec, Shape};

/// Max-pooling.
#[derive(Module, Debug)]
pub struct MaxPool2d {
    /// Its geometry.
    #[module(skip)]
    pub spec: MaxPool2dSpec,
}

impl Build for MaxPool2dSpec {
    type Layer = MaxPool2d;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<MaxPool2d> {
        Ok(MaxPool2d { spec: self.clone() })
    }
}

impl Operation for MaxPool2d {
    /// The pooled values, and for each the position (row · width + column) in the input that it came from: Zeiler
    /// and Fergus's switches. Among equal values the first in row order is taken, as in PyTorch.
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        let window = self.spec.window();
        let options = MaxPoolOptions {
            kernel_size: window.kernel,
            stride: window.stride,
            padding: window.pairs(),
            dilation: window.dilation,
            ceil_mode: self.spec.ceil_mode,
        };
        let (value, switches) = max_pool2d_with_indices(x, options);
        Activation {
            value,
            switches: Some(switches),
        }
    }

    /// Each value of `r` goes to the position its switch names; overlapping windows add up.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        let switches = context.kept?.switches.clone()?;
        let [_, height, width] = context.input;
        let [batch, channels, oh, ow] = r.dims();
        let flat = [batch, channels, oh * ow];
        let back = Tensor::<3>::zeros([batch, channels, height * width], &r.device())
            .scatter(2, switches.reshape(flat), r.reshape(flat), IndexingUpdateOp::Add)
            .reshape([batch, channels, height, width]);
        Some(vec![back])
    }
}
