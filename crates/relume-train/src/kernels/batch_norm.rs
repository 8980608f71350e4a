//! Batch normalisation with a batch's own statistics (Ioffe, Szegedy 2015), optionally followed by a ReLU. Forward
//! and backward pass each go over the activations twice, where separate operations would go over them ten times.
//!
//! Activations are `[N, H, W, C]` here: channels lie together, so that a vector register holds several.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use relume_kernels::uninit_vec;

/// The result of a forward pass.
pub(super) struct Normalised {
    /// `[N, H, W, C]`
    pub(super) y: Vec<f32>,
    /// `[C]`
    pub(super) mean: Vec<f32>,
    /// `[C]`, the mean square distance from the mean.
    pub(super) variance: Vec<f32>,
}

/// The parameters of each channel, `[C]` each.
#[derive(Clone, Copy)]
pub(super) struct Channels<'a> {
    pub(super) gamma: &'a [f32],
    pub(super) beta: &'a [f32],
    pub(super) epsilon: f64,
}

/// Positions in one piece of work: fixed, so that sums are the same for any number of threads, and small enough for a
/// core's cache.
const PIECE: usize = 1024;

/// Positions summed in f32 before the sum goes on in f64.
const SHORT: usize = 32;

pub(super) fn forward(x: &[f32], channels: Channels<'_>, relu: bool) -> Normalised {
    let width = channels.gamma.len();
    let (mean, variance) = statistics(x, width);
    let scale = Scale::new(channels, &mean, &variance);
    assert!(x.len().is_multiple_of(width) && scale.width() == width);
    let work = |y: &mut [MaybeUninit<f32>]| {
        y.par_chunks_mut(PIECE * width)
            .zip(x.par_chunks(PIECE * width))
            .for_each(|(y, x)| {
                for (y, x) in y.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
                    scale.normalise(x, relu, y);
                }
            });
    };
    // SAFETY: the pieces cover all of `y`, as `x` has whole positions and a scale is known for each channel.
    let y = unsafe { uninit_vec(x.len(), work) };
    Normalised { y, mean, variance }
}

/// Gradients for `x`, `gamma` and `beta`, given `r`, the gradient for `y`.
pub(super) fn backward(
    x: &[f32],
    channels: Channels<'_>,
    mean: &[f32],
    variance: &[f32],
    relu: bool,
    r: &[f32],
) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let width = channels.gamma.len();
    let scale = Scale::new(channels, mean, variance);
    let pieces: Vec<[Vec<f64>; 2]> = x
        .par_chunks(PIECE * width)
        .zip(r.par_chunks(PIECE * width))
        .map(|(x, r)| {
            let mut sums = [vec![0.0; width], vec![0.0; width]];
            let (mut of_gamma, mut of_beta) = (vec![0.0; width], vec![0.0; width]);
            for (x, r) in x.chunks(SHORT * width).zip(r.chunks(SHORT * width)) {
                for (x, r) in x.chunks_exact(width).zip(r.chunks_exact(width)) {
                    scale.sum_gradients(x, r, relu, &mut of_gamma, &mut of_beta);
                }
                move_on(&mut of_gamma, &mut sums[0]);
                move_on(&mut of_beta, &mut sums[1]);
            }
            sums
        })
        .collect();
    let total = |which: usize| -> Vec<f64> {
        (0..width)
            .map(|channel| pieces.iter().map(|sums| sums[which][channel]).sum())
            .collect()
    };
    let of_gamma: Vec<f32> = total(0)
        .iter()
        .zip(&scale.inverse)
        .map(|(sum, inverse)| (sum * f64::from(*inverse)) as f32)
        .collect();
    let of_beta: Vec<f32> = total(1).iter().map(|sum| *sum as f32).collect();
    let count = (x.len() / width) as f32;
    let shift: Vec<f32> = of_beta.iter().map(|sum| sum / count).collect();
    let slope: Vec<f32> = of_gamma
        .iter()
        .zip(&scale.inverse)
        .map(|(sum, inverse)| sum / count * inverse)
        .collect();
    let work = |gradient: &mut [MaybeUninit<f32>]| {
        gradient
            .par_chunks_mut(PIECE * width)
            .zip(x.par_chunks(PIECE * width).zip(r.par_chunks(PIECE * width)))
            .for_each(|(gradient, (x, r))| {
                let positions = x.chunks_exact(width).zip(r.chunks_exact(width));
                for (gradient, (x, r)) in gradient.chunks_exact_mut(width).zip(positions) {
                    scale.gradient(x, r, relu, &shift, &slope, gradient);
                }
            });
    };
    assert!(x.len().is_multiple_of(width) && x.len() == r.len() && scale.width() == width);
    // SAFETY: the pieces cover all of the gradient, as `x` and `r` have the same whole positions and a scale is known
    // for each channel.
    let gradient = unsafe { uninit_vec(x.len(), work) };
    (gradient, of_gamma, of_beta)
}

/// Mean and variance of each channel: of each piece by itself, then combined (Chan, Golub, LeVeque 1979), so that
/// nothing cancels and the activations are read from memory once.
fn statistics(x: &[f32], width: usize) -> (Vec<f32>, Vec<f32>) {
    let pieces: Vec<(f64, Vec<f64>, Vec<f64>)> = x
        .par_chunks(PIECE * width)
        .map(|x| {
            let count = (x.len() / width) as f64;
            let (mut mean, mut squares, mut short) = (vec![0.0; width], vec![0.0; width], vec![0.0; width]);
            for x in x.chunks(SHORT * width) {
                for x in x.chunks_exact(width) {
                    for (sum, x) in short.iter_mut().zip(x) {
                        *sum += x;
                    }
                }
                move_on(&mut short, &mut mean);
            }
            for mean in &mut mean {
                *mean /= count;
            }
            let center: Vec<f32> = mean.iter().map(|mean| *mean as f32).collect();
            for x in x.chunks(SHORT * width) {
                for x in x.chunks_exact(width) {
                    for (sum, (x, center)) in short.iter_mut().zip(x.iter().zip(&center)) {
                        *sum += (x - center) * (x - center);
                    }
                }
                move_on(&mut short, &mut squares);
            }
            // The centre was the rounded mean: subtract what the rounding added.
            for ((squares, mean), center) in squares.iter_mut().zip(&mean).zip(&center) {
                *squares -= count * (mean - f64::from(*center)).powi(2);
            }
            (count, mean, squares)
        })
        .collect();
    let count = (x.len() / width) as f64;
    (0..width)
        .map(|channel| {
            let mean = pieces.iter().map(|(count, mean, _)| count * mean[channel]).sum::<f64>() / count;
            let squares: f64 = pieces
                .iter()
                .map(|(count, piece, squares)| squares[channel] + count * (piece[channel] - mean).powi(2))
                .sum();
            (mean as f32, (squares / count).max(0.0) as f32)
        })
        .unzip()
}

/// Adds the short sums to the long ones and sets them back to zero.
fn move_on(short: &mut [f32], long: &mut [f64]) {
    for (short, long) in short.iter_mut().zip(long) {
        *long += f64::from(*short);
        *short = 0.0;
    }
}

/// What turns a channel's value into a normalised one.
struct Scale<'a> {
    mean: &'a [f32],
    /// `1 / √(variance + epsilon)`
    inverse: Vec<f32>,
    /// `gamma · inverse`
    gain: Vec<f32>,
    beta: &'a [f32],
}

impl<'a> Scale<'a> {
    fn new(channels: Channels<'a>, mean: &'a [f32], variance: &[f32]) -> Self {
        let inverse: Vec<f32> = variance
            .iter()
            .map(|variance| (1.0 / (f64::from(*variance) + channels.epsilon).sqrt()) as f32)
            .collect();
        Self {
            mean,
            gain: channels
                .gamma
                .iter()
                .zip(&inverse)
                .map(|(gamma, inverse)| gamma * inverse)
                .collect(),
            inverse,
            beta: channels.beta,
        }
    }

    /// How many channels have all their parameters.
    fn width(&self) -> usize {
        self.channels().count()
    }

    /// Each channel's mean, gain and beta.
    fn channels(&self) -> impl Iterator<Item = (f32, f32, f32)> {
        let [mean, gain, beta] = [self.mean, &self.gain, self.beta];
        mean.iter()
            .zip(gain)
            .zip(beta)
            .map(|((mean, gain), beta)| (*mean, *gain, *beta))
    }

    fn normalise(&self, x: &[f32], relu: bool, y: &mut [MaybeUninit<f32>]) {
        for ((y, x), (mean, gain, beta)) in y.iter_mut().zip(x).zip(self.channels()) {
            let value = (x - mean) * gain + beta;
            // Not `max`: it would hide a NaN.
            y.write(if relu && value <= 0.0 { 0.0 } else { value });
        }
    }

    fn sum_gradients(&self, x: &[f32], r: &[f32], relu: bool, of_gamma: &mut [f32], of_beta: &mut [f32]) {
        let sums = of_gamma.iter_mut().zip(of_beta);
        for (((of_gamma, of_beta), (x, r)), (mean, gain, beta)) in sums.zip(x.iter().zip(r)).zip(self.channels()) {
            let from_mean = x - mean;
            let r = passed(*r, from_mean * gain + beta, relu);
            *of_gamma += r * from_mean;
            *of_beta += r;
        }
    }

    fn gradient(
        &self,
        x: &[f32],
        r: &[f32],
        relu: bool,
        shift: &[f32],
        slope: &[f32],
        gradient: &mut [MaybeUninit<f32>],
    ) {
        let sums = shift.iter().zip(slope);
        let values = x.iter().zip(r).zip(sums);
        for ((gradient, ((x, r), (shift, slope))), (mean, gain, beta)) in
            gradient.iter_mut().zip(values).zip(self.channels())
        {
            let from_mean = x - mean;
            let r = passed(*r, from_mean * gain + beta, relu);
            gradient.write(gain * (r - shift - from_mean * slope));
        }
    }
}

/// The part of `r` that a ReLU lets through. `value` is computed as in the forward pass, so that both see the same
/// sign.
fn passed(r: f32, value: f32, relu: bool) -> f32 {
    if relu && value <= 0.0 { 0.0 } else { r }
}
