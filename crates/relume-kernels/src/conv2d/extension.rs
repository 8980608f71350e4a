//! The convolution as an extension of Burn's Flex backend.

use std::sync::Arc;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn_flex::FlexTensor;

use super::finish::Finish;
use super::way::Direction;
use super::{Convolution, dense, global_pool};
use crate::fresh::fresh;
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

    fn global_pool_back_gated(
        r: FloatTensor<Self>,
        y: FloatTensor<Self>,
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
        let gate = gate(floats(&y), limit, [by_input, by_signal]);
        run(&convolution, Direction::Backward, r, weight, &[], gate)
    }

    fn global_pool_back_gated(r: FlexTensor, y: FlexTensor, limit: f32, by_input: bool, by_signal: bool) -> FlexTensor {
        let (r, y) = (r.to_contiguous(), channels_last(&y));
        let gate = gate(floats(&y), limit, [by_input, by_signal]);
        let [_, height, width, channels] = y.shape().dims();
        let (r, pixels) = (floats(&r), height * width);
        // SAFETY: it writes every channel of every pixel.
        let out = unsafe { fresh(pixels * channels, |out| global_pool::back(r, pixels, gate, out)) };
        channels_first(out, [1, channels, height, width])
    }
}

fn gate(y: &[f32], limit: f32, [by_input, by_signal]: [bool; 2]) -> Finish<'_> {
    Finish::Gate {
        y,
        limit,
        by_input,
        by_signal,
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
    let (x, weight) = (channels_last(&x), weight.to_contiguous());
    let g = &convolution.geometry;
    let (channels, [height, width]) = match direction {
        Direction::Forward => (g.out_channels, g.output),
        Direction::Backward => (g.channels, g.input),
    };
    let length = height * width * channels;
    let out = if matches!(direction, Direction::Backward) && dense::suits(g) {
        let (width, r, weight) = (convolution.width, floats(&x), floats(&weight));
        // SAFETY: it writes all inputs.
        unsafe { fresh(length, |out| dense::back(width, r, weight, finish, out)) }
    } else {
        let way = convolution.way(direction, &weight.data_arc(), floats(&weight));
        way.run(floats(&x), bias, finish, length)
    };
    channels_first(out, [1, channels, height, width])
}
