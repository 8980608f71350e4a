//! Batch normalisation with a batch's own statistics (Ioffe, Szegedy 2015), followed by a ReLU if asked for: both ways
//! in two passes over the activations each, where separate operations take ten.

use rayon::prelude::*;

/// What one run forward leaves.
pub(super) struct Normalised {
    /// `[N, C, H, W]`
    pub(super) y: Vec<f32>,
    /// `[C]`
    pub(super) mean: Vec<f32>,
    /// `[C]`, the mean square distance from the mean.
    pub(super) variance: Vec<f32>,
}

/// Sizes: `[N, channels, plane]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) channels: usize,
    pub(super) plane: usize,
}

/// Per channel, what turns a value into a normalised one.
struct Scale {
    mean: f32,
    /// `1 / √(variance + epsilon)`
    inverse: f32,
}

pub(super) fn forward(sizes: Sizes, x: &[f32], gamma: &[f32], beta: &[f32], epsilon: f64, relu: bool) -> Normalised {
    let count = (x.len() / sizes.channels) as f64;
    let (mean, variance): (Vec<f32>, Vec<f32>) = (0..sizes.channels)
        .into_par_iter()
        .map(|channel| {
            let mean = planes(sizes, x, channel)
                .map(|plane| sum(plane, f64::from))
                .sum::<f64>()
                / count;
            let square = |value: f32| (f64::from(value) - mean).powi(2);
            let variance = planes(sizes, x, channel).map(|plane| sum(plane, square)).sum::<f64>() / count;
            (mean as f32, variance as f32)
        })
        .unzip();
    let mut y = vec![0.0; x.len()];
    y.par_chunks_mut(sizes.plane)
        .zip(x.par_chunks(sizes.plane))
        .enumerate()
        .for_each(|(index, (y, x))| {
            let channel = index % sizes.channels;
            let Scale { mean, inverse } = scale(&mean, &variance, epsilon, channel);
            let (gain, beta) = (gamma[channel] * inverse, beta[channel]);
            for (y, x) in y.iter_mut().zip(x) {
                let value = (x - mean) * gain + beta;
                // Not `max`: it would hide a NaN.
                *y = if relu && value <= 0.0 { 0.0 } else { value };
            }
        });
    Normalised { y, mean, variance }
}

/// Gradients for `x`, `gamma` and `beta`, given `r`, the gradient for `y`.
#[allow(clippy::too_many_arguments, reason = "what the forward run knew, and the signal")]
pub(super) fn backward(
    sizes: Sizes,
    x: &[f32],
    gamma: &[f32],
    beta: &[f32],
    mean: &[f32],
    variance: &[f32],
    epsilon: f64,
    relu: bool,
    r: &[f32],
) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let count = (x.len() / sizes.channels) as f32;
    let (gamma_gradient, beta_gradient): (Vec<f32>, Vec<f32>) = (0..sizes.channels)
        .into_par_iter()
        .map(|channel| {
            let Scale { mean, inverse } = scale(mean, variance, epsilon, channel);
            let (gain, beta) = (gamma[channel] * inverse, beta[channel]);
            let (mut of_gamma, mut of_beta) = (0.0, 0.0);
            for (x, r) in planes(sizes, x, channel).zip(planes(sizes, r, channel)) {
                let (mut plane_gamma, mut plane_beta) = ([0.0f32; LANES], [0.0f32; LANES]);
                for (x, r) in x.chunks(LANES).zip(r.chunks(LANES)) {
                    for (lane, (x, r)) in x.iter().zip(r).enumerate() {
                        let from_mean = x - mean;
                        // The same expression as on the way forward, so that both see the same sign.
                        let r = if relu && from_mean * gain + beta <= 0.0 {
                            0.0
                        } else {
                            *r
                        };
                        plane_gamma[lane] += r * from_mean;
                        plane_beta[lane] += r;
                    }
                }
                of_gamma += plane_gamma.iter().copied().map(f64::from).sum::<f64>();
                of_beta += plane_beta.iter().copied().map(f64::from).sum::<f64>();
            }
            ((of_gamma * f64::from(inverse)) as f32, of_beta as f32)
        })
        .unzip();
    let mut gradient = vec![0.0; x.len()];
    gradient
        .par_chunks_mut(sizes.plane)
        .zip(x.par_chunks(sizes.plane).zip(r.par_chunks(sizes.plane)))
        .enumerate()
        .for_each(|(index, (gradient, (x, r)))| {
            let channel = index % sizes.channels;
            let Scale { mean, inverse } = scale(mean, variance, epsilon, channel);
            let (gain, beta) = (gamma[channel] * inverse, beta[channel]);
            let shift = beta_gradient[channel] / count;
            let slope = gamma_gradient[channel] / count * inverse;
            for (gradient, (x, r)) in gradient.iter_mut().zip(x.iter().zip(r)) {
                let from_mean = x - mean;
                let r = if relu && from_mean * gain + beta <= 0.0 {
                    0.0
                } else {
                    *r
                };
                *gradient = gain * (r - shift - from_mean * slope);
            }
        });
    (gradient, gamma_gradient, beta_gradient)
}

/// How many sums run side by side, so that they fit a vector register.
const LANES: usize = 16;

fn sum(plane: &[f32], of: impl Fn(f32) -> f64) -> f64 {
    let mut sums = [0.0; LANES];
    for values in plane.chunks(LANES) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += of(*value);
        }
    }
    sums.iter().sum()
}

/// One channel's planes, picture after picture.
fn planes(sizes: Sizes, values: &[f32], channel: usize) -> impl Iterator<Item = &[f32]> {
    values.chunks_exact(sizes.plane).skip(channel).step_by(sizes.channels)
}

fn scale(mean: &[f32], variance: &[f32], epsilon: f64, channel: usize) -> Scale {
    Scale {
        mean: mean[channel],
        inverse: (1.0 / (f64::from(variance[channel]) + epsilon).sqrt()) as f32,
    }
}
