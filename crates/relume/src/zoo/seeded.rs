//! Weights by formula: the same numbers on every machine and in every language, for tests, benchmarks and the sanity
//! check that a map of an untrained network deserves.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::graph::{LayerSpec, Plan, Shape};
use crate::safetensors::Array;
use crate::splitmix64::uniform;

/// Weights by formula for a network of `layers` over an input of shape `input`: under `LAYER.weight`, `LAYER.bias`, ….
///
/// For the `i`-th number of the `t`-th tensor (in the order of the layers, weight before bias): 24 bits of
/// splitmix64(seed·2⁴⁰ + t·2³² + i), spread evenly over ±√(6 / fan-in) for weights (He et al. 2015) and ±0.05 for
/// everything else. Every step is exact in f32.
///
/// # Errors
/// `invalid-model`, naming the layer that does not fit.
pub fn arrays(input: Shape, layers: &[LayerSpec], seed: u64) -> Result<BTreeMap<String, Array>> {
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
