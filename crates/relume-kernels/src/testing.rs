//! What the tests of all kernels share: numbers, guarded memory, comparison with f64, the rules.

use std::mem::MaybeUninit;

use crate::ReluGate;
use crate::epilogue::Epilogue;

/// The largest error, relative to the largest value.
const TOLERANCE: f64 = 5e-6;
/// Numbers before and after the output that nothing may touch.
pub(crate) const GUARD: usize = 32;
const UNTOUCHED: f32 = -1234.5;

/// Numbers between −1 and 1, by a formula.
pub(crate) fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

pub(crate) fn guarded(length: usize, fill: impl FnOnce(&mut [MaybeUninit<f32>])) -> Vec<f32> {
    let mut out = vec![MaybeUninit::new(UNTOUCHED); length + 2 * GUARD];
    out[GUARD..GUARD + length].fill(MaybeUninit::new(f32::NAN));
    fill(&mut out[GUARD..GUARD + length]);
    // SAFETY: all of it was initialised above.
    let out: Vec<f32> = out.into_iter().map(|value| unsafe { value.assume_init() }).collect();
    let (before, rest) = out.split_at(GUARD);
    let (out, after) = rest.split_at(length);
    assert!(before.iter().chain(after).all(|&value| value == UNTOUCHED));
    out.to_vec()
}

/// `most` is the largest sum of magnitudes: a handful of sums may all come out small by chance, and their errors are
/// those of what was added up.
pub(crate) fn compare(got: &[f32], wanted: &[f64], most: f64, what: &str) {
    let largest = wanted
        .iter()
        .fold(most / 10.0, |largest, value| largest.max(value.abs()));
    for (at, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        let error = (f64::from(*got) - wanted).abs() / largest;
        assert!(
            error <= TOLERANCE,
            "{what}: {got} for {wanted} at {at}, error {error:e}"
        );
    }
}

/// Of every rule, and of none.
pub(crate) const GATES: [ReluGate; 4] = [
    gate(true, false),
    gate(false, true),
    gate(true, true),
    gate(false, false),
];

const fn gate(on_activation: bool, on_gradient: bool) -> ReluGate {
    ReluGate {
        limit: 0.5,
        on_activation,
        on_gradient,
    }
}

/// A signal gated before it is stored must be `signal` gated afterwards, for every rule.
pub(crate) fn check_gate(signal: &[f32], activation: &[f32], gated: impl Fn(Epilogue<'_>) -> Vec<f32>) {
    for gate in GATES {
        let gated = gated(Epilogue::Gate { activation, gate });
        for ((signal, gated), activation) in signal.iter().zip(&gated).zip(activation) {
            let open = (!gate.on_activation || (*activation > 0.0 && *activation < gate.limit))
                && (!gate.on_gradient || *signal > 0.0);
            assert_eq!(*gated, if open { *signal } else { 0.0 });
        }
    }
}
