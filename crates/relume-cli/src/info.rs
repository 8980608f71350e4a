//! `relume info`: what a model file holds.

use std::collections::BTreeSet;

use clap::Args;
use relume::graph::LayerKind;
use relume::network::Summary;
use relume::{Backend, Network, Result};

use crate::network_file::NetworkFile;
use crate::output;

/// Arguments of `relume info`.
#[derive(Args)]
pub(crate) struct Info {
    #[command(flatten)]
    network: NetworkFile,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Info {
    pub(crate) fn run(&self) -> Result<()> {
        let network = self.network.load_to_look_at(Backend::Flex)?;
        let summary = network.summary();
        if self.json {
            output::print(&format!("{:#}", serde_json::json!(summary)))
        } else {
            output::print(&table(&summary, rules(&network)))
        }
    }
}

/// Where the rules differ, if that is not at every activation.
fn rules(network: &Network) -> Option<String> {
    let kinds = || network.plan().layers.iter().map(|layer| &layer.spec.kind);
    let names: BTreeSet<_> = kinds()
        .filter(|kind| kind.is_other_activation())
        .map(LayerKind::name)
        .collect();
    let relus = kinds().filter(|kind| matches!(kind, LayerKind::Relu(_))).count();
    let all = relus + kinds().filter(|kind| kind.is_other_activation()).count();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    match (relus, all) {
        _ if relus == all => None,
        (0, _) => Some(format!(
            "the three maps are the same: no activation is a ReLU ({names})"
        )),
        _ => Some(format!(
            "deconvnet and guided act at the ReLUs, {relus} of {all} activations; the others ({names}) pass the plain gradient"
        )),
    }
}

fn table(summary: &Summary<'_>, rules: Option<String>) -> String {
    let info = summary.info;
    let [channels, height, width] = info.input.shape;
    let mut lines = vec![
        format!("{} ({})", info.title, info.name),
        format!("licence     {}", info.licence),
        format!("source      {}", info.source),
        format!(
            "input       {channels}×{height}×{width}, range {:?}, mean {:?}, std {:?}, crop {}",
            info.input.range, info.input.mean, info.input.std, info.input.crop
        ),
        format!("classes     {} (--json lists them)", info.classes.len()),
        format!("parameters  {}", summary.parameters),
        format!("logits      {}", summary.logits_layer),
        format!("one pass    {}", summary.run_cost.figures()),
    ];
    lines.extend(rules.map(|rules| format!("rules       {rules}")));
    lines.extend([
        String::new(),
        format!("{:<28} {:<16} {:>16}  from", "layer", "kind", "output"),
    ]);
    for layer in &summary.layers {
        let [channels, height, width] = layer.shape;
        let shape = format!("{channels}×{height}×{width}");
        lines.push(format!(
            "{:<28} {:<16} {shape:>16}  {}",
            layer.name,
            layer.kind,
            layer.inputs.join(", ")
        ));
    }
    lines.join("\n")
}
