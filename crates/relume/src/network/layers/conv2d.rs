//! Convolution.

#[cfg(feature = "flex")]
use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::{
    Tensor,
    module::{conv_transpose2d, conv2d},
    ops::{ConvOptions, ConvTransposeOptions, PadMode},
};
#[cfg(feature = "flex")]
use relume_kernels::{
    GatedRelu, Geometry,
    concat_output::ConcatOutput,
    conv2d::{Convolution, Weights},
};

use super::{Activation, BackwardContext, Build, NamedTensor, Operation, Parameters, named};
#[cfg(feature = "flex")]
use super::{BatchNorm, is_taken, on_kernels};
use crate::backend::Backend;
use crate::error::Result;
use crate::graph::{Conv2dSpec, Shape};

/// A convolution with its weights.
#[derive(Module, Debug)]
pub struct Conv2d {
    /// `[O, I / groups, kh, kw]`; empty where the kernel keeps the weights.
    weight: Param<Tensor<4>>,
    /// `[O]`
    pub bias: Option<Param<Tensor<1>>>,
    /// Its geometry.
    #[module(skip)]
    pub spec: Conv2dSpec,
    /// Our own kernel for one picture of the network's size.
    #[cfg(feature = "flex")]
    #[module(skip)]
    kernel: Arc<Convolution>,
}

impl Build for Conv2dSpec {
    type Layer = Conv2d;

    fn build(
        &self,
        parameters: &mut Parameters<'_>,
        #[cfg_attr(not(feature = "flex"), expect(unused))] input: Shape,
    ) -> Result<Conv2d> {
        Ok(Conv2d {
            #[cfg(feature = "flex")]
            kernel: geometry(self, input)
                .and_then(Convolution::new)
                .map(Arc::new)
                .ok_or_else(|| parameters.impossible())?,
            weight: parameters.take("weight")?,
            bias: parameters.take_if(self.bias, "bias")?,
            spec: self.clone(),
        })
    }
}

/// A convolution of one picture's `input`, as the kernels want it.
#[cfg(feature = "flex")]
fn geometry(spec: &Conv2dSpec, [channels, height, width]: Shape) -> Option<Geometry> {
    let window = spec.window();
    Some(Geometry {
        channels,
        out_channels: spec.out_channels,
        input: [height, width],
        output: window.output([height, width], false).ok()?,
        kernel: window.kernel,
        stride: window.stride,
        padding: window.padding,
        dilation: window.dilation,
        groups: spec.groups,
    })
}

impl Operation for Conv2d {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        #[cfg(feature = "flex")]
        if is_taken(&x, |dims| self.kernel.takes(dims)) {
            return self.kernel.forward(x, &self.weights(None), None).into();
        }
        let window = self.spec.window();
        let options = ConvOptions::new_with_padding(window.stride, window.pairs(), window.dilation, self.spec.groups);
        conv2d(x, self.weight(), self.bias.as_ref().map(Param::val), options).into()
    }

    /// `r` is `[N, O, oh, ow]`; the result has the input's shape, `[N, I, height, width]`.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        let [_, height, width] = context.input;
        #[cfg(feature = "flex")]
        if on_kernels(&r.device()) {
            return Some(vec![self.kernel.backward(r, &self.weights(None), None)]);
        }
        Some(vec![if Backend::of(&r.device()) == Some(Backend::NdArray) {
            self.backward_by_convolution(r, [height, width])
        } else {
            self.backward_by_transposed_convolution(r, [height, width])
        }])
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let bias = self.bias.as_ref().map(|bias| named("bias", bias.val()));
        std::iter::once(named("weight", self.weight())).chain(bias).collect()
    }
}

impl Conv2d {
    /// Its weights, `[O, I / groups, kh, kw]`.
    #[must_use]
    pub fn weight(&self) -> Tensor<4> {
        #[cfg(feature = "flex")]
        if let Some(weight) = self.kernel.kept_weight() {
            return weight;
        }
        self.weight.val()
    }

    /// Has the kernel pack the weights, with the batch normalisation after it if it is to be computed with it, and keep them
    /// alone; if it can.
    #[cfg(feature = "flex")]
    pub(crate) fn pack(&mut self, norm: Option<&BatchNorm>) {
        let device = self.weight.val().device();
        if !on_kernels(&device) || self.kernel.keeps_weights() {
            return;
        }
        if let Some(kept) = self.kernel.keeping(&self.weights(norm)) {
            self.kernel = Arc::new(kept);
            self.weight = Param::initialized(self.weight.id, Tensor::empty([0; 4], &device));
        }
    }

    /// Its weights, with the batch normalisation after it if it is to be computed with it.
    #[cfg(feature = "flex")]
    fn weights(&self, norm: Option<&BatchNorm>) -> Weights {
        Weights {
            weight: (!self.kernel.keeps_weights()).then(|| self.weight.val()),
            bias: self.bias.as_ref().map(Param::val),
            norm: norm.map(BatchNorm::affine),
        }
    }

    /// Together with the batch normalisation and the ReLU after it, clipped at `limit`.
    #[cfg(feature = "flex")]
    pub(crate) fn forward_fused(&self, x: Tensor<4>, norm: Option<&BatchNorm>, limit: Option<f32>) -> Tensor<4> {
        self.kernel.forward(x, &self.weights(norm), limit)
    }

    /// The same, written to channels `first..first + O` of a concatenation's output.
    #[cfg(feature = "flex")]
    pub(crate) fn forward_into(
        &self,
        x: Tensor<4>,
        norm: Option<&BatchNorm>,
        limit: Option<f32>,
        output: &mut ConcatOutput,
        first: usize,
    ) {
        self.kernel.forward_into(x, &self.weights(norm), limit, output, first);
    }

    /// Through the batch normalisation after it, the convolution and then the ReLU before it.
    #[cfg(feature = "flex")]
    pub(crate) fn backward_fused(&self, r: Tensor<4>, norm: Option<&BatchNorm>, relu: Option<GatedRelu>) -> Tensor<4> {
        self.kernel.backward(r, &self.weights(norm), relu)
    }

    /// Whether [`backward_in_bands`](Self::backward_in_bands) is made for this convolution and the one before.
    #[cfg(feature = "flex")]
    pub(crate) fn goes_in_bands(&self, before: &Self) -> bool {
        self.kernel.goes_in_bands(&before.kernel)
    }

    /// Through the convolution, the ReLU before it and `before`, the convolution before that; each with the batch
    /// normalisation after it, if it has one.
    #[cfg(feature = "flex")]
    pub(crate) fn backward_in_bands(
        &self,
        r: Tensor<4>,
        [norm, norm_before]: [Option<&BatchNorm>; 2],
        relu: GatedRelu,
        before: &Self,
    ) -> Tensor<4> {
        let (weights, before_weights) = (self.weights(norm), before.weights(norm_before));
        self.kernel
            .backward_in_bands(r, &weights, relu, &before.kernel, &before_weights)
    }

    /// Whether the kernel keeps the weights.
    #[cfg(all(test, feature = "flex"))]
    pub(crate) fn is_packed(&self) -> bool {
        self.kernel.keeps_weights()
    }

    /// The backward pass through a convolution is the transposed convolution with the same weights.
    fn backward_by_transposed_convolution(&self, r: Tensor<4>, input: [usize; 2]) -> Tensor<4> {
        let window = self.spec.window();
        let [top, left, bottom, right] = window.padding;
        let symmetric = top == bottom && left == right;
        // Burn's transposed convolution knows symmetric padding only. Otherwise: go back to the padded picture and
        // cut the border off.
        let (padding, target) = if symmetric {
            ([top, left], input)
        } else {
            ([0, 0], [input[0] + top + bottom, input[1] + left + right])
        };
        let [_, _, oh, ow] = r.dims();
        // Rows and columns that no window reached: they get zeros, by way of `padding_out`.
        let missed = |axis: usize, size: usize| {
            target[axis] + 2 * padding[axis] - ((size - 1) * window.stride[axis] + window.span(axis))
        };
        let padding_out = [missed(0, oh), missed(1, ow)];
        let options = ConvTransposeOptions::new(window.stride, padding, padding_out, window.dilation, self.spec.groups);
        let back = conv_transpose2d(r, self.weight(), None, options);
        if symmetric {
            back
        } else {
            back.narrow(2, top, input[0]).narrow(3, left, input[1])
        }
    }

    /// The same as an ordinary convolution of the spread-out signal with flipped kernels, input and output channels
    /// swapped: on burn-ndarray about sixty times faster than its transposed convolution.
    fn backward_by_convolution(&self, r: Tensor<4>, input: [usize; 2]) -> Tensor<4> {
        let window = self.spec.window();
        let groups = self.spec.groups;
        let weight = self.weight();
        let [out_channels, group_inputs, kh, kw] = weight.dims();
        let weight = weight
            .reshape([groups, out_channels / groups, group_inputs, kh, kw])
            .swap_dims(1, 2)
            .reshape([groups * group_inputs, out_channels / groups, kh, kw])
            .flip([2, 3]);
        let spread = spread(spread(r, 2, window.stride[0]), 3, window.stride[1]);
        let [_, _, sh, sw] = spread.dims();
        let [top, left, ..] = window.padding;
        // Full convolution, then only the rows and columns that belong to the unpadded input: pad or cut each side.
        let sides = |span: usize, before: usize, size: usize, spread: usize| {
            let first = span as isize - 1 - before as isize;
            let last = size as isize + span as isize - 1 - spread as isize - first;
            (first, last)
        };
        let (first, last) = sides(window.span(0), top, input[0], sh);
        let spread = pad_or_cut(spread, 2, first, last);
        let (first, last) = sides(window.span(1), left, input[1], sw);
        let spread = pad_or_cut(spread, 3, first, last);
        conv2d(
            spread,
            weight,
            None,
            ConvOptions::new([1, 1], [0, 0], window.dilation, groups),
        )
    }
}

/// Puts `stride - 1` zeros between neighbours along `dim`.
fn spread(r: Tensor<4>, dim: usize, stride: usize) -> Tensor<4> {
    if stride == 1 {
        return r;
    }
    let dims = r.dims();
    let size = dims[dim];
    // Each value becomes a run of `stride` (itself, then zeros); the zeros after the last one are cut off.
    let mut split = [dims[0], dims[1], dims[2], dims[3], 1];
    split[dim + 1..].copy_from_slice(&[&[1], &dims[dim + 1..]].concat());
    let run: Tensor<5> = r.reshape(split);
    let mut zeros = split;
    zeros[dim + 1] = stride - 1;
    let zeros = Tensor::zeros(zeros, &run.device());
    let mut joined = dims;
    joined[dim] = size * stride;
    Tensor::cat(vec![run, zeros], dim + 1)
        .reshape(joined)
        .narrow(dim, 0, (size - 1) * stride + 1)
}

/// Adds zeros at both ends of `dim`, or cuts there where the number is negative.
fn pad_or_cut(x: Tensor<4>, dim: usize, first: isize, last: isize) -> Tensor<4> {
    let add = |side: isize| usize::try_from(side).unwrap_or(0);
    let cut = |side: isize| usize::try_from(-side).unwrap_or(0);
    let mut pairs = [(0, 0); 2];
    pairs[dim - 2] = (add(first), add(last));
    // Padding comes first: a signal shorter than what is cut off one end may need the zeros added at the other.
    let padded = if pairs == [(0, 0); 2] {
        x
    } else {
        x.pad(pairs, PadMode::Constant(0.0))
    };
    let kept = padded.dims()[dim] - cut(first) - cut(last);
    padded.narrow(dim, cut(first), kept)
}
