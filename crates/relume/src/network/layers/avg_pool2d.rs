//! Average pooling over a window.

#[cfg(feature = "flex")]
use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{
    Device, Tensor, TensorData,
    module::{avg_pool2d, conv_transpose2d},
    ops::{AvgPoolOptions, ConvTransposeOptions, PadMode},
};
#[cfg(feature = "flex")]
use relume_kernels::{After, pool2d};

use super::{Activation, BackwardContext, Build, Operation, Parameters};
#[cfg(feature = "flex")]
use super::{is_taken, one_on_kernels};
use crate::error::Result;
use crate::graph::{AvgPool2dSpec, Shape};

/// Average pooling.
#[derive(Module, Debug)]
pub struct AvgPool2d {
    /// Its geometry.
    #[module(skip)]
    pub spec: AvgPool2dSpec,
    /// Our own kernel for one picture of the network's size.
    #[cfg(feature = "flex")]
    #[module(skip)]
    kernel: Arc<pool2d::AvgPool2d>,
}

impl Build for AvgPool2dSpec {
    type Layer = AvgPool2d;

    fn build(
        &self,
        #[cfg_attr(not(feature = "flex"), expect(unused))] parameters: &mut Parameters<'_>,
        #[cfg_attr(not(feature = "flex"), expect(unused))] input: Shape,
    ) -> Result<AvgPool2d> {
        Ok(AvgPool2d {
            #[cfg(feature = "flex")]
            kernel: self
                .window()
                .pooling_geometry(input, self.ceil_mode)
                .and_then(|geometry| pool2d::AvgPool2d::new(&geometry, shares(self, geometry.input, geometry.output)))
                .map(Arc::new)
                .ok_or_else(|| parameters.impossible())?,
            spec: self.clone(),
        })
    }
}

impl Operation for AvgPool2d {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        #[cfg(feature = "flex")]
        if is_taken(&x, |dims| self.kernel.takes(dims)) {
            return self.kernel.forward(x).into();
        }
        let AvgPool2dSpec { kernel, stride, .. } = self.spec;
        let [_, _, height, width] = x.dims();
        let Ok([oh, ow]) = self.spec.window().output([height, width], self.spec.ceil_mode) else {
            unreachable!("the plan has computed this size before")
        };
        // Burn is never given padding: its backends disagree on windows at the border. The zeros are put there by
        // hand, and each mean is then brought to its own divisor.
        let [top, left, ..] = self.spec.padding;
        let reach = [(oh - 1) * stride[0] + kernel[0], (ow - 1) * stride[1] + kernel[1]];
        let bottom = reach[0].saturating_sub(top + height);
        let right = reach[1].saturating_sub(left + width);
        let whole = [top, left, bottom, right] == [0; 4];
        let x = if whole {
            x
        } else {
            x.pad([(top, bottom), (left, right)], PadMode::Constant(0.0))
        };
        let options = AvgPoolOptions {
            kernel_size: kernel,
            stride,
            padding: [(0, 0); 2],
            count_include_pad: true,
            ceil_mode: false,
        };
        let means = avg_pool2d(x, options);
        if whole {
            return means.into();
        }
        let shares = self.shares([height, width], [oh, ow], &means.device());
        means.mul(shares.mul_scalar((kernel[0] * kernel[1]) as f32)).into()
    }

    /// Each value of `r`, divided by its window's divisor, goes to every pixel of the window.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        #[cfg(feature = "flex")]
        if one_on_kernels(&r) {
            return Some(vec![self.kernel.backward(r, After::Nothing)]);
        }
        let [_, height, width] = context.input;
        let device = r.device();
        let [_, channels, oh, ow] = r.dims();
        let shares = self.shares([height, width], [oh, ow], &device);
        let [kh, kw] = self.spec.kernel;
        let stride = self.spec.stride;
        let ones = Tensor::ones([channels, 1, kh, kw], &device);
        let options = ConvTransposeOptions::new(stride, [0, 0], [0, 0], [1, 1], channels);
        let back = conv_transpose2d(r.mul(shares), ones, None, options);

        // `back` covers the padded picture up to the last window's end, which may lie short of the input or beyond.
        let [top, left, ..] = self.spec.padding;
        let reach = [(oh - 1) * stride[0] + kh, (ow - 1) * stride[1] + kw];
        let kept = [height.min(reach[0] - top), width.min(reach[1] - left)];
        let back = back.narrow(2, top, kept[0]).narrow(3, left, kept[1]);
        let back = back.pad([(0, height - kept[0]), (0, width - kept[1])], PadMode::Constant(0.0));
        Some(vec![back])
    }
}

impl AvgPool2d {
    /// Through the pooling and then what comes after it.
    #[cfg(feature = "flex")]
    pub(crate) fn backward_then(&self, r: Tensor<4>, after: After) -> Tensor<4> {
        self.kernel.backward(r, after)
    }

    /// One over each window's divisor, `[1, 1, oh, ow]`.
    fn shares(&self, input: [usize; 2], output: [usize; 2], device: &Device) -> Tensor<4> {
        let shares = shares(&self.spec, input, output);
        Tensor::from_data(TensorData::new(shares, [1, 1, output[0], output[1]]), device)
    }
}

/// One over each window's divisor, in row order.
fn shares(spec: &AvgPool2dSpec, input: [usize; 2], output: [usize; 2]) -> Vec<f32> {
    let [rows, columns] = [0, 1].map(|axis| divisors(spec, axis, input[axis], output[axis]));
    rows.iter()
        .flat_map(|row| columns.iter().map(move |column| 1.0 / (row * column) as f32))
        .collect()
}

/// By how many pixels each window along `axis` divides.
fn divisors(spec: &AvgPool2dSpec, axis: usize, input: usize, output: usize) -> Vec<usize> {
    let window = spec.window();
    let (before, after) = window.pairs()[axis];
    (0..output)
        .map(|i| {
            let start = i * window.stride[axis];
            let end = (start + window.kernel[axis]).min(input + before + after);
            if spec.count_include_pad {
                end - start
            } else {
                end.min(input + before) - start.max(before)
            }
        })
        .collect()
}
