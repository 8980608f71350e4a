//! Average pooling over the whole picture.

use burn::module::Module;
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use relume_kernels::{
    After, GatedRelu,
    pool2d::{global_avg_pool, global_avg_pool_backward},
};

#[cfg(feature = "flex")]
use super::one_on_kernels;
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
        #[cfg(feature = "flex")]
        if one_on_kernels(&x) {
            return global_avg_pool(x).into();
        }
        x.mean_dims(&[2, 3]).into()
    }

    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        let [batch, channels, ..] = r.dims();
        let [_, height, width] = context.input;
        #[cfg(feature = "flex")]
        if one_on_kernels(&r) {
            return Some(vec![global_avg_pool_backward(r, [height, width], After::Nothing)]);
        }
        let share = r.div_scalar((height * width) as f32);
        Some(vec![share.expand([batch, channels, height, width])])
    }
}

impl GlobalAvgPool {
    /// Through the pool and then the ReLU before it.
    #[cfg(feature = "flex")]
    pub(crate) fn backward_gated(r: Tensor<4>, relu: GatedRelu) -> Tensor<4> {
        let [_, _, height, width] = relu.activation.dims();
        global_avg_pool_backward(r, [height, width], After::Gate(relu))
    }
}
