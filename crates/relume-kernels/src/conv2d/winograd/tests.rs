//! A stride of two by Winograd's algorithm, also where it does not pay.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::algorithm::{Algorithm, Direction};
use super::super::packed::{Order, PackedWeights};
use super::super::phases::PhasePlan;
use super::super::tests::{check_pair, check_sparse};
use super::Winograd;
use crate::geometry::Geometry;
use crate::lanes::Width;

fn winograd(g: &Geometry, width: Width, weight: &[f32], scale: Option<&[f32]>) -> [Algorithm; 2] {
    let weights = Arc::new(PackedWeights::new(g, Order::ByChannel, width, weight, scale));
    let plans = [PhasePlan::forward(g), PhasePlan::backward(g)];
    assert!(plans.iter().all(|plan| Winograd::can(g, plan, width)));
    let [forward, backward] = plans;
    [(Direction::Forward, forward), (Direction::Backward, backward)]
        .map(|(direction, plan)| Algorithm::Winograd(Winograd::new(g, direction, &plan, weights.clone())))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stride_of_two_by_winograd_gives_what_the_definition_gives(
        input in [1usize..22, 1usize..22], before in 0usize..3, after in [0usize..4, 0usize..4],
        channels in prop_oneof![Just(16), Just(32), Just(48)], out_channels in prop_oneof![Just(16), Just(64)], seed in 0u64..1000,
    ) {
        let padded = [input[0] + before + after[0], input[1] + before + after[1]];
        if padded.iter().all(|&size| size >= 3) {
            let g = Geometry {
                channels,
                out_channels,
                input,
                output: padded.map(|size| (size - 3) / 2 + 1),
                kernel: [3; 2],
                stride: [2; 2],
                padding: [before, before, after[0], after[1]],
                dilation: [1; 2],
                groups: 1,
            };
            check_pair(&g, seed, |width, weight, scale| winograd(&g, width, weight, scale));
            check_sparse(&g, seed, |width, weight| winograd(&g, width, weight, None));
        }
    }
}

#[test]
fn a_padding_that_tiles_do_not_fit_is_left_to_the_definition() {
    let geometry = |padding: [usize; 4]| Geometry {
        channels: 96,
        out_channels: 96,
        input: [32; 2],
        output: [0, 1].map(|axis| (32 + padding[axis] + padding[axis + 2] - 3) / 2 + 1),
        kernel: [3; 2],
        stride: [2; 2],
        padding,
        dilation: [1; 2],
        groups: 1,
    };
    let can = |padding| {
        let g = geometry(padding);
        [PhasePlan::forward(&g), PhasePlan::backward(&g)].map(|plan| Winograd::can(&g, &plan, Width::Four))
    };
    assert_eq!(can([1, 1, 0, 2]), [true; 2]);
    for padding in [[0, 1, 1, 0], [1, 0, 1, 1], [2, 0, 0, 2], [3, 3, 0, 0]] {
        assert_eq!(can(padding), [false; 2], "{padding:?}");
    }
}
