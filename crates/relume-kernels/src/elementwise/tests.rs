//! Each operation against its definition, on every width of registers this processor has.

use proptest::prelude::*;

use super::{affine::affine, relu::store, sum::add};
use crate::epilogue::Epilogue;
use crate::lanes::Width;
use crate::testing::{check_gate, guarded, numbers};

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_relu_of_any_length(length in 1usize..100, seed in 0u64..1000) {
        let (x, y) = (numbers(length, seed), numbers(length, seed + 1));
        for width in Width::all() {
            let run = |epilogue: Epilogue<'_>| guarded(length, |out| store(width, &x, epilogue, out));
            check_gate(&x, &y, run);
            let clipped: Vec<f32> = x.iter().map(|x| x.clamp(0.0, 0.25)).collect();
            prop_assert_eq!(run(Epilogue::Relu(0.25)), clipped);
        }
    }

    #[test]
    fn a_sum_of_any_length(length in 1usize..100, seed in 0u64..1000) {
        let [a, b, y] = [0, 1, 2].map(|more| numbers(length, seed + more));
        let wanted: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        for width in Width::all() {
            let run = |epilogue: Epilogue<'_>| guarded(length, |out| add(width, &a, &b, epilogue, out));
            prop_assert_eq!(run(Epilogue::None), &wanted[..]);
            check_gate(&wanted, &y, run);
        }
    }

    #[test]
    fn a_factor_and_a_summand_for_each_channel(channels in 1usize..50, pixels in 1usize..9, seed in 0u64..1000) {
        let [x, y] = [0, 1].map(|more| numbers(channels * pixels, seed + more));
        let [scale, shift] = [2, 3].map(|more| numbers(channels, seed + more));
        let each = x.iter().zip(scale.iter().zip(&shift).cycle());
        let wanted: Vec<f32> = each.map(|(x, (scale, shift))| x * scale + shift).collect();
        for width in Width::all() {
            let run = |epilogue: Epilogue<'_>| guarded(x.len(), |out| affine(width, &x, &scale, &shift, epilogue, out));
            prop_assert_eq!(run(Epilogue::None), &wanted[..]);
            check_gate(&wanted, &y, run);
        }
    }
}
