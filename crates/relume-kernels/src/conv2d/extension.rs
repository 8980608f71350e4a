//! The convolution as an extension of Burn's Flex backend.

use std::sync::Arc;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn_flex::FlexTensor;

use super::bands::{self, BAND};
use super::finish::Finish;
use super::way::{Direction, Way};
use super::{Convolution, dense, global_pool};
use crate::fresh::fresh;
use crate::geometry::Geometry;
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
        rule: Rule,
    ) -> FloatTensor<Self>;

    fn convolutions_back_in_bands(
        r: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        before_weight: FloatTensor<Self>,
        y: FloatTensor<Self>,
        convolutions: [Arc<Convolution>; 2],
        rule: Rule,
    ) -> FloatTensor<Self>;

    fn global_pool_back_gated(r: FloatTensor<Self>, y: FloatTensor<Self>, rule: Rule) -> FloatTensor<Self>;
}

/// What a ReLU asks before it lets a signal pass: see [`Gate`](super::Gate).
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) limit: f32,
    pub(super) by_input: bool,
    pub(super) by_signal: bool,
}

impl Rule {
    /// With what the ReLU gave.
    fn gate(self, y: &[f32]) -> Finish<'_> {
        let Self {
            limit,
            by_input,
            by_signal,
        } = self;
        Finish::Gate {
            y,
            limit,
            by_input,
            by_signal,
        }
    }
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
        rule: Rule,
    ) -> FlexTensor {
        let y = channels_last(&y);
        run(&convolution, Direction::Backward, r, weight, &[], rule.gate(floats(&y)))
    }

    fn convolutions_back_in_bands(
        r: FlexTensor,
        weight: FlexTensor,
        before_weight: FlexTensor,
        y: FlexTensor,
        [convolution, before]: [Arc<Convolution>; 2],
        rule: Rule,
    ) -> FlexTensor {
        let (r, y) = (channels_last(&r), channels_last(&y));
        let way = |convolution: &Convolution, weight: FlexTensor| {
            let weight = weight.to_contiguous();
            convolution.way(Direction::Backward, &weight.data_arc(), floats(&weight))
        };
        let ways = (way(&convolution, weight), way(&before, before_weight));
        let (Way::Depthwise(depthwise), Way::Direct(pointwise)) = (&*ways.0, &*ways.1) else {
            unreachable!("their geometries were asked")
        };
        let Geometry {
            channels,
            input: [height, width],
            ..
        } = before.geometry;
        let (gate, r) = (rule.gate(floats(&y)), floats(&r));
        // SAFETY: it writes every row.
        let out = unsafe {
            fresh(height * width * channels, |out| {
                bands::back(depthwise, gate, pointwise, r, BAND, out);
            })
        };
        channels_first(out, [1, channels, height, width])
    }

    fn global_pool_back_gated(r: FlexTensor, y: FlexTensor, rule: Rule) -> FlexTensor {
        let (r, y) = (r.to_contiguous(), channels_last(&y));
        let gate = rule.gate(floats(&y));
        let [_, height, width, channels] = y.shape().dims();
        let (r, pixels) = (floats(&r), height * width);
        // SAFETY: it writes every channel of every pixel.
        let out = unsafe { fresh(pixels * channels, |out| global_pool::back(r, pixels, gate, out)) };
        channels_first(out, [1, channels, height, width])
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
