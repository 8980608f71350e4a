//! `relume info`: what a model file holds.

use std::path::PathBuf;

use clap::Args;
use relume::network::Summary;
use relume::{Backend, Network, Result};

use crate::files;

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
        let network = Network::load(&files::read(&self.model)?, &Backend::Flex.device()?)?;
        if self.json {
            println!("{:#}", serde_json::json!(network.summary()));
        } else {
            print_table(&network.summary());
        }
        Ok(())
    }
}

fn print_table(summary: &Summary<'_>) {
    let info = summary.info;
    let [channels, height, width] = info.input.shape;
    println!("{} ({})", info.title, info.name);
    println!("licence     {}", info.licence);
    println!("source      {}", info.source);
    println!(
        "input       {channels}×{height}×{width}, range {:?}, mean {:?}, std {:?}, crop {}",
        info.input.range, info.input.mean, info.input.std, info.input.crop
    );
    println!("classes     {}", info.classes.len());
    println!("parameters  {}", summary.parameters);
    println!("logits      {}\n", summary.logits_layer);
    println!("{:<28} {:<16} {:>16}  from", "layer", "kind", "output");
    for layer in &summary.layers {
        let [channels, height, width] = layer.shape;
        let shape = format!("{channels}×{height}×{width}");
        println!(
            "{:<28} {:<16} {shape:>16}  {}",
            layer.name,
            layer.kind,
            layer.inputs.join(", ")
        );
    }
}
