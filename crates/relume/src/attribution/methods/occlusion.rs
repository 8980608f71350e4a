//! Occlusion (Zeiler, Fergus 2013, arXiv 1311.2901): what the target's value loses where a window of the picture is covered.

use serde::Deserialize;

use super::integrated_gradients::check_steps;
use super::refinement::{Sampling, Weight};
use crate::attribution::{Method, Target};
use crate::backend::read;
use crate::error::{Error, ErrorKind, Result};
use crate::network::Trace;

/// From one window to the next, where nothing else is said.
const USUAL_STRIDE: usize = 8;

/// Options of occlusion.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Occlusion {
    /// `[height, width]` of the window, which covers all channels; one that hangs over the right or lower border is cut off.
    pub window: [usize; 2],
    /// `[vertical, horizontal]` step from one window to the next, at most the window's size; unless told 8, or the window where it is smaller.
    pub stride: Option<[usize; 2]>,
    /// What is put into the window: a normalised number.
    pub baseline: f32,
}

impl Default for Occlusion {
    /// Windows of 8 × 8 side by side, covered by 0, the mean of the pictures the network was trained on.
    fn default() -> Self {
        Self {
            window: [8, 8],
            stride: None,
            baseline: 0.0,
        }
    }
}

impl Occlusion {
    pub(super) fn begin(self, trace: &Trace, value: f32) -> Result<Windows> {
        let (picture, [_, channels, height, width]) = read(trace.picture().clone())?;
        let invalid = |message: String| Err(Error::new(ErrorKind::InvalidOption, message));
        // No pixel is to lie between two windows.
        let usual = self.window.map(|side| side.min(USUAL_STRIDE));
        let strides = self.stride.unwrap_or(usual);
        for (axis, side) in [height, width].into_iter().enumerate() {
            let (window, stride) = (self.window[axis], strides[axis]);
            if window == 0 || window > side {
                return invalid(format!(
                    "a window has 1 to {side} pixels along each side of this picture, not {window}"
                ));
            }
            if stride == 0 || stride > window {
                return invalid(format!(
                    "a window of {window} pixels moves by 1 to {window} of them, not {stride}: pixels in between would never be covered"
                ));
            }
        }
        if !self.baseline.is_finite() {
            return invalid(format!("a window is covered by a finite number, not {}", self.baseline));
        }
        let counts = [0, 1].map(|axis| {
            let side = [height, width][axis];
            (side - self.window[axis]).div_ceil(strides[axis]) + 1
        });
        check_steps("occlusion", counts[0] * counts[1])?;
        Ok(Windows {
            options: self,
            strides,
            picture,
            shape: [channels, height, width],
            counts,
            value: f64::from(value),
            lost: vec![0.0; height * width],
            covered: vec![0; height * width],
        })
    }
}

pub(super) struct Windows {
    options: Occlusion,
    strides: [usize; 2],
    picture: Vec<f32>,
    shape: [usize; 3],
    /// How many windows there are, down and across.
    counts: [usize; 2],
    /// The target's, of the whole picture.
    value: f64,
    /// At each pixel, of all windows over it.
    lost: Vec<f64>,
    /// By how many windows each pixel was covered.
    covered: Vec<u32>,
}

impl Windows {
    /// The pixels of window `step`, by their place in a plane.
    fn pixels(&self, step: usize) -> impl Iterator<Item = usize> + use<> {
        let [_, height, width] = self.shape;
        let (row, column) = (step / self.counts[1], step % self.counts[1]);
        let top = row * self.strides[0];
        let left = column * self.strides[1];
        let bottom = (top + self.options.window[0]).min(height);
        let right = (left + self.options.window[1]).min(width);
        (top..bottom).flat_map(move |y| (left..right).map(move |x| y * width + x))
    }
}

impl Sampling for Windows {
    fn method(&self) -> Method {
        Method::Occlusion
    }

    fn steps(&self) -> usize {
        self.counts[0] * self.counts[1]
    }

    fn picture(&self, step: usize) -> Vec<f32> {
        let mut picture = self.picture.clone();
        let plane = self.lost.len();
        for channel in picture.chunks_mut(plane) {
            for pixel in self.pixels(step) {
                channel[pixel] = self.options.baseline;
            }
        }
        picture
    }

    fn take(&mut self, step: usize, run: &Trace, target: &Target) -> Result<()> {
        let lost = self.value - f64::from(run.explained_unit(target)?.value);
        for pixel in self.pixels(step) {
            self.lost[pixel] += lost;
            self.covered[pixel] += 1;
        }
        Ok(())
    }

    fn weight(&self) -> Weight {
        Weight::Each(self.covered.iter().map(|&count| count as f32).collect())
    }

    fn map(&self) -> Vec<f32> {
        let means = self.lost.iter().zip(&self.covered);
        let plane: Vec<f32> = means
            .map(|(lost, &count)| (lost / f64::from(count.max(1))) as f32)
            .collect();
        plane.repeat(self.shape[0])
    }
}
