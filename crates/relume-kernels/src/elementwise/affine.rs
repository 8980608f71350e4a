//! A factor and a summand for each channel: a batch normalisation with the statistics of training.

use std::mem::MaybeUninit;
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::Tensor;

use crate::epilogue::{After, Epilogue, OutputWriter, load};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};
use crate::layout::{Source, flex, floats, picture, pixels};
use crate::uninit_vec;

/// A factor and a summand for each channel.
#[derive(Debug)]
pub struct Affine {
    pub(crate) scale: Vec<f32>,
    pub(crate) shift: Vec<f32>,
}

/// The largest factor or summand of a moderate one.
const MODERATE: f32 = 1e6;

impl Affine {
    /// Whether its numbers are of a size that other numbers can be multiplied by.
    #[must_use]
    pub fn is_moderate(&self) -> bool {
        self.scale
            .iter()
            .chain(&self.shift)
            .all(|number| number.abs() <= MODERATE)
    }
}

/// A batch normalisation's tensors, one number a channel each: `(x − mean) / √(variance + epsilon) · weight + bias`.
#[derive(Debug, Clone)]
pub struct BatchNormTensors {
    /// `[C]`
    pub weight: Tensor<1>,
    /// `[C]`
    pub bias: Tensor<1>,
    /// `[C]`
    pub mean: Tensor<1>,
    /// `[C]`
    pub variance: Tensor<1>,
}

/// What a batch normalisation comes down to, computed anew only if its tensors are others than the last time.
#[derive(Debug, Default)]
pub struct AffineCache(Mutex<Option<([Source; 4], Arc<Affine>)>>);

impl AffineCache {
    /// The factor and the summand of each channel.
    ///
    /// # Panics
    /// If the tensors differ in length, are not f32, lie on another device than Flex's, or are tracked by autodiff.
    #[must_use]
    pub fn of(&self, tensors: BatchNormTensors, epsilon: f64) -> Arc<Affine> {
        let BatchNormTensors {
            weight,
            bias,
            mean,
            variance,
        } = tensors;
        let tensors = [weight, bias, mean, variance].map(|tensor| flex(tensor).to_contiguous());
        let sources = tensors.each_ref().map(Source::of);
        // What a poisoned lock holds is whole: it is put there in one step.
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, affine)) = &*cached
            && *of == sources
        {
            return affine.clone();
        }
        let [weight, bias, mean, variance] = tensors.each_ref().map(floats);
        assert!(
            [bias, mean, variance].iter().all(|tensor| tensor.len() == weight.len()),
            "one number a channel"
        );
        let scale: Vec<f32> = weight
            .iter()
            .zip(variance)
            .map(|(weight, variance)| (f64::from(*weight) / (f64::from(*variance) + epsilon).sqrt()) as f32)
            .collect();
        let shift = bias.iter().zip(mean).zip(&scale);
        let shift = shift.map(|((bias, mean), scale)| (f64::from(*bias) - f64::from(*mean) * f64::from(*scale)) as f32);
        let affine = Arc::new(Affine {
            shift: shift.collect(),
            scale,
        });
        *cached = Some((sources, affine.clone()));
        affine
    }
}

/// `x · scale + shift`, `[1, C, H, W]`, and what comes after it.
///
/// # Panics
/// If there are not as many factors as channels, the tensor is not f32, lies on another device than Flex's, or is tracked by
/// autodiff.
#[must_use]
pub fn scale_and_shift(x: Tensor<4>, affine: &Affine, after: After) -> Tensor<4> {
    store(x, &affine.scale, &affine.shift, after)
}

/// The backward pass through [`scale_and_shift`]: `r · scale`, and what comes after it.
///
/// # Panics
/// As [`scale_and_shift`].
#[must_use]
pub fn scale(r: Tensor<4>, affine: &Affine, after: After) -> Tensor<4> {
    store(r, &affine.scale, &vec![0.0; affine.scale.len()], after)
}

pub(super) fn store(x: Tensor<4>, scale: &[f32], shift: &[f32], after: After) -> Tensor<4> {
    let [_, channels, height, width] = x.dims();
    assert_eq!(scale.len(), channels, "a factor a channel");
    let x = pixels(x);
    let x = floats(&x);
    let out = after.with([channels, height, width], |epilogue| {
        // SAFETY: it writes every number.
        unsafe { uninit_vec(x.len(), |out| affine(Width::best(), x, scale, shift, epilogue, out)) }
    });
    picture(out, [channels, height, width])
}

pub(super) fn affine(
    width: Width,
    x: &[f32],
    scale: &[f32],
    shift: &[f32],
    epilogue: Epilogue<'_>,
    out: &mut [MaybeUninit<f32>],
) {
    assert!(
        !scale.is_empty() && scale.len() == shift.len(),
        "a factor and a summand a channel"
    );
    assert_eq!((x.len(), x.len() % scale.len()), (out.len(), 0), "whole pixels");
    let job = Job {
        x,
        scale,
        shift,
        epilogue,
        out,
    };
    dispatch(width, job);
}

struct Job<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    epilogue: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let channels = self.scale.len();
        let mut writer = OutputWriter::<L>::new(self.epilogue, self.out);
        for (pixel, x) in self.x.chunks_exact(channels).enumerate() {
            for at in (0..channels).step_by(L::COUNT) {
                let count = (channels - at).min(L::COUNT);
                // Rounded twice, as Burn does it: a multiplication and an addition.
                let scaled = load::<L>(&x[at..at + count]).mul(load(&self.scale[at..at + count]));
                let value = scaled.add(load(&self.shift[at..at + count]));
                writer.put([[value]], pixel * channels + at, 0, count);
            }
        }
    }
}
