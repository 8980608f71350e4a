//! Where the time goes: each layer, forward and backward.

use std::collections::HashMap;
use std::time::Instant;

use burn::tensor::Tensor;
use relume::{Network, ReluRule, Result, Target};
use serde_json::{Value, json};

use super::median;

/// What was measured of one step, which stands at the first layer that it passed.
#[derive(Default)]
struct Step {
    /// In seconds.
    times: Vec<f64>,
    /// Multiply-adds of all its layers.
    cost: u64,
}

impl Step {
    fn milliseconds(&self) -> f64 {
        if self.times.is_empty() {
            0.0
        } else {
            median(self.times.clone())
        }
    }

    /// The share of the peak, in per cent; nothing where nothing is multiplied.
    fn share(&self, peak: f64) -> String {
        let milliseconds = self.milliseconds();
        if self.cost == 0 || milliseconds == 0.0 {
            return String::new();
        }
        format!("{:.0} %", 100.0 * self.cost as f64 / (milliseconds * 1e-3) / peak)
    }
}

/// The steps of one direction, by the name of their first layer.
type Steps = HashMap<String, Step>;

/// All layers of a network.
pub(super) struct Layers<'a> {
    network: &'a Network,
    costs: HashMap<String, u64>,
    forward: Steps,
    backward: Steps,
}

/// One line of the table.
struct Row<'a> {
    name: String,
    shape: String,
    cost: u64,
    forward: Option<&'a Step>,
    backward: Option<&'a Step>,
}

fn record(steps: &mut Steps, costs: &HashMap<String, u64>, layers: &[&str], seconds: f64) {
    let step = steps.entry(layers[0].to_owned()).or_default();
    step.cost = layers.iter().filter_map(|layer| costs.get(*layer)).sum();
    step.times.push(seconds);
}

impl<'a> Layers<'a> {
    pub(super) fn new(network: &'a Network) -> Self {
        let layers = network.summary().layers;
        let multiplies = layers.iter().filter(|layer| matches!(layer.kind, "conv2d" | "linear"));
        Self {
            network,
            costs: multiplies.map(|layer| (layer.name.to_owned(), layer.cost)).collect(),
            forward: Steps::new(),
            backward: Steps::new(),
        }
    }

    /// Measures one forward pass of `input` and one guided backward pass.
    pub(super) fn measure(&mut self, input: Tensor<4>) -> Result<()> {
        let mut last = Instant::now();
        let mut lap = || std::mem::replace(&mut last, Instant::now()).elapsed().as_secs_f64();
        let (forward, backward, costs) = (&mut self.forward, &mut self.backward, &self.costs);
        let trace = self
            .network
            .forward_watched(input, &mut |layers| record(forward, costs, layers, lap()))?;
        lap();
        trace.backward_watched(&Target::class(0), ReluRule::Guided, &mut |layers| {
            record(backward, costs, layers, lap());
        })?;
        Ok(())
    }

    /// Every layer that a step begins at.
    fn rows(&self) -> Vec<Row<'_>> {
        let rows = self.network.summary().layers.into_iter().map(|layer| {
            let [channels, height, width] = layer.shape;
            Row {
                name: layer.name.to_owned(),
                shape: format!("{channels}×{height}×{width}"),
                cost: self.costs.get(layer.name).copied().unwrap_or(0),
                forward: self.forward.get(layer.name),
                backward: self.backward.get(layer.name),
            }
        });
        rows.filter(|row| row.forward.is_some() || row.backward.is_some())
            .collect()
    }

    /// As text. The share of the peak counts the multiply-adds of the definition; Winograd's algorithm needs fewer, so
    /// it may exceed 100 %. A step that passes several layers has its time and its share at the first of them.
    pub(super) fn table(&self, peak: f64) -> String {
        let time = |step: Option<&Step>| step.map_or(String::new(), |step| format!("{:.3}", step.milliseconds()));
        let share = |step: Option<&Step>| step.map_or(String::new(), |step| step.share(peak));
        let sum = |steps: &Steps| steps.values().map(Step::milliseconds).sum::<f64>();
        let mut lines = vec![format!(
            "{:<28} {:>14} {:>8} {:>9} {:>7} {:>9} {:>7}",
            "layer", "output", "M mul", "forward", "of peak", "backward", "of peak"
        )];
        for row in self.rows() {
            let millions = if row.cost == 0 {
                String::new()
            } else {
                format!("{:.1}", row.cost as f64 / 1e6)
            };
            lines.push(format!(
                "{:<28} {:>14} {millions:>8} {:>9} {:>7} {:>9} {:>7}",
                row.name,
                row.shape,
                time(row.forward),
                share(row.forward),
                time(row.backward),
                share(row.backward)
            ));
        }
        lines.push(format!(
            "{:<28} {:>14} {:>8} {:>9.3} {:>7} {:>9.3}",
            "all",
            "",
            "",
            sum(&self.forward),
            "",
            sum(&self.backward)
        ));
        lines.join("\n")
    }

    pub(super) fn json(&self) -> Value {
        let time = |step: Option<&Step>| step.map(Step::milliseconds);
        self.rows()
            .into_iter()
            .map(|row| {
                json!({
                    "layer": row.name, "output": row.shape, "cost": row.cost,
                    "forward": time(row.forward), "backward": time(row.backward),
                })
            })
            .collect()
    }
}
