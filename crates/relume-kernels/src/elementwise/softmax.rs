//! Softmax over the channels.

use burn::tensor::Tensor;

use crate::layout::{channels_last, flex, floats, pictures};

/// At each position of `x`, `[N, C, H, W]`, the channels' shares of the sum of their exponentials.
///
/// # Panics
/// If the tensor is not f32, lies on another device than Flex's, or is tracked by autodiff.
#[must_use]
pub fn softmax(x: Tensor<4>) -> Tensor<4> {
    let dims = x.dims();
    let x = channels_last(&flex(x));
    let mut shares = floats(&x).to_vec();
    for channels in shares.chunks_exact_mut(dims[1]) {
        let largest = channels.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0_f64;
        for share in channels.iter_mut() {
            *share = (*share - largest).exp();
            sum += f64::from(*share);
        }
        for share in channels {
            *share = (f64::from(*share) / sum) as f32;
        }
    }
    pictures(shares, dims)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData, activation};

    use super::softmax;
    use crate::testing::numbers;

    #[test]
    fn it_is_burns() {
        for (shape, scale) in [([1, 1000, 1, 1], 30.0), ([2, 7, 3, 5], 300.0), ([1, 1, 2, 2], 1.0)] {
            let values = numbers(shape.iter().product(), 3)
                .into_iter()
                .map(|x| x * scale)
                .collect();
            let x = Tensor::<4>::from_data(TensorData::new(values, shape), &Device::flex());
            let [got, wanted] = [softmax(x.clone()), activation::softmax(x, 1)]
                .map(|each| each.into_data().try_into_vec::<f32>().expect("f32"));
            for (got, wanted) in got.into_iter().zip(wanted) {
                assert!((got - wanted).abs() < 1e-6, "{got}, not {wanted}");
            }
        }
    }
}
