//! `relume info`: what a model file holds.

use std::path::PathBuf;

use clap::Args;
use relume::network::Summary;
use relume::{Backend, Network, Result};

use crate::{files, output};

/// Arguments of `relume info`.
#[derive(Args)]
pub(crate) struct Info {
    /// The model file.
    model: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Info {
    pub(crate) fn run(&self) -> Result<()> {
        let bytes = files::read(&self.model)?;
        let network = Network::load(&bytes, &Backend::Flex.device()?).map_err(files::within(&self.model))?;
        let summary = network.summary();
        if self.json {
            output::print(&format!("{:#}", serde_json::json!(summary)))
        } else {
            output::print(&table(&summary))
        }
    }
}

fn table(summary: &Summary<'_>) -> String {
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
        String::new(),
        format!("{:<28} {:<16} {:>16}  from", "layer", "kind", "output"),
    ];
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
