//! Where the time goes: the forward and backward pass of each layer.

use std::collections::HashMap;
use std::time::Instant;

use burn::tensor::Tensor;
use relume::{Network, ReluRule, Result, Target};
use serde_json::{Value, json};

use super::median;

/// What was measured of one layer, in seconds.
#[derive(Default)]
struct Times {
    forward: Vec<f64>,
    backward: Vec<f64>,
}

/// All layers of a network.
pub(super) struct Layers<'a> {
    network: &'a Network,
    times: HashMap<String, Times>,
}

impl<'a> Layers<'a> {
    pub(super) fn new(network: &'a Network) -> Self {
        Self {
            network,
            times: HashMap::new(),
        }
    }

    /// Measures one forward pass of `input` and one guided backward pass.
    pub(super) fn measure(&mut self, input: Tensor<4>) -> Result<()> {
        let mut last = Instant::now();
        let mut lap = || std::mem::replace(&mut last, Instant::now()).elapsed().as_secs_f64();
        let times = &mut self.times;
        // The time of layers that run as one step counts for the first one that is named.
        let trace = self.network.forward_watched(input, &mut |layers| {
            times.entry(layers[0].to_owned()).or_default().forward.push(lap());
        })?;
        lap();
        trace.backward_watched(&Target::class(0), ReluRule::Guided, &mut |layers| {
            times.entry(layers[0].to_owned()).or_default().backward.push(lap());
        })?;
        Ok(())
    }

    /// Name, shape, multiply-adds, milliseconds of the forward and the backward pass, of every layer that was named.
    fn rows(&self) -> Vec<(String, String, u64, f64, f64)> {
        let summary = self.network.summary();
        let milliseconds = |times: &[f64]| if times.is_empty() { 0.0 } else { median(times.to_vec()) };
        summary
            .layers
            .iter()
            .filter_map(|layer| {
                let times = self.times.get(layer.name)?;
                let [channels, height, width] = layer.shape;
                let shape = format!("{channels}×{height}×{width}");
                let cost = if matches!(layer.kind, "conv2d" | "linear") {
                    layer.cost
                } else {
                    0
                };
                let (forward, backward) = (milliseconds(&times.forward), milliseconds(&times.backward));
                Some((layer.name.to_owned(), shape, cost, forward, backward))
            })
            .collect()
    }

    /// As text. The share of the peak counts the multiply-adds of the definition; Winograd's algorithm needs fewer, so
    /// it may exceed 100 %.
    pub(super) fn table(&self, peak: f64) -> String {
        let share = |cost: u64, milliseconds: f64| {
            if cost == 0 || milliseconds == 0.0 {
                String::new()
            } else {
                format!("{:.0} %", 100.0 * cost as f64 / (milliseconds * 1e-3) / peak)
            }
        };
        let mut lines = vec![format!(
            "{:<28} {:>14} {:>8} {:>9} {:>7} {:>9} {:>7}",
            "layer", "output", "M mul", "forward", "of peak", "backward", "of peak"
        )];
        let (mut forward_sum, mut backward_sum) = (0.0, 0.0);
        for (name, shape, cost, forward, backward) in self.rows() {
            forward_sum += forward;
            backward_sum += backward;
            let millions = if cost == 0 {
                String::new()
            } else {
                format!("{:.1}", cost as f64 / 1e6)
            };
            lines.push(format!(
                "{name:<28} {shape:>14} {millions:>8} {forward:>9.3} {:>7} {backward:>9.3} {:>7}",
                share(cost, forward),
                share(cost, backward)
            ));
        }
        lines.push(format!(
            "{:<28} {:>14} {:>8} {forward_sum:>9.3} {:>7} {backward_sum:>9.3}",
            "all", "", "", ""
        ));
        lines.join("\n")
    }

    pub(super) fn json(&self) -> Value {
        self.rows()
            .into_iter()
            .map(|(name, shape, cost, forward, backward)| {
                json!({ "layer": name, "output": shape, "cost": cost, "forward": forward, "back": backward })
            })
            .collect()
    }
}
