//! Weights by formula: the same numbers on every machine and in every language, for tests, benchmarks and the sanity
//! check that a map of an untrained network deserves.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::network::{LayerSpec, Plan, Shape};
use crate::weights::Array;

/// For the `i`-th number of the `t`-th tensor (in the order of the layers, weight before bias): 24 bits of
/// splitmix64(seed·2⁴⁰ + t·2³² + i), spread evenly over ±√(6 / fan-in) for weights (He et al. 2015) and ±0.05 for
/// everything else. Every step is exact in f32.
pub(super) fn arrays(input: Shape, layers: &[LayerSpec], seed: u64) -> Result<BTreeMap<String, Array>> {
    let plan = Plan::new(input, layers)?;
    let parameters = plan.layers.iter().flat_map(|layer| {
        layer
            .parameters()
            .into_iter()
            .map(|parameter| (&layer.spec.name, parameter))
    });
    Ok(parameters
        .zip(0u64..)
        .map(|((layer, parameter), ordinal)| {
            let count: usize = parameter.shape.iter().product();
            let fan_in: usize = parameter.shape.iter().skip(1).product();
            let bound = if parameter.shape.len() > 1 {
                (6.0 / fan_in as f64).sqrt() as f32
            } else {
                0.05
            };
            let first = (seed << 40).wrapping_add(ordinal << 32);
            let data = (0..count as u64)
                .map(|i| uniform(first.wrapping_add(i)) * bound)
                .collect();
            let array = Array {
                shape: parameter.shape,
                data,
            };
            (format!("{layer}.{}", parameter.name), array)
        })
        .collect())
}

/// A number in [−1, 1) from splitmix64's finaliser (Steele, Lea, Flood 2014).
pub(crate) fn uniform(position: u64) -> f32 {
    (mix(position) >> 40) as f32 / 8_388_608.0 - 1.0
}

/// splitmix64's finaliser itself: every bit of the result depends on every bit of `position`.
pub(crate) fn mix(position: u64) -> u64 {
    let z = position.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::uniform;

    #[test]
    fn the_first_numbers_are_splitmix64s() {
        // splitmix64 from state 0 and 1 gives e220a8397b1dcdaf and 910a2dec89025cc1 (the generator's published outputs).
        assert_eq!(uniform(0), (0x00e2_20a8 as f32) / 8_388_608.0 - 1.0);
        assert_eq!(uniform(1), (0x0091_0a2d as f32) / 8_388_608.0 - 1.0);
    }
}
