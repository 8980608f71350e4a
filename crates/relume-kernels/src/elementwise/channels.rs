//! A factor for each channel that another layer gives.

use burn::tensor::Tensor;

use super::affine::store;
use crate::epilogue::After;
use crate::layout::{floats, picture, pixels};

/// Pixels that are added up in f32, before their sum goes into one of twice the precision.
const PART: usize = 64;

/// `x`, `[1, C, H, W]`, times `factors`, `[1, C, 1, 1]`.
///
/// # Panics
/// If there are not as many factors as channels, a tensor is not f32, lies on another device than Flex's, or is tracked by
/// autodiff.
#[must_use]
pub fn scale_channels(x: Tensor<4>, factors: Tensor<4>) -> Tensor<4> {
    let factors = pixels(factors);
    let factors = floats(&factors);
    store(x, factors, &vec![0.0; factors.len()], After::Nothing)
}

/// For each channel the sum of `a · b` over all positions, both `[1, C, H, W]`: `[1, C, 1, 1]`.
///
/// # Panics
/// As [`scale_channels`], and if their shapes differ.
#[must_use]
pub fn sums_of_products(a: Tensor<4>, b: Tensor<4>) -> Tensor<4> {
    let [_, channels, ..] = a.dims();
    assert_eq!(a.dims(), b.dims(), "two pictures of one shape");
    let (a, b) = (pixels(a), pixels(b));
    let mut sums = vec![0.0; channels];
    let mut part = vec![0.0; channels];
    let parts = [&a, &b].map(|numbers| floats(numbers).chunks(PART * channels));
    let [a, b] = parts;
    for (a, b) in a.zip(b) {
        part.fill(0.0);
        for (a, b) in a.chunks_exact(channels).zip(b.chunks_exact(channels)) {
            for (part, (a, b)) in part.iter_mut().zip(a.iter().zip(b)) {
                *part += a * b;
            }
        }
        for (sum, part) in sums.iter_mut().zip(&part) {
            *sum += f64::from(*part);
        }
    }
    picture(sums.into_iter().map(|sum| sum as f32).collect(), [channels, 1, 1])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};
    use proptest::prelude::*;

    use super::{scale_channels, sums_of_products};
    use crate::testing::{compare, numbers};

    fn tensor(values: &[f32], shape: [usize; 4]) -> Tensor<4> {
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex())
    }

    fn values(tensor: Tensor<4>) -> Vec<f32> {
        tensor.into_data().try_to_vec().expect("f32")
    }

    proptest! {
        #[test]
        fn factors_and_sums(channels in 1..20_usize, pixels in 1..300_usize, seed in any::<u32>()) {
            let seed = u64::from(seed);
            let [a, b] = [0, 1].map(|more| numbers(channels * pixels, seed + more));
            let factors = numbers(channels, seed + 2);
            let shape = [1, channels, 1, pixels];
            let got = values(scale_channels(tensor(&a, shape), tensor(&factors, [1, channels, 1, 1])));
            let wanted = a.iter().enumerate().map(|(at, a)| a * factors[at / pixels]);
            prop_assert!(got.iter().copied().eq(wanted));
            let got = values(sums_of_products(tensor(&a, shape), tensor(&b, shape)));
            let product = |(a, b): (&f32, &f32)| f64::from(*a) * f64::from(*b);
            let planes = || a.chunks(pixels).zip(b.chunks(pixels));
            let wanted: Vec<f64> = planes().map(|(a, b)| a.iter().zip(b).map(product).sum()).collect();
            let most: f64 = planes().map(|(a, b)| a.iter().zip(b).map(product).map(f64::abs).sum()).fold(1e-6, f64::max);
            compare(&got, &wanted, most, "sums");
        }
    }
}
