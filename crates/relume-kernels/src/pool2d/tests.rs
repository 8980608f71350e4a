//! Both directions against the definition, summed in f64, on every width of registers this processor has.

use proptest::prelude::*;

use super::windows::Windows;
use super::{average, global, max};
use crate::Geometry;
use crate::epilogue::Epilogue;
use crate::lanes::Width;
use crate::testing::{check_gate, compare, guarded, numbers};

/// Calls `each` with every pair of pixels that a window connects, of the input and of the output, and the tap.
fn connections(g: &Geometry, mut each: impl FnMut(usize, usize, usize)) {
    for oy in 0..g.output[0] {
        for ox in 0..g.output[1] {
            for tap in 0..g.taps() {
                let y = (oy * g.stride[0] + tap / g.kernel[1] * g.dilation[0]).wrapping_sub(g.padding[0]);
                let x = (ox * g.stride[1] + tap % g.kernel[1] * g.dilation[1]).wrapping_sub(g.padding[1]);
                if y < g.input[0] && x < g.input[1] {
                    each(y * g.input[1] + x, oy * g.output[1] + ox, tap);
                }
            }
        }
    }
}

fn largest(sums: &[f64]) -> f64 {
    sums.iter().fold(1e-6, |most: f64, sum| most.max(sum.abs()))
}

fn check_max(g: &Geometry, seed: u64) {
    let windows = Windows::new(g).expect("windows over the picture");
    // Few different numbers, so that many are equal.
    let x: Vec<f32> = numbers(g.input_len(), seed)
        .iter()
        .map(|value| (value * 4.0).round())
        .collect();
    let (r, y) = (numbers(g.output_len(), seed + 1), numbers(g.input_len(), seed + 2));
    let mut value = vec![f32::NEG_INFINITY; g.output_len()];
    let (mut taps, mut switches) = (vec![0.0; g.output_len()], vec![0; g.output_len()]);
    connections(g, |input, output, tap| {
        for channel in 0..g.channels {
            let (input, output) = (input * g.channels + channel, output * g.channels + channel);
            if x[input] > value[output] {
                (value[output], taps[output], switches[output]) = (x[input], tap as f32, input);
            }
        }
    });
    let mut back = vec![0.0; g.input_len()];
    for (r, switch) in r.iter().zip(&switches) {
        back[*switch] += f64::from(*r);
    }
    for width in Width::all() {
        let mut got_taps = Vec::new();
        let got = guarded(value.len(), |out| {
            got_taps = guarded(taps.len(), |taps| max::forward(width, &windows, &x, out, taps));
        });
        assert_eq!((&got, &got_taps), (&value, &taps), "{width:?}");
        let run = |epilogue: Epilogue<'_>| {
            guarded(back.len(), |out| {
                max::backward(width, &windows, &r, &taps, epilogue, out);
            })
        };
        let got = run(Epilogue::None);
        compare(&got, &back, largest(&back), &format!("max-pooling backward, {width:?}"));
        check_gate(&got, &y, run);
    }
}

fn check_average(g: &Geometry, seed: u64) {
    let windows = Windows::new(g).expect("windows over the picture");
    let shares: Vec<f32> = numbers(g.output[0] * g.output[1], seed + 3);
    let [x, y] = [0, 1].map(|more| numbers(g.input_len(), seed + more));
    let r = numbers(g.output_len(), seed + 2);
    let (mut forward, mut back) = (vec![0.0; g.output_len()], vec![0.0; g.input_len()]);
    let (mut forward_most, mut back_most) = (forward.clone(), back.clone());
    connections(g, |input, output, _| {
        let share = f64::from(shares[output]);
        for channel in 0..g.channels {
            let (input, output) = (input * g.channels + channel, output * g.channels + channel);
            let (up, down) = (f64::from(x[input]) * share, f64::from(r[output]) * share);
            forward[output] += up;
            forward_most[output] += up.abs();
            back[input] += down;
            back_most[input] += down.abs();
        }
    });
    for width in Width::all() {
        let got = guarded(forward.len(), |out| average::forward(width, &windows, &shares, &x, out));
        compare(
            &got,
            &forward,
            largest(&forward_most),
            &format!("average pooling forward, {width:?}"),
        );
        let run = |epilogue: Epilogue<'_>| {
            guarded(back.len(), |out| {
                average::backward(width, &windows, &shares, &r, epilogue, out);
            })
        };
        let got = run(Epilogue::None);
        compare(
            &got,
            &back,
            largest(&back_most),
            &format!("average pooling backward, {width:?}"),
        );
        check_gate(&got, &y, run);
    }
}

prop_compose! {
    fn geometries()(
        input in [1usize..14, 1usize..14],
        kernel in prop_oneof![3 => Just([3, 3]), 3 => Just([2, 2]), 3 => [1usize..6, 1usize..6], 1 => [5usize..9, 5usize..9]],
        stride in prop_oneof![Just([1, 1]), Just([2, 2]), [1usize..4, 1usize..4]],
        dilation in prop_oneof![3 => Just([1, 1]), 1 => [1usize..3, 1usize..3]],
        padding in prop_oneof![Just([0; 4]), Just([1; 4]), [0usize..3, 0usize..3, 0usize..3, 0usize..3]],
        // As a pooling that rounds up has.
        hang_over in [0usize..2, 0usize..2],
        channels in prop_oneof![1usize..40, Just(16), Just(48)],
    ) -> Option<Geometry> {
        let mut output = [0; 2];
        for axis in 0..2 {
            let padded = input[axis] + padding[axis] + padding[axis + 2];
            let span = (kernel[axis] - 1) * dilation[axis] + 1;
            output[axis] = padded.checked_sub(span)? / stride[axis] + 1 + hang_over[axis];
        }
        Some(Geometry { channels, out_channels: channels, input, output, kernel, stride, padding, dilation, groups: channels })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_directions_give_what_the_definition_gives(geometry in geometries(), seed in 0u64..1000) {
        let Some(geometry) = geometry else {
            return Ok(());
        };
        let mut reached = vec![false; geometry.output[0] * geometry.output[1]];
        connections(&geometry, |_, output, _| reached[output] = true);
        if reached.contains(&false) {
            prop_assert!(Windows::new(&geometry).is_none());
        } else {
            check_max(&geometry, seed);
            check_average(&geometry, seed);
        }
    }

    #[test]
    fn a_global_pool_is_the_mean_and_sends_each_pixel_its_share(
        channels in 1usize..100, pixels in 1usize..100, seed in 0u64..1000,
    ) {
        let (r, y) = (numbers(channels, seed), numbers(channels * pixels, seed + 1));
        let (mut means, mut most) = (vec![0.0; channels], vec![0.0; channels]);
        for (at, y) in y.iter().enumerate() {
            means[at % channels] += f64::from(*y) / pixels as f64;
            most[at % channels] += f64::from(y.abs()) / pixels as f64;
        }
        for width in Width::all() {
            let got = guarded(channels, |out| global::forward(width, &y, out));
            compare(&got, &means, largest(&most), &format!("global pool, {width:?}"));
            let run = |epilogue: Epilogue<'_>| {
                guarded(y.len(), |out| global::backward(width, &r, pixels, epilogue, out))
            };
            let got = run(Epilogue::None);
            for (got, r) in got.iter().zip(r.iter().cycle()) {
                prop_assert_eq!(*got, r / pixels as f32);
            }
            check_gate(&got, &y, run);
        }
    }
}

#[test]
fn what_is_not_a_number_wins() {
    let geometry = Geometry {
        channels: 3,
        out_channels: 3,
        input: [2, 2],
        output: [1, 1],
        kernel: [2, 2],
        stride: [2, 2],
        padding: [0; 4],
        dilation: [1, 1],
        groups: 3,
    };
    let windows = Windows::new(&geometry).expect("windows over the picture");
    let mut x = [0.0, 1.0, 2.0].repeat(4);
    x[3] = f32::NAN;
    x[0] = f32::INFINITY;
    for width in Width::all() {
        let mut taps = Vec::new();
        let value = guarded(3, |out| {
            taps = guarded(3, |taps| max::forward(width, &windows, &x, out, taps));
        });
        assert!(value[0].is_nan() && taps[0] == 1.0, "{value:?} {taps:?}");
        assert_eq!((&value[1..], &taps[1..]), (&[1.0, 2.0][..], &[0.0, 0.0][..]));
    }
}

/// A NaN, an infinity or an overflowing sum in one window changes no other window.
#[test]
fn nan_or_overflow_in_one_window_leaves_the_others_unchanged() {
    let geometry = Geometry {
        channels: 21,
        out_channels: 21,
        input: [7, 7],
        output: [3, 3],
        kernel: [3, 3],
        stride: [2, 2],
        padding: [0; 4],
        dilation: [1, 1],
        groups: 21,
    };
    let windows = Windows::new(&geometry).expect("windows over the picture");
    let x = numbers(7 * 7 * 21, 5);
    let odd = |value: f32| {
        let mut x = x.clone();
        // Only the upper left window holds these two pixels.
        x[3] = value;
        x[21 + 3] = if value == f32::MAX { value } else { -value };
        x
    };
    for width in Width::all() {
        let pool = |x: &[f32]| {
            let mut taps = Vec::new();
            let value = guarded(9 * 21, |out| {
                taps = guarded(9 * 21, |taps| max::forward(width, &windows, x, out, taps));
            });
            (value, taps)
        };
        let (wanted, wanted_taps) = pool(&x);
        for (value, tap) in [
            (f32::MAX, 0.0),
            (f32::INFINITY, 0.0),
            (f32::NEG_INFINITY, 1.0),
            (f32::NAN, 1.0),
        ] {
            let (mut found, mut taps) = pool(&odd(value));
            assert_eq!(taps[3], tap, "{value}");
            assert!(
                found[3] == value.abs() || found[3].is_nan() && value.is_nan(),
                "{value}"
            );
            (found[3], taps[3]) = (wanted[3], wanted_taps[3]);
            assert_eq!((&found, &taps), (&wanted, &wanted_taps), "{value}");
        }
    }
}
