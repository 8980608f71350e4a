//! The batch operations against Burn's own, values and gradients, on random shapes.

use burn::tensor::module::{batch_norm_train, conv2d as burn_conv2d, max_pool2d_with_indices};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData, activation};
use proptest::prelude::*;
use relume_kernels::Geometry;
use relume_train::Precision;
use relume_train::kernels::{batch_norm, conv2d, max_pool2d};

/// Evenly spread numbers in −1..1, the same on every machine.
fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

fn tensor<const D: usize>(seed: u64, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(numbers(seed, shape.iter().product()), shape), device)
}

fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("f32")
}

/// The largest difference, relative to the largest expected value.
fn difference<const D: usize>(ours: Tensor<D>, theirs: Tensor<D>) -> f32 {
    assert_eq!(ours.dims(), theirs.dims());
    let (ours, theirs) = (floats(ours), floats(theirs));
    let largest = theirs.iter().fold(1e-6f32, |largest, value| largest.max(value.abs()));
    ours.iter()
        .zip(&theirs)
        .fold(0.0f32, |worst, (a, b)| worst.max((a - b).abs()))
        / largest
}

/// The largest difference between two sums of the same products, in units of what rounding does to them.
///
/// The largest value is no measure of the error: where few sums are compared, all of them may nearly cancel, and rounding
/// errors do not. They are made at the partial sums, each at most `u = 2⁻²⁴` of it. `magnitude`, the sum of the products'
/// magnitudes, bounds every partial sum in whatever order it is taken, so `u · magnitude` is the unit. In the worst case there is
/// an error of one unit for each summand; but of products with random signs, n of size s, the partial sums grow as `s · √k`, and
/// their errors add up to about `u · s · n / 2`, half a unit, however many there are.
fn roundings<const D: usize>(ours: Tensor<D>, theirs: Tensor<D>, magnitude: Tensor<D>) -> f32 {
    assert_eq!(ours.dims(), theirs.dims());
    let (ours, theirs, magnitude) = (floats(ours), floats(theirs), floats(magnitude));
    let unit = f32::EPSILON / 2.0;
    let each = ours
        .iter()
        .zip(&theirs)
        .zip(&magnitude)
        .map(|((ours, theirs), magnitude)| {
            // Where nothing was added up, both must be 0.
            if ours == theirs {
                0.0
            } else {
                (ours - theirs).abs() / (unit * magnitude)
            }
        });
    // A NaN is no small difference.
    each.fold(0.0, |worst, each| if each <= worst { worst } else { each })
}

/// Two computations, each wrong by about half a unit: 8 is ten times as much as both together. Of the sums in 20 000 cases the
/// two that were farthest apart were so by 5.2, of the normalised values in 22 000 by 3.7. A product that is missing or wrong
/// is thousands of units.
const ROUNDINGS: f32 = 8.0;

fn geometry() -> impl Strategy<Value = (Geometry, usize)> {
    let pair = |range: std::ops::RangeInclusive<usize>| [range.clone(), range];
    (
        (1usize..6, 1usize..6, 1usize..4),
        pair(1..=11),
        pair(1..=4),
        pair(1..=3),
        [0usize..=2, 0..=2, 0..=2, 0..=2],
        pair(1..=2),
    )
        .prop_filter_map(
            "a kernel that fits",
            |((channels, out_channels, batch), input, kernel, stride, padding, dilation)| {
                let [top, left, bottom, right] = padding;
                let padded = [input[0] + top + bottom, input[1] + left + right];
                let mut output = [0; 2];
                for axis in 0..2 {
                    let span = (kernel[axis] - 1) * dilation[axis] + 1;
                    output[axis] = padded[axis].checked_sub(span)? / stride[axis] + 1;
                }
                Some((
                    Geometry {
                        channels,
                        out_channels,
                        input,
                        output,
                        kernel,
                        stride,
                        padding,
                        dilation,
                        groups: 1,
                    },
                    batch,
                ))
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn convolution_and_its_gradients_are_burns((g, batch) in geometry(), seed in 1u64..1000) {
        let device = Device::flex().autodiff();
        let x = tensor(seed, [batch, g.channels, g.input[0], g.input[1]], &device).require_grad();
        let weight = tensor(seed + 1, [g.out_channels, g.channels, g.kernel[0], g.kernel[1]], &device).require_grad();
        let r = tensor(seed + 2, [batch, g.out_channels, g.output[0], g.output[1]], &device);
        let [top, left, bottom, right] = g.padding;
        let options = ConvOptions::new_with_padding(g.stride, [(top, bottom), (left, right)], g.dilation, 1);

        // Of the products' magnitudes: what rounding is measured by.
        let x_size = x.clone().abs().detach().require_grad();
        let weight_size = weight.clone().abs().detach().require_grad();

        let ours = conv2d(x.clone(), weight.clone(), g, Precision::F32);
        let theirs = burn_conv2d(x.clone(), weight.clone(), None, options.clone());
        let size = burn_conv2d(x_size.clone(), weight_size.clone(), None, options);
        let apart = roundings(ours.clone().inner(), theirs.clone().inner(), size.clone().inner());
        prop_assert!(apart < ROUNDINGS, "output: {apart} roundings");
        let ours = (ours * r.clone()).sum().backward();
        let theirs = (theirs * r.clone()).sum().backward();
        let size = (size * r.abs()).sum().backward();
        for (what, leaf, size) in [("input", &x, x_size.grad(&size)), ("weight", &weight, weight_size.grad(&size))] {
            let (ours, theirs) = (leaf.grad(&ours).expect("a gradient"), leaf.grad(&theirs).expect("a gradient"));
            let apart = roundings(ours, theirs, size.expect("a gradient"));
            prop_assert!(apart < ROUNDINGS, "{what}: {apart} roundings");
        }
    }

    #[test]
    fn max_pooling_and_its_gradient_are_burns((mut g, batch) in geometry(), seed in 1u64..1000) {
        g.out_channels = g.channels;
        g.groups = g.channels;
        let meets = |axis: usize, output: usize| (0..g.kernel[axis]).any(|tap| {
            let padded = output * g.stride[axis] + tap * g.dilation[axis];
            padded >= g.padding[axis] && padded < g.padding[axis] + g.input[axis]
        });
        prop_assume!((0..2).all(|axis| (0..g.output[axis]).all(|output| meets(axis, output))));
        let device = Device::flex().autodiff();
        // Halves: many ties.
        let x: Tensor<4> = (tensor(seed, [batch, g.channels, g.input[0], g.input[1]], &device) * 4.0).round() / 2.0;
        let x = x.detach().require_grad();
        let r = tensor(seed + 2, [batch, g.channels, g.output[0], g.output[1]], &device);
        let options = MaxPoolOptions {
            kernel_size: g.kernel,
            stride: g.stride,
            padding: [(g.padding[0], g.padding[2]), (g.padding[1], g.padding[3])],
            dilation: g.dilation,
            ceil_mode: false,
        };
        let ours = max_pool2d(x.clone(), g);
        let (theirs, _) = max_pool2d_with_indices(x.clone(), options);
        prop_assert_eq!(floats(ours.clone().inner()), floats(theirs.clone().inner()));
        let ours = (ours * r.clone()).sum().backward();
        let theirs = (theirs * r).sum().backward();
        let difference = difference(x.grad(&ours).expect("x"), x.grad(&theirs).expect("x"));
        prop_assert!(difference < 1e-6, "{difference}");
    }

    #[test]
    fn batch_norm_and_its_gradients_are_burns(
        (batch, channels, height, width) in (1usize..6, 1usize..5, 1usize..7, 1usize..7),
        relu: bool,
        seed in 1u64..1000,
    ) {
        prop_assume!(batch * height * width > 3);
        let device = Device::flex().autodiff();
        let shape = [batch, channels, height, width];
        let x = tensor(seed, shape, &device).require_grad();
        let gamma = tensor(seed + 1, [channels], &device).require_grad();
        let beta = tensor(seed + 2, [channels], &device).require_grad();
        let r = tensor(seed + 3, shape, &device);
        let ours = batch_norm(x.clone(), gamma.clone(), beta.clone(), 1e-5, relu);
        let theirs = batch_norm_train(x.clone(), gamma.clone(), beta.clone(), 1e-5);
        // A mean may be near 0 by chance, so its error is measured against the values, which go up to 1.
        let means = (floats(ours.mean.inner()), floats(theirs.mean.inner()));
        prop_assert!(means.0.iter().zip(&means.1).all(|(ours, theirs)| (ours - theirs).abs() < 1e-6));
        let variance = theirs.variance.clone().inner();
        prop_assert!(difference(ours.variance.inner(), variance.clone()) < 1e-5);
        // Where all values of a channel are nearly alike, their rounding is stretched as they are, up to 1/√(1e-5) = 316 times.
        let stretched = (variance + 1e-5).sqrt().recip();
        let rounding = (stretched.clone() + 1.0).reshape([1, channels, 1, 1]).expand(shape);
        let output = if relu { activation::relu(theirs.output) } else { theirs.output };
        let apart = roundings(ours.y.clone().inner(), output.clone().inner(), rounding);
        prop_assert!(apart < ROUNDINGS, "output: {apart} roundings");
        // A value within rounding of the ReLU's corner may fall on either side of it.
        let near = floats(batch_norm(x.clone(), gamma.clone(), beta.clone(), 1e-5, false).y.inner())
            .iter()
            .any(|value| value.abs() < 1e-4);
        prop_assume!(!(relu && near));
        let ours = (ours.y * r.clone()).sum().backward();
        let theirs = (output * r).sum().backward();
        // The values are stretched, and so is their gradient.
        let rounding = (stretched.clone() * (stretched.clone() + 1.0)).reshape([1, channels, 1, 1]).expand(shape);
        let apart = roundings(x.grad(&ours).expect("x"), x.grad(&theirs).expect("x"), rounding);
        prop_assert!(apart < ROUNDINGS, "x: {apart} roundings");
        // Sums over everything may nearly cancel, so their error is measured against the number of summands.
        let count = (batch * height * width) as f32;
        for (what, tensor, rounding) in [("gamma", &gamma, (stretched + 1.0) * count), ("beta", &beta, Tensor::full([channels], count, &Device::flex()))] {
            let apart = roundings(tensor.grad(&ours).expect(what), tensor.grad(&theirs).expect(what), rounding);
            prop_assert!(apart < ROUNDINGS, "{what}: {apart} roundings");
        }
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let g = Geometry {
        channels: 3,
        out_channels: 8,
        input: [9, 9],
        output: [5, 5],
        kernel: [3, 3],
        stride: [2, 2],
        padding: [1; 4],
        dilation: [1, 1],
        groups: 1,
    };
    let gradient = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| {
            let device = Device::flex().autodiff();
            let x = tensor(1, [40, 3, 9, 9], &device);
            let weight = tensor(2, [8, 3, 3, 3], &device).require_grad();
            let gradients = conv2d(x, weight.clone(), g, Precision::F32)
                .powi_scalar(2)
                .sum()
                .backward();
            floats(weight.grad(&gradients).expect("a gradient"))
        })
    };
    assert_eq!(gradient(1), gradient(4));
}
