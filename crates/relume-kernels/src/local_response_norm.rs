//! Normalisation over neighbouring channels, of one picture.

use burn::tensor::Tensor;

use crate::layout::{floats, picture, pixels};

/// Each number is divided by `(k + alpha / size · s)^beta`, where `s` is the sum of the squares in the `size` channels around its
/// own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// How many channels, an odd number.
    pub size: usize,
    /// What the mean of the squares is multiplied by.
    pub alpha: f32,
    /// The exponent.
    pub beta: f32,
    /// What is added.
    pub k: f32,
}

impl Settings {
    /// What is raised to `beta`, for each channel of a pixel.
    fn base(&self, x: &[f32], base: &mut [f32]) {
        let factor = f64::from(self.alpha) / self.size as f64;
        for (base, sum) in base.iter_mut().zip(self.sums(x, x)) {
            *base = (factor * sum + f64::from(self.k)) as f32;
        }
    }

    /// The sum of `a · b` in the channels around each.
    fn sums<'a>(&self, a: &'a [f32], b: &'a [f32]) -> impl Iterator<Item = f64> + use<'a> {
        let (count, around) = (a.len(), (self.size / 2).min(a.len()));
        (0..count).map(move |channel| {
            let near = channel.saturating_sub(around)..(channel + around + 1).min(count);
            let products = a[near.clone()].iter().zip(&b[near]);
            products.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        })
    }

    /// `base` to the power of `-beta`.
    fn power(&self, base: f32) -> f32 {
        // Nearly all networks have this exponent, and a power takes ten times as long.
        if self.beta == 0.75 {
            let root = base.sqrt();
            1.0 / (root * root.sqrt())
        } else {
            base.powf(-self.beta)
        }
    }
}

/// `x` is `[1, C, H, W]`, and so is the result.
///
/// # Panics
/// If the tensor is not of one picture, not f32, lies on another device than Flex's, or is tracked by autodiff.
#[must_use]
pub fn forward(x: Tensor<4>, settings: &Settings) -> Tensor<4> {
    let [_, channels, height, width] = x.dims();
    let x = pixels(x);
    let mut out = Vec::with_capacity(channels * height * width);
    let mut base = vec![0.0; channels];
    for x in floats(&x).chunks_exact(channels) {
        settings.base(x, &mut base);
        out.extend(x.iter().zip(&base).map(|(x, base)| x * settings.power(*base)));
    }
    picture(out, [channels, height, width])
}

/// The gradient for the input `x`, given the gradient `r` for the output.
///
/// # Panics
/// As [`forward`], and if their shapes differ.
#[must_use]
pub fn backward(r: Tensor<4>, x: Tensor<4>, settings: &Settings) -> Tensor<4> {
    let [_, channels, height, width] = x.dims();
    assert_eq!(r.dims(), x.dims(), "the gradient");
    let (r, x) = (pixels(r), pixels(x));
    let factor = 2.0 * settings.alpha * settings.beta / settings.size as f32;
    let mut out = Vec::with_capacity(channels * height * width);
    let (mut powers, mut shares) = (vec![0.0; channels], vec![0.0; channels]);
    for (r, x) in floats(&r).chunks_exact(channels).zip(floats(&x).chunks_exact(channels)) {
        settings.base(x, &mut powers);
        for ((share, power), r) in shares.iter_mut().zip(&mut powers).zip(r) {
            let base = *power;
            *power = settings.power(base);
            *share = r * *power / base;
        }
        let sums = settings.sums(&shares, x).map(|sum| sum as f32);
        let each = r.iter().zip(x).zip(powers.iter().zip(sums));
        out.extend(each.map(|((r, x), (power, sum))| r * power - factor * x * sum));
    }
    picture(out, [channels, height, width])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};
    use proptest::prelude::*;

    use super::{Settings, backward, forward};
    use crate::testing::{compare, numbers};

    fn tensor(values: &[f32], shape: [usize; 4]) -> Tensor<4> {
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex())
    }

    /// With the channels last in memory.
    fn values(tensor: Tensor<4>) -> Vec<f32> {
        tensor.into_data().try_to_vec().expect("f32")
    }

    proptest! {
        #[test]
        fn both_directions_are_the_definition(
            channels in 1..20_usize, pixels in 1..7_usize, around in 0..25_usize, alpha in 0.0..9_f32, k in 0.1..3_f32,
            beta in prop::sample::select(vec![0.75_f32, 0.0, 0.5, 2.0]), seed in any::<u32>(),
        ) {
            let settings = Settings { size: 2 * around + 1, alpha, beta, k };
            let shape = [1, channels, 1, pixels];
            let (x, r) = (numbers(channels * pixels, u64::from(seed)), numbers(channels * pixels, u64::from(seed) + 1));
            let [alpha, beta, k] = [alpha, beta, k].map(f64::from);
            let factor = alpha / settings.size as f64;
            let near = |a: usize, b: usize| a % pixels == b % pixels && (a / pixels).abs_diff(b / pixels) <= around;
            let all = || 0..channels * pixels;
            let base = |at: usize| {
                let squares = all().filter(|&other| near(at, other)).map(|other| f64::from(x[other]).powi(2));
                k + factor * squares.sum::<f64>()
            };
            let wanted: Vec<f64> = all().map(|at| f64::from(x[at]) * base(at).powf(-beta)).collect();
            let back: Vec<f64> = all()
                .map(|at| {
                    let others = all().filter(|&other| near(at, other));
                    let shares = others.map(|other| f64::from(r[other] * x[other]) * base(other).powf(-beta - 1.0));
                    let own = f64::from(r[at]) * base(at).powf(-beta);
                    own - 2.0 * factor * beta * f64::from(x[at]) * shares.sum::<f64>()
                })
                .collect();
            let most = |wanted: &[f64]| wanted.iter().fold(1.0, |most: f64, value| most.max(value.abs()));
            let got = values(forward(tensor(&x, shape), &settings));
            compare(&got, &wanted, most(&wanted), "forward");
            let got = values(backward(tensor(&r, shape), tensor(&x, shape), &settings));
            compare(&got, &back, most(&back), "backward");
        }
    }
}
