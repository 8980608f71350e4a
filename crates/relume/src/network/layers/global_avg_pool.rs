//! Average pooling over the whole picture.

use burn::module::Module;
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use relume_kernels::conv2d::{GatedRelu, global_avg_pool_backward};

use super::{Activation, BackwardContext, Build, Operation, Parameters};
use crate::error::Result;
use crate::graph::{GlobalAvgPoolSpec, Shape};

/// The mean over all positions of each channel.
#[derive(Module, Debug)]
pub struct GlobalAvgPool {}

impl Build for GlobalAvgPoolSpec {
    type Layer = GlobalAvgPool;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<GlobalAvgPool> {
        Ok(GlobalAvgPool {})
    }
}

impl Operation for GlobalAvgPool {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        x.mean_dims(&[2, 3]).into()
    }

    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        let [batch, channels, ..] = r.dims();
        let [_, height, width] = context.input;
        let share = r.div_scalar((height * width) as f32);
        Some(vec![share.expand([batch, channels, height, width])])
    }
}

impl GlobalAvgPool {
    /// Through the pool and then the ReLU before it.
    #[cfg(feature = "flex")]
    pub(crate) fn backward_gated(r: Tensor<4>, relu: GatedRelu) -> Tensor<4> {
        global_avg_pool_backward(r, relu)
    }
}
