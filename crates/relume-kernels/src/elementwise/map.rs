//! Any function of one number or of two, with broadcasting, and sums over broadcast axes. [`map`] and [`zip`] are inlined into their callers, because
//! the compiler vectorises their loop only if the function is inlined into it.

use burn::tensor::{Tensor, TensorData};
use burn_flex::FlexTensor;

use crate::layout::{channels_last, flex, floats, pictures};

/// `f` of each number of `x`, `[N, C, H, W]`.
///
/// # Panics
/// If the tensor is not f32, lies on another device than Flex's, or is tracked by autodiff.
#[must_use]
#[inline(always)]
pub fn map(x: Tensor<4>, f: impl Fn(f32) -> f32) -> Tensor<4> {
    let dims = x.dims();
    let x = channels_last(&flex(x));
    pictures(floats(&x).iter().map(|&x| f(x)).collect(), dims)
}

/// `f` of each pair of numbers of `a` and `b`, both `[N, C, H, W]`. An axis where one of them has size 1 is broadcast; the result has the other's
/// size there.
///
/// # Panics
/// As [`map`], and if the shapes do not fit.
#[must_use]
#[inline(always)]
pub fn zip(a: Tensor<4>, b: Tensor<4>, f: impl Fn(f32, f32) -> f32) -> Tensor<4> {
    let dims = common_dims(a.dims(), b.dims());
    let [a, b] = [a, b].map(|each| expanded(each, dims));
    let pairs = floats(&a).iter().zip(floats(&b));
    pictures(pairs.map(|(&a, &b)| f(a, b)).collect(), dims)
}

fn common_dims(a: [usize; 4], b: [usize; 4]) -> [usize; 4] {
    std::array::from_fn(|axis| match [a[axis], b[axis]] {
        [1, size] | [size, 1] => size,
        [size, other] => {
            assert_eq!(size, other, "the shapes do not fit");
            size
        }
    })
}

/// `x` with its channels last in memory, broadcast to `dims`.
fn expanded(x: Tensor<4>, dims: [usize; 4]) -> FlexTensor {
    let own = x.dims();
    let x = channels_last(&flex(x));
    if own == dims {
        return x;
    }
    let [batch, channels, height, width] = dims;
    let [image, channel, row, pixel] = strides(own);
    let numbers = floats(&x);
    let mut out = Vec::with_capacity(dims.iter().product());
    for n in 0..batch {
        for y in 0..height {
            for x in 0..width {
                let first = n * image + y * row + x * pixel;
                out.extend((0..channels).map(|c| numbers[first + c * channel]));
            }
        }
    }
    FlexTensor::from_data(TensorData::new(out, [batch, height, width, channels]))
}

/// The sums of `x`, `[N, C, H, W]`, over every axis where `dims` has a size of 1.
///
/// # Panics
/// As [`map`], and if another size is not that of `x`.
#[must_use]
pub fn sum_to(x: Tensor<4>, dims: [usize; 4]) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    assert!(
        dims.iter().zip(x.dims()).all(|(&size, own)| size == own || size == 1),
        "the shapes do not fit"
    );
    let x = channels_last(&flex(x));
    let [image, channel, row, pixel] = strides(dims);
    let mut sums = vec![0.0_f64; dims.iter().product()];
    let mut numbers = floats(&x).chunks_exact(channels);
    for n in 0..batch {
        for y in 0..height {
            for (x, numbers) in (0..width).zip(&mut numbers) {
                let first = n * image + y * row + x * pixel;
                for (c, &number) in numbers.iter().enumerate() {
                    sums[first + c * channel] += f64::from(number);
                }
            }
        }
    }
    pictures(sums.into_iter().map(|sum| sum as f32).collect(), dims)
}

/// The stride of each axis, in numbers, with the channels last in memory; 0 for an axis of size 1, so that it is broadcast.
fn strides([batch, channels, height, width]: [usize; 4]) -> [usize; 4] {
    let sizes = [
        (batch, height * width * channels),
        (channels, 1),
        (height, width * channels),
        (width, channels),
    ];
    sizes.map(|(size, stride)| if size == 1 { 0 } else { stride })
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};
    use proptest::prelude::*;

    use super::{map, sum_to, zip};
    use crate::testing::numbers;

    fn random(shape: [usize; 4], seed: u64) -> Tensor<4> {
        let count = shape.iter().product();
        Tensor::from_data(TensorData::new(numbers(count, seed), shape), &Device::flex())
    }

    fn values(tensor: Tensor<4>) -> Vec<f32> {
        tensor.into_data().try_into_vec().expect("f32")
    }

    /// Sizes, each of them 1 in one of two shapes where the number says so: 0 in neither, 1 in the first, 2 in the second.
    fn shapes() -> impl Strategy<Value = [[usize; 4]; 2]> {
        [
            (1..3_usize, 0..3),
            (1..9_usize, 0..3),
            (1..6_usize, 0..3),
            (1..6_usize, 0..3),
        ]
        .prop_map(|axes| [1, 2].map(|which| axes.map(|(size, alone)| if alone == which { 1 } else { size })))
    }

    proptest! {
        #[test]
        fn any_function_of_one_number_and_of_two(shapes in shapes(), seed in any::<u32>()) {
            let [a, b] = [0, 1].map(|i| random(shapes[i], u64::from(seed) + i as u64));
            prop_assert_eq!(values(map(a.clone(), |x| x * x - 1.0)), values(a.clone().square().sub_scalar(1.0)));
            let got = zip(a.clone(), b.clone(), |a, b| a * b - b);
            let wanted = a.mul(b.clone()).sub(b);
            prop_assert_eq!(got.dims(), wanted.dims());
            prop_assert_eq!(values(got), values(wanted));
        }

        #[test]
        fn sums_over_any_axes(shapes in shapes(), seed in any::<u32>()) {
            let [full, part] = shapes;
            let full: [usize; 4] = std::array::from_fn(|axis| full[axis].max(part[axis]));
            let x = random(full, u64::from(seed));
            let got = sum_to(x.clone(), part);
            prop_assert_eq!(got.dims(), part);
            let wanted = (0..4).filter(|&axis| part[axis] < full[axis]).fold(x, Tensor::sum_dim);
            for (got, wanted) in values(got).into_iter().zip(values(wanted)) {
                prop_assert!((got - wanted).abs() < 1e-4, "{got}, not {wanted}");
            }
        }
    }
}
