//! Channels in another order.

use burn::module::Module;
use burn::tensor::Tensor;

use super::{Activation, BackwardContext, Build, Operation, Parameters, on_kernels};
use crate::error::Result;
use crate::graph::{ChannelShuffleSpec, Shape};

/// Channels in another order.
#[derive(Module, Debug)]
pub struct ChannelShuffle {
    /// How many groups of channels, one after the other, go in.
    #[module(skip)]
    pub groups: usize,
}

impl Build for ChannelShuffleSpec {
    type Layer = ChannelShuffle;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<ChannelShuffle> {
        Ok(ChannelShuffle { groups: self.groups })
    }
}

impl Operation for ChannelShuffle {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        shuffle(x, self.groups).into()
    }

    /// The same with as many groups as each group has channels: it undoes the forward pass.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        Some(vec![shuffle(r, context.input[0] / self.groups)])
    }
}

fn shuffle(x: Tensor<4>, groups: usize) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    // Where channels lie last in memory they are moved there.
    let last = on_kernels(&x.device());
    if last {
        let apart = [batch, height * width, groups, channels / groups];
        let x = x.permute([0, 2, 3, 1]).reshape(apart).swap_dims(2, 3);
        x.reshape([batch, height, width, channels]).permute([0, 3, 1, 2])
    } else {
        let apart = [batch, groups, channels / groups, height * width];
        x.reshape(apart)
            .swap_dims(1, 2)
            .reshape([batch, channels, height, width])
    }
}
