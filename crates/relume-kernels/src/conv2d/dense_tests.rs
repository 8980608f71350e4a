//! Both directions of a fully connected layer against the definition, summed in f64, on every width of registers this processor has.

use proptest::prelude::*;

use super::{backward as backward_pass, forward as forward_pass};
use crate::epilogue::Epilogue;
use crate::lanes::Width;
use crate::testing::{check_gate, compare, guarded, numbers};

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_fully_connected_layer_reads_row_by_row(
        inputs in 1usize..100,
        outputs in 1usize..300,
        // One class, a few, or all.
        silent in prop_oneof![Just(1.0), Just(0.9), Just(0.0)],
        seed in 0u64..1000,
    ) {
        let (weight, y) = (numbers(inputs * outputs, seed), numbers(inputs, seed + 1));
        let mut r = numbers(outputs, seed + 2);
        let first = r[0];
        r.iter_mut().zip(numbers(outputs, seed + 3)).for_each(|(r, draw)| if draw.abs() < silent { *r = 0.0 });
        r[seed as usize % outputs] = first;
        let (mut wanted, mut most) = (vec![0.0; inputs], vec![1e-6; inputs]);
        for (r, row) in r.iter().zip(weight.chunks(inputs)) {
            for (at, weight) in row.iter().enumerate() {
                wanted[at] += f64::from(*r) * f64::from(*weight);
                most[at] += (f64::from(*r) * f64::from(*weight)).abs();
            }
        }
        for width in Width::all() {
            let backward = |r: &[f32], epilogue: Epilogue<'_>, length| guarded(length, |out| {
                backward_pass(width, r, &weight, epilogue, out);
            });
            let got = backward(&r, Epilogue::None, inputs);
            compare(&got, &wanted, most.iter().copied().fold(0.0, f64::max), &format!("{width:?}"));
            check_gate(&got, &y, |gate| backward(&r, gate, inputs));
        }

        let [scale, bias, gate] = [4, 5, 6].map(|more| numbers(outputs, seed + more));
        let scale = (seed % 2 == 0).then_some(&*scale);
        let (mut wanted, mut most) = (vec![0.0; outputs], vec![1e-6; outputs]);
        for (output, row) in weight.chunks(inputs).enumerate() {
            let scale = scale.map_or(1.0, |scale| f64::from(scale[output]));
            let products = row.iter().zip(&y).map(|(weight, y)| f64::from(*weight) * f64::from(*y) * scale);
            let all: Vec<f64> = products.chain([f64::from(bias[output])]).collect();
            wanted[output] = all.iter().sum();
            most[output] = all.iter().map(|product| product.abs()).sum();
        }
        for width in Width::all() {
            let forward = |epilogue: Epilogue<'_>| guarded(outputs, |out| {
                forward_pass(width, &y, &weight, scale, &bias, epilogue, out);
            });
            let got = forward(Epilogue::None);
            compare(&got, &wanted, most.iter().copied().fold(0.0, f64::max), &format!("forward, {width:?}"));
            check_gate(&got, &gate, forward);
            let clipped: Vec<f32> = got.iter().map(|value| value.clamp(0.0, 0.25)).collect();
            prop_assert_eq!(forward(Epilogue::Relu(0.25)), clipped);
        }
    }
}
