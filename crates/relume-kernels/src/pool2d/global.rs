//! Average pooling over the whole picture.

use std::mem::MaybeUninit;

use burn::tensor::Tensor;

use crate::epilogue::{After, Epilogue, OutputWriter, load};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};
use crate::layout::{flex, floats, picture, pixels};
use crate::uninit_vec;

/// How many pixels are added up before their sum is added to the others: one long sum would round away what comes last.
const PART: usize = 32;

/// The mean of each channel, `[1, C, 1, 1]`; `x` is `[1, C, height, width]`.
///
/// # Panics
/// If the tensor is not f32, lies on another device than Flex's, or is tracked by autodiff.
#[must_use]
pub fn global_avg_pool(x: Tensor<4>) -> Tensor<4> {
    let [_, channels, ..] = x.dims();
    let x = pixels(x);
    // SAFETY: it writes every channel.
    let out = unsafe { uninit_vec(channels, |out| forward(Width::best(), floats(&x), out)) };
    picture(out, [channels, 1, 1])
}

/// The gradient for the input of a global average pool, `[1, C, height, width]`, given the gradient `r` for its output,
/// `[1, C, 1, 1]`; then what comes after it.
///
/// # Panics
/// As [`global_avg_pool`], and if the sizes do not fit together.
#[must_use]
pub fn global_avg_pool_backward(r: Tensor<4>, [height, width]: [usize; 2], after: After) -> Tensor<4> {
    let [pictures, channels, ..] = r.dims();
    assert_eq!(r.dims(), [1, channels, 1, 1], "one number a channel of one picture");
    assert_eq!(pictures, 1);
    let r = flex(r).to_contiguous();
    let shape = [channels, height, width];
    let out = after.with(shape, |epilogue| {
        // SAFETY: it writes every channel of every pixel.
        unsafe {
            uninit_vec(shape.iter().product(), |out| {
                backward(Width::best(), floats(&r), height * width, epilogue, out);
            })
        }
    });
    picture(out, shape)
}

/// `out` is one number a channel.
pub(super) fn forward(width: Width, x: &[f32], out: &mut [MaybeUninit<f32>]) {
    assert!(!out.is_empty() && x.len().is_multiple_of(out.len()), "whole pixels");
    dispatch(width, Forward { x, out });
}

struct Forward<'a> {
    x: &'a [f32],
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Forward<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let channels = self.out.len();
        let share = L::splat(1.0 / (self.x.len() / channels) as f32);
        let mut writer = OutputWriter::<L>::new(Epilogue::None, self.out);
        for channel in (0..channels).step_by(L::COUNT) {
            let count = (channels - channel).min(L::COUNT);
            let mut sum = L::splat(0.0);
            for pixels in self.x.chunks(PART * channels) {
                let mut part = L::splat(0.0);
                for pixel in pixels.chunks_exact(channels) {
                    part = part.add(load(&pixel[channel..channel + count]));
                }
                sum = sum.add(part);
            }
            writer.put([[sum.mul(share)]], channel, 0, count);
        }
    }
}

/// `r` is one number a channel; `out` are `pixels` pixels, channels last. Every pixel of a channel gets the same signal.
pub(super) fn backward(width: Width, r: &[f32], pixels: usize, epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
    assert_eq!(out.len(), pixels * r.len());
    let share: Vec<f32> = r.iter().map(|signal| signal / pixels as f32).collect();
    let job = Backward {
        share: &share,
        epilogue,
        out,
    };
    dispatch(width, job);
}

struct Backward<'a> {
    share: &'a [f32],
    epilogue: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Backward<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let (channels, length) = (self.share.len(), self.out.len());
        let mut writer = OutputWriter::<L>::new(self.epilogue, self.out);
        for pixel in (0..length).step_by(channels.max(1)) {
            for (at, share) in self.share.chunks(L::COUNT).enumerate() {
                writer.put([[load(share)]], pixel + at * L::COUNT, 0, share.len());
            }
        }
    }
}
