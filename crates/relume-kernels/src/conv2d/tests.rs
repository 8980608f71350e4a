//! Both directions against the definition, summed in f64, on every width of registers this processor has.

use proptest::prelude::*;

use super::algorithm::{Algorithm, scaled};
use super::bands;
use super::few_channels::FewChannels;
use crate::epilogue::Epilogue;
use crate::geometry::Geometry;
use crate::lanes::Width;
use crate::pixels::Pixels;
use crate::testing::{GATES, GUARD, check_gate, compare, guarded, numbers};

/// Calls `each` with every pair of places that a weight connects: position in the input, in the output, in the weight;
/// pictures with their channels last.
pub(super) fn connections(g: &Geometry, mut each: impl FnMut(usize, usize, usize)) {
    let [inputs, outputs] = [g.channels / g.groups, g.out_channels / g.groups];
    for oy in 0..g.output[0] {
        for ox in 0..g.output[1] {
            for tap in 0..g.taps() {
                let y = (oy * g.stride[0] + tap / g.kernel[1] * g.dilation[0]).wrapping_sub(g.padding[0]);
                let x = (ox * g.stride[1] + tap % g.kernel[1] * g.dilation[1]).wrapping_sub(g.padding[1]);
                if y >= g.input[0] || x >= g.input[1] {
                    continue;
                }
                for o in 0..g.out_channels {
                    for i in 0..inputs {
                        let channel = o / outputs * inputs + i;
                        each(
                            (y * g.input[1] + x) * g.channels + channel,
                            (oy * g.output[1] + ox) * g.out_channels + o,
                            (o * inputs + i) * g.taps() + tap,
                        );
                    }
                }
            }
        }
    }
}

/// `channels` go in and come out.
fn run(
    algorithm: &Algorithm,
    channels: [usize; 2],
    x: &[f32],
    bias: &[f32],
    epilogue: Epilogue<'_>,
    length: usize,
) -> Vec<f32> {
    // What lies around the input would show in the sums.
    let mut around = vec![f32::NAN; x.len() + 2 * GUARD];
    around[GUARD..GUARD + x.len()].copy_from_slice(x);
    let x = Pixels {
        numbers: &around[GUARD..GUARD + x.len()],
        pitch: channels[0],
    };
    guarded(length, |numbers| {
        let pitch = channels[1];
        algorithm.fill(x, bias, epilogue, Pixels { numbers, pitch });
    })
}

/// Pixels that lie further apart give the same, and where an algorithm writes such pixels it writes nothing between them.
fn check_gaps(algorithm: &Algorithm, channels: [usize; 2], x: &[f32], bias: &[f32], wanted: &[f32]) {
    const GAP: usize = 3;
    let apart: Vec<f32> = x
        .chunks(channels[0])
        .flat_map(|pixel| [pixel, &[f32::NAN; GAP]].concat())
        .collect();
    let x = Pixels {
        numbers: &apart[..apart.len() - GAP],
        pitch: channels[0] + GAP,
    };
    let wanted: Vec<u32> = wanted.iter().map(|value| value.to_bits()).collect();
    let out = |gap: usize| {
        let pixels = wanted.len() / channels[1];
        let pitch = channels[1] + gap;
        let out = guarded(pixels * pitch - gap, |numbers| {
            algorithm.fill(x, bias, Epilogue::None, Pixels { numbers, pitch });
        });
        let (numbers, gaps): (Vec<_>, Vec<_>) = out
            .into_iter()
            .enumerate()
            .partition(|(at, _)| at % pitch < channels[1]);
        assert!(gaps.iter().all(|(_, value)| value.is_nan()), "between the pixels");
        numbers
            .into_iter()
            .map(|(_, value)| value.to_bits())
            .collect::<Vec<_>>()
    };
    assert_eq!(out(0), wanted);
    if algorithm.writes_with_gaps() {
        assert_eq!(out(GAP), wanted);
    }
}

fn check(g: &Geometry, seed: u64) {
    check_pair(g, seed, |width, weight, scale| Algorithm::pair(g, width, weight, scale));
}

/// What `pair` makes for a width, weights and their factors gives in both directions what the definition gives.
pub(super) fn check_pair(g: &Geometry, seed: u64, pair: impl Fn(Width, &[f32], Option<&[f32]>) -> [Algorithm; 2]) {
    let (x, r) = (numbers(g.input_len(), seed), numbers(g.output_len(), seed + 1));
    let (weight, bias) = (numbers(g.weight_len(), seed + 2), numbers(g.out_channels, seed + 3));
    // As with a batch normalisation.
    let scale = seed.is_multiple_of(2).then(|| numbers(g.out_channels, seed + 4));
    let (unscaled, scale) = (weight, scale.as_deref());
    let weight = scaled(&unscaled, scale);
    let mut forward: Vec<f64> = (0..g.output_len())
        .map(|at| f64::from(bias[at % g.out_channels]))
        .collect();
    let mut back = vec![0.0; g.input_len()];
    let (mut forward_most, mut back_most) = (vec![1e-6; forward.len()], vec![1e-6; back.len()]);
    connections(g, |input, output, at| {
        let up = f64::from(x[input]) * f64::from(weight[at]);
        let down = f64::from(r[output]) * f64::from(weight[at]);
        forward[output] += up;
        forward_most[output] += up.abs();
        back[input] += down;
        back_most[input] += down.abs();
    });
    let most = |sums: &[f64]| sums.iter().copied().fold(0.0, f64::max);
    for width in Width::all() {
        let [up, down] = pair(width, &unscaled, scale);
        let (up_channels, down_channels) = ([g.channels, g.out_channels], [g.out_channels, g.channels]);
        let got = run(&up, up_channels, &x, &bias, Epilogue::None, forward.len());
        compare(&got, &forward, most(&forward_most), &format!("forward, {width:?}"));
        check_gaps(&up, up_channels, &x, &bias, &got);
        // Where nothing but the border arrives there must be a zero, not rounding.
        let mut reached = vec![false; forward.len()];
        connections(g, |_, output, _| reached[output] = true);
        let unbiased = run(&up, up_channels, &x, &[], Epilogue::None, forward.len());
        let silent = reached.iter().zip(&unbiased).filter(|(reached, _)| !**reached);
        assert!(silent.into_iter().all(|(_, value)| *value == 0.0), "{width:?}");
        // What is done before storing must be exactly what is done afterwards.
        let clipped = run(&up, up_channels, &x, &bias, Epilogue::Relu(0.25), forward.len());
        assert!(
            got.iter()
                .zip(&clipped)
                .all(|(got, clipped)| got.clamp(0.0, 0.25) == *clipped)
        );

        let got = run(&down, down_channels, &r, &[], Epilogue::None, back.len());
        compare(&got, &back, most(&back_most), &format!("backward, {width:?}"));
        check_gaps(&down, down_channels, &r, &[], &got);
        check_gate(&got, &x, |gate| run(&down, down_channels, &r, &[], gate, back.len()));
    }
}

/// One pixel that is not zero gives what the definition gives. Where nothing but zeros arrives there must be a zero, or the bias, and no rounding: a rule
/// would let it pass as a signal.
pub(super) fn check_sparse(g: &Geometry, seed: u64, pair: impl Fn(Width, &[f32]) -> [Algorithm; 2]) {
    let weight: Vec<f32> = numbers(g.weight_len(), seed).iter().map(|value| -value.abs()).collect();
    let bias = numbers(g.out_channels, seed + 1);
    let up = ([g.channels, g.out_channels], [g.input_len(), g.output_len()], &*bias);
    let down = ([g.out_channels, g.channels], [g.output_len(), g.input_len()], &[][..]);
    for (direction, (channels, [from, to], bias)) in [up, down].into_iter().enumerate() {
        let mut x = vec![0.0; from];
        let pixel = seed as usize % (from / channels[0]);
        x[pixel * channels[0]] = 0.7;
        let mut wanted: Vec<f64> = bias.iter().copied().map(f64::from).cycle().take(to).collect();
        wanted.resize(to, 0.0);
        let mut reached = vec![false; to / channels[1]];
        connections(g, |input, output, at| {
            let (from, to) = if direction == 0 {
                (input, output)
            } else {
                (output, input)
            };
            reached[to / channels[1]] |= from == pixel * channels[0];
            wanted[to] += f64::from(x[from]) * f64::from(weight[at]);
        });
        let most = wanted.iter().fold(1e-6, |most, value| value.abs().max(most));
        for width in Width::all() {
            let algorithm = &pair(width, &weight)[direction];
            let got = run(algorithm, channels, &x, bias, Epilogue::None, to);
            compare(
                &got,
                &wanted,
                most,
                &format!("one pixel, direction {direction}, {width:?}"),
            );
            for ((got, wanted), reached) in got.chunks(channels[1]).zip(wanted.chunks(channels[1])).zip(&reached) {
                let exactly = got.iter().zip(wanted).all(|(got, wanted)| f64::from(*got) == *wanted);
                assert!(*reached || exactly, "direction {direction}, {width:?}: {got:?}");
            }
        }
    }
}

/// A signal in few channels gives what the definition gives, and one in many is left to the whole convolution.
fn check_few(g: &Geometry, seed: u64) {
    let (all, most) = (numbers(g.output_len(), seed), g.out_channels / 8);
    let pitch = g.out_channels;
    let only = |count: usize| -> Vec<f32> {
        let first = seed as usize % (g.out_channels - count + 1);
        let there = |at: usize| (first..first + count).contains(&(at % g.out_channels));
        all.iter()
            .enumerate()
            .map(|(at, r)| if there(at) { *r } else { 0.0 })
            .collect()
    };
    assert!(
        FewChannels::of(
            g,
            Pixels {
                numbers: &*only((most + 1).min(g.out_channels)),
                pitch
            }
        )
        .is_none()
    );
    if g.groups > 1 || most == 0 {
        return;
    }
    let (x, weight) = (numbers(g.input_len(), seed + 1), numbers(g.weight_len(), seed + 2));
    let scale = seed.is_multiple_of(2).then(|| numbers(g.out_channels, seed + 3));
    let weights = scaled(&weight, scale.as_deref());
    for r in [only(most), only(1), only(0)] {
        let (mut back, mut back_most) = (vec![0.0; g.input_len()], vec![1e-6; g.input_len()]);
        connections(g, |input, output, at| {
            let down = f64::from(r[output]) * f64::from(weights[at]);
            back[input] += down;
            back_most[input] += down.abs();
        });
        let few = FewChannels::of(g, Pixels { numbers: &*r, pitch }).expect("few channels");
        let each = weights.len() / g.out_channels;
        let rows = few.channels().iter().map(|channel| &weights[channel * each..][..each]);
        let rows = rows.collect::<Vec<_>>().concat();
        for width in Width::all() {
            let run = |epilogue: Epilogue<'_>| guarded(back.len(), |out| few.backward(width, &rows, epilogue, out));
            let got = run(Epilogue::None);
            compare(
                &got,
                &back,
                back_most.iter().copied().fold(0.0, f64::max),
                &format!("few, {width:?}"),
            );
            check_gate(&got, &x, run);
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Grouping {
    None,
    Depthwise,
    Groups(usize),
}

prop_compose! {
    pub(super) fn geometries()(
        input in [1usize..14, 1usize..14],
        kernel in prop_oneof![Just([3, 3]), Just([1, 1]), Just([5, 5]), [1usize..6, 1usize..6]],
        stride in prop_oneof![Just([1, 1]), Just([2, 2]), [1usize..4, 1usize..4]],
        dilation in prop_oneof![3 => Just([1, 1]), 1 => [1usize..3, 1usize..3]],
        padding in prop_oneof![Just([1; 4]), Just([0; 4]), [0usize..4, 0usize..4, 0usize..4, 0usize..4]],
        channels in prop_oneof![1usize..40, Just(16), Just(32), Just(48)],
        out_channels in prop_oneof![1usize..70, Just(16), Just(48), Just(64)],
        grouping in prop_oneof![Just(Grouping::None), Just(Grouping::Depthwise), (2usize..6).prop_map(Grouping::Groups)],
    ) -> Option<Geometry> {
        let mut output = [0; 2];
        for axis in 0..2 {
            let padded = input[axis] + padding[axis] + padding[axis + 2];
            output[axis] = padded.checked_sub((kernel[axis] - 1) * dilation[axis] + 1)? / stride[axis] + 1;
        }
        let (channels, out_channels, groups) = match grouping {
            Grouping::None => (channels, out_channels, 1),
            Grouping::Depthwise => (channels, channels, channels),
            // A few channels in each.
            Grouping::Groups(groups) => (channels.div_ceil(3) * groups, out_channels.div_ceil(3) * groups, groups),
        };
        Some(Geometry { channels, out_channels, input, output, kernel, stride, padding, dilation, groups })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_directions_give_what_the_definition_gives(geometry in geometries(), seed in 0u64..1000) {
        if let Some(geometry) = geometry {
            check(&geometry, seed);
            check_sparse(&geometry, seed, |width, weight| Algorithm::pair(&geometry, width, weight, None));
            check_few(&geometry, seed);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_bands_the_backward_pass_is_the_same(
        geometry in geometries(), inputs in 5usize..70, band in 0usize..3000, gate in 0..GATES.len(), seed in 0u64..1000,
    ) {
        let Some(depthwise) = geometry.filter(Geometry::is_depthwise) else {
            return Ok(());
        };
        let pointwise = Geometry {
            channels: inputs,
            out_channels: depthwise.channels,
            output: depthwise.input,
            kernel: [1, 1],
            stride: [1, 1],
            padding: [0; 4],
            dilation: [1, 1],
            groups: 1,
            ..depthwise
        };
        let (r, y) = (numbers(depthwise.output_len(), seed), numbers(depthwise.input_len(), seed + 1));
        let weights = [depthwise, pointwise].map(|g| numbers(g.weight_len(), seed + 2));
        let gate = Epilogue::Gate { activation: &y, gate: GATES[gate] };
        for width in Width::all() {
            let algorithms = [(depthwise, &weights[0]), (pointwise, &weights[1])]
                .map(|(g, weight)| Algorithm::pair(&g, width, weight, None));
            let between = run(&algorithms[0][1], [depthwise.channels; 2], &r, &[], gate, y.len());
            let wanted = run(&algorithms[1][1], [depthwise.channels, inputs], &between, &[], Epilogue::None, pointwise.input_len());
            let [[_, Algorithm::Depthwise(depthwise)], [_, Algorithm::Direct(pointwise)]] = &algorithms else {
                panic!("{depthwise:?} after {pointwise:?}");
            };
            let pointwise = &pointwise.ready();
            let got = guarded(wanted.len(), |out| bands::backward(depthwise, gate, pointwise, &r, band, out));
            prop_assert_eq!(got, wanted);
        }
    }
}

/// The sizes that matter most, where a sum is long.
#[test]
fn the_papers_layers_too() {
    let layer = |channels, out_channels, size, kernel, stride, pad, groups| Geometry {
        channels,
        out_channels,
        input: [size; 2],
        output: [(size + 2 * pad - kernel) / stride + 1; 2],
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding: [pad; 4],
        dilation: [1; 2],
        groups,
    };
    for (index, geometry) in [
        layer(3, 96, 32, 3, 1, 1, 1),
        layer(3, 64, 37, 7, 2, 3, 1),
        layer(3, 24, 33, 3, 2, 0, 1),
        layer(1, 40, 28, 5, 1, 2, 1),
        layer(64, 4, 9, 3, 1, 1, 1),
        layer(96, 96, 32, 3, 1, 1, 1),
        layer(96, 96, 32, 3, 2, 1, 1),
        layer(192, 192, 16, 3, 2, 1, 1),
        layer(64, 64, 57, 3, 2, 0, 1),
        layer(192, 192, 8, 3, 1, 0, 1),
        layer(192, 10, 6, 1, 1, 0, 1),
        layer(96, 96, 31, 5, 2, 2, 96),
        layer(48, 48, 14, 7, 1, 3, 48),
        layer(48, 48, 15, 7, 2, 3, 48),
        layer(128, 128, 14, 3, 1, 1, 32),
        layer(64, 128, 15, 3, 2, 1, 8),
        layer(32, 32, 12, 3, 1, 4, 1),
        // More weights than numbers in tiles, of which there are not whole registers, or several groups.
        layer(64, 96, 12, 3, 1, 1, 1),
        layer(112, 80, 11, 3, 1, 2, 1),
        layer(320, 320, 23, 3, 1, 1, 1),
        layer(12, 24, 9, 3, 1, 1, 12),
    ]
    .iter()
    .enumerate()
    {
        check(geometry, index as u64);
    }
}
