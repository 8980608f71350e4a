//! Pooling of one picture and its backward pass, channels last.
//!
//! Both directions write each number once: the backward pass goes through the pixels of the input and asks which windows hold
//! them. So a signal can be passed by a ReLU before it is stored, and windows that overlap need no picture full of zeros.

mod average;
mod blocks;
mod global;
mod max;
#[cfg(test)]
mod tests;
mod windows;

use burn::tensor::Tensor;

pub use global::{global_avg_pool, global_avg_pool_backward};

use self::windows::Windows;
use crate::lanes::Width;
use crate::layout::{floats, picture, pixels};
use crate::{After, Geometry, uninit_vec};

/// Max-pooling of one picture.
#[derive(Debug, Clone)]
pub struct MaxPool2d(Windows);

/// What a max-pooling gives.
#[derive(Debug, Clone)]
pub struct Pooled {
    /// The largest number of each window, `[1, C, oh, ow]`.
    pub value: Tensor<4>,
    /// Which tap of the window it was, in row order from 0, as a number of the same shape: Zeiler and Fergus's switches. Among
    /// equal numbers the first.
    pub taps: Tensor<4>,
}

impl MaxPool2d {
    /// `None` if some window would hold nothing but padding. Of the geometry the padding below and to the right, the output
    /// channels and the groups do not matter.
    #[must_use]
    pub fn new(geometry: &Geometry) -> Option<Self> {
        Windows::new(geometry).map(Self)
    }

    /// Whether an input has the sizes that [`forward`](Self::forward) takes.
    #[must_use]
    pub fn takes(&self, dims: [usize; 4]) -> bool {
        self.0.takes(dims)
    }

    /// `x` is `[1, C, height, width]`.
    ///
    /// # Panics
    /// If the sizes are not the geometry's, a tensor is not f32, lies on another device than Flex's, or is tracked by
    /// autodiff.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Pooled {
        let windows = &self.0;
        assert!(windows.takes(x.dims()), "the input");
        let x = pixels(x);
        let shape = windows.output();
        let length = windows.output_len();
        let mut taps = Vec::new();
        // SAFETY: both are written in every channel of every pixel.
        let value = unsafe {
            uninit_vec(length, |value| {
                taps = uninit_vec(length, |taps| {
                    max::forward(Width::best(), windows, floats(&x), value, taps);
                });
            })
        };
        Pooled {
            value: picture(value, shape),
            taps: picture(taps, shape),
        }
    }

    /// The gradient for the input, `[1, C, height, width]`, given the gradient `r` for the output and the taps that
    /// [`forward`](Self::forward) gave; then what comes after it. A number of several windows gets the sum.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    #[must_use]
    pub fn backward(&self, r: Tensor<4>, taps: Tensor<4>, after: After) -> Tensor<4> {
        let windows = &self.0;
        assert_eq!(r.dims()[1..], windows.output(), "the gradient");
        assert_eq!(taps.dims(), r.dims(), "a tap for each window");
        let (r, taps) = (pixels(r), pixels(taps));
        let (r, taps) = (floats(&r), floats(&taps));
        let shape = windows.input();
        let out = after.with(shape, |epilogue| {
            // SAFETY: it writes every channel of every pixel.
            unsafe {
                uninit_vec(windows.input_len(), |out| {
                    max::backward(Width::best(), windows, r, taps, epilogue, out);
                })
            }
        });
        picture(out, shape)
    }
}

/// Average pooling of one picture.
#[derive(Debug, Clone)]
pub struct AvgPool2d {
    windows: Windows,
    /// One over each window's divisor, in row order.
    shares: Vec<f32>,
}

impl AvgPool2d {
    /// `shares` are one over each window's divisor, in row order. `None` as [`MaxPool2d::new`], or if there are not as many
    /// shares as windows.
    #[must_use]
    pub fn new(geometry: &Geometry, shares: Vec<f32>) -> Option<Self> {
        let windows = Windows::new(geometry)?;
        let [_, rows, columns] = windows.output();
        (shares.len() == rows * columns).then_some(Self { windows, shares })
    }

    /// Whether an input has the sizes that [`forward`](Self::forward) takes.
    #[must_use]
    pub fn takes(&self, dims: [usize; 4]) -> bool {
        self.windows.takes(dims)
    }

    /// The sum of each window times its share; `x` is `[1, C, height, width]`.
    ///
    /// # Panics
    /// As [`MaxPool2d::forward`].
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let windows = &self.windows;
        assert!(windows.takes(x.dims()), "the input");
        let x = pixels(x);
        let shape = windows.output();
        // SAFETY: it writes every channel of every pixel.
        let out = unsafe {
            uninit_vec(windows.output_len(), |out| {
                average::forward(Width::best(), windows, &self.shares, floats(&x), out);
            })
        };
        picture(out, shape)
    }

    /// The gradient for the input, `[1, C, height, width]`, given the gradient `r` for the output; then what comes after it.
    ///
    /// # Panics
    /// As [`MaxPool2d::forward`].
    #[must_use]
    pub fn backward(&self, r: Tensor<4>, after: After) -> Tensor<4> {
        let windows = &self.windows;
        assert_eq!(r.dims()[1..], windows.output(), "the gradient");
        let r = pixels(r);
        let shape = windows.input();
        let out = after.with(shape, |epilogue| {
            // SAFETY: it writes every channel of every pixel.
            unsafe {
                uninit_vec(windows.input_len(), |out| {
                    average::backward(Width::best(), windows, &self.shares, floats(&r), epilogue, out);
                })
            }
        });
        picture(out, shape)
    }
}
