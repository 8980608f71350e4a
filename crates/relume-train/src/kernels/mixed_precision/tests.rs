//! Every unit against the f32 operations, on numbers that bfloat16 holds exactly: only the order of sums differs.

use proptest::prelude::*;

use super::bf16::{round, widen};
use super::{Unit, forward, input_gradient, weight_gradient};
use crate::kernels::conv2d;
use relume_kernels::Geometry;

/// Evenly spread numbers in −1..1 of bfloat16's precision.
fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            widen(round((state >> 40) as f32 / 8_388_608.0 - 1.0))
        })
        .collect()
}

fn difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    let largest = theirs.iter().fold(1e-6f32, |largest, value| largest.max(value.abs()));
    let furthest = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    // Not `max` alone: it would hide a NaN.
    furthest.fold(0.0f32, |worst, next| if next <= worst { worst } else { next }) / largest
}

fn geometry() -> impl Strategy<Value = (Geometry, usize)> {
    let pair = |range: std::ops::RangeInclusive<usize>| [range.clone(), range];
    (
        (1usize..70, 1usize..70, 1usize..20),
        pair(1..=13),
        pair(1..=4),
        pair(1..=3),
        [0usize..=2, 0..=2, 0..=2, 0..=2],
        pair(1..=2),
    )
        .prop_filter_map(
            "a kernel that fits",
            |((channels, out_channels, batch), input, kernel, stride, padding, dilation)| {
                let mut output = [0; 2];
                for axis in 0..2 {
                    let span = (kernel[axis] - 1) * dilation[axis] + 1;
                    let padded = input[axis] + padding[axis] + padding[axis + 2];
                    output[axis] = padded.checked_sub(span)? / stride[axis] + 1;
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

fn check(g: &Geometry, batch: usize, seed: u64) {
    let x = numbers(seed, batch * g.input_len());
    let weight = numbers(seed + 1, g.weight_len());
    let r = numbers(seed + 2, batch * g.output_len());
    let expected = [
        conv2d::forward(g, &x, &weight),
        conv2d::input_gradient(g, &weight, &r),
        conv2d::weight_gradient(g, &x, &r),
    ];
    for unit in Unit::all() {
        let ours = [
            forward(g, unit, &x, &weight),
            input_gradient(g, unit, &weight, &r),
            weight_gradient(g, unit, &x, &r),
        ];
        for ((what, ours), expected) in ["forward", "input", "weight"].iter().zip(&ours).zip(&expected) {
            let difference = difference(ours, expected);
            assert!(difference < 1e-5, "{unit:?}, {what}: {difference} {g:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn units_compute_what_f32_does((g, batch) in geometry(), seed in 1u64..1000) {
        check(&g, batch, seed);
    }
}

#[test]
fn the_papers_layers() {
    for (channels, out_channels, size, kernel, stride, padding) in [
        (3, 96, 32, 3, 1, 1),
        (96, 96, 24, 3, 2, 1),
        (192, 192, 8, 3, 1, 0),
        (192, 10, 6, 1, 1, 0),
    ] {
        let output = (size + 2 * padding - kernel) / stride + 1;
        let g = Geometry {
            channels,
            out_channels,
            input: [size; 2],
            output: [output; 2],
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 4],
            dilation: [1; 2],
            groups: 1,
        };
        check(&g, 3, 5);
    }
}

#[test]
fn a_gradient_does_not_depend_on_the_number_of_threads() {
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
    let (x, r) = (numbers(1, 40 * g.input_len()), numbers(2, 40 * g.output_len()));
    let gradient = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| weight_gradient(&g, Unit::Plain, &x, &r))
    };
    assert_eq!(gradient(1), gradient(4));
}
