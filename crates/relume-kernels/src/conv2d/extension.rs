//! The convolution as an extension of Burn's Flex backend.

use std::sync::Arc;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, backend_extension};
use burn_flex::FlexTensor;

use super::Convolution;
use super::finish::Finish;
use super::way::Direction;
use crate::layout::{channels_first, channels_last, floats};

#[backend_extension(Flex)]
pub(super) trait ConvolutionOps: Backend {
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        convolution: Arc<Convolution>,
        relu: Option<f32>,
    ) -> FloatTensor<Self>;

    fn convolution_back(
        r: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        convolution: Arc<Convolution>,
    ) -> FloatTensor<Self>;

    fn convolution_back_gated(
        r: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        y: FloatTensor<Self>,
        convolution: Arc<Convolution>,
        limit: f32,
        by_input: bool,
        by_signal: bool,
    ) -> FloatTensor<Self>;
}

impl ConvolutionOps for Flex {
    fn convolution(
        x: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        convolution: Arc<Convolution>,
        relu: Option<f32>,
    ) -> FlexTensor {
        let bias = bias.to_contiguous();
        let finish = relu.map_or(Finish::Keep, Finish::Relu);
        run(&convolution, Direction::Forward, x, weight, floats(&bias), finish)
    }

    fn convolution_back(r: FlexTensor, weight: FlexTensor, convolution: Arc<Convolution>) -> FlexTensor {
        run(&convolution, Direction::Backward, r, weight, &[], Finish::Keep)
    }

    fn convolution_back_gated(
        r: FlexTensor,
        weight: FlexTensor,
        y: FlexTensor,
        convolution: Arc<Convolution>,
        limit: f32,
        by_input: bool,
        by_signal: bool,
    ) -> FlexTensor {
        let y = channels_last(&y);
        let gate = Finish::Gate {
            y: floats(&y),
            limit,
            by_input,
            by_signal,
        };
        run(&convolution, Direction::Backward, r, weight, &[], gate)
    }
}

fn run(
    convolution: &Convolution,
    direction: Direction,
    x: FlexTensor,
    weight: FlexTensor,
    bias: &[f32],
    finish: Finish<'_>,
) -> FlexTensor {
    let weight = weight.to_contiguous();
    let way = convolution.way(direction, &weight.data_arc(), floats(&weight));
    let g = &convolution.geometry;
    let (channels, [height, width]) = match direction {
        Direction::Forward => (g.out_channels, g.output),
        Direction::Backward => (g.channels, g.input),
    };
    let x = channels_last(&x);
    let out = way.run(floats(&x), bias, finish, height * width * channels);
    channels_first(out, [1, channels, height, width])
}
