//! The convolution as an extension of Burn's Flex backend.

use std::sync::Arc;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn_flex::FlexTensor;

use super::algorithm::{Algorithm, Direction};
use super::bands::{self, BAND};
use super::epilogue::Epilogue;
use super::{Convolution, ReluGate, dense, global_pool, relu};
use crate::geometry::Geometry;
use crate::layout::{channels_first, channels_last, floats};
use crate::uninit_vec::uninit_vec;

#[backend_extension(Flex)]
pub(super) trait ConvolutionOps: Backend {
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        convolution: Arc<Convolution>,
        relu: Option<f32>,
    ) -> FloatTensor<Self>;

    fn convolution_backward(
        r: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        convolution: Arc<Convolution>,
    ) -> FloatTensor<Self>;

    fn convolution_backward_gated(
        r: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        activation: FloatTensor<Self>,
        convolution: Arc<Convolution>,
        gate: ReluGate,
    ) -> FloatTensor<Self>;

    fn convolutions_backward_in_bands(
        r: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        before_weight: FloatTensor<Self>,
        activation: FloatTensor<Self>,
        convolutions: [Arc<Convolution>; 2],
        gate: ReluGate,
    ) -> FloatTensor<Self>;

    fn relu_backward(r: FloatTensor<Self>, activation: FloatTensor<Self>, gate: ReluGate) -> FloatTensor<Self>;

    fn global_pool_backward_gated(
        r: FloatTensor<Self>,
        activation: FloatTensor<Self>,
        gate: ReluGate,
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
        let epilogue = relu.map_or(Epilogue::None, Epilogue::Relu);
        run(&convolution, Direction::Forward, x, weight, floats(&bias), epilogue)
    }

    fn convolution_backward(r: FlexTensor, weight: FlexTensor, convolution: Arc<Convolution>) -> FlexTensor {
        run(&convolution, Direction::Backward, r, weight, &[], Epilogue::None)
    }

    fn convolution_backward_gated(
        r: FlexTensor,
        weight: FlexTensor,
        activation: FlexTensor,
        convolution: Arc<Convolution>,
        gate: ReluGate,
    ) -> FlexTensor {
        let activation = channels_last(&activation);
        let epilogue = Epilogue::Gate {
            activation: floats(&activation),
            gate,
        };
        run(&convolution, Direction::Backward, r, weight, &[], epilogue)
    }

    fn convolutions_backward_in_bands(
        r: FlexTensor,
        weight: FlexTensor,
        before_weight: FlexTensor,
        activation: FlexTensor,
        [convolution, before]: [Arc<Convolution>; 2],
        gate: ReluGate,
    ) -> FlexTensor {
        let (r, activation) = (channels_last(&r), channels_last(&activation));
        let algorithm = |convolution: &Convolution, weight: FlexTensor| {
            let weight = weight.to_contiguous();
            convolution.algorithm(Direction::Backward, &weight.data_arc(), floats(&weight))
        };
        let algorithms = (algorithm(&convolution, weight), algorithm(&before, before_weight));
        let (Algorithm::Depthwise(depthwise), Algorithm::Direct(pointwise)) = (&*algorithms.0, &*algorithms.1) else {
            unreachable!("their geometries were asked")
        };
        let Geometry {
            channels,
            input: [height, width],
            ..
        } = before.geometry;
        let epilogue = Epilogue::Gate {
            activation: floats(&activation),
            gate,
        };
        // SAFETY: it writes every row.
        let out = unsafe {
            uninit_vec(height * width * channels, |out| {
                bands::backward(depthwise, epilogue, pointwise, floats(&r), BAND, out);
            })
        };
        channels_first(out, [1, channels, height, width])
    }

    fn relu_backward(r: FlexTensor, activation: FlexTensor, gate: ReluGate) -> FlexTensor {
        let (r, activation) = (channels_last(&r), channels_last(&activation));
        let epilogue = Epilogue::Gate {
            activation: floats(&activation),
            gate,
        };
        let [_, height, width, channels] = r.shape().dims();
        let r = floats(&r);
        // SAFETY: it writes every number.
        let out = unsafe { uninit_vec(r.len(), |out| relu::backward(r, epilogue, out)) };
        channels_first(out, [1, channels, height, width])
    }

    fn global_pool_backward_gated(r: FlexTensor, activation: FlexTensor, gate: ReluGate) -> FlexTensor {
        let (r, activation) = (r.to_contiguous(), channels_last(&activation));
        let epilogue = Epilogue::Gate {
            activation: floats(&activation),
            gate,
        };
        let [_, height, width, channels] = activation.shape().dims();
        let pixels = height * width;
        // SAFETY: it writes every channel of every pixel.
        let out = unsafe {
            uninit_vec(pixels * channels, |out| {
                global_pool::backward(floats(&r), pixels, epilogue, out);
            })
        };
        channels_first(out, [1, channels, height, width])
    }
}

fn run(
    convolution: &Convolution,
    direction: Direction,
    x: FlexTensor,
    weight: FlexTensor,
    bias: &[f32],
    epilogue: Epilogue<'_>,
) -> FlexTensor {
    let (x, weight) = (channels_last(&x), weight.to_contiguous());
    let g = &convolution.geometry;
    let (channels, [height, width]) = match direction {
        Direction::Forward => (g.out_channels, g.output),
        Direction::Backward => (g.channels, g.input),
    };
    let length = height * width * channels;
    let out = if matches!(direction, Direction::Backward) && dense::suits(g) {
        let width = convolution.width;
        // SAFETY: it writes all inputs.
        unsafe {
            uninit_vec(length, |out| {
                dense::backward(width, floats(&x), floats(&weight), epilogue, out);
            })
        }
    } else {
        let algorithm = convolution.algorithm(direction, &weight.data_arc(), floats(&weight));
        // SAFETY: an algorithm writes every number of its output: each pixel belongs to one phase, to one tile or to one row
        // of a grid. The tests have it write into memory filled with NaN.
        unsafe { uninit_vec(length, |out| algorithm.fill(floats(&x), bias, epilogue, out)) }
    };
    channels_first(out, [1, channels, height, width])
}
