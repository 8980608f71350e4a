//! `relume figure`: the paper's figures of a model, as PNG.

mod filters;
mod rows;
mod sheet;
mod units;

use clap::{Args, Subcommand};
use relume::Result;

/// Arguments of `relume figure`.
#[derive(Args)]
pub(crate) struct Figure {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    /// A patch for each filter of one of the first convolutions, as in Figure 2 of arXiv 1412.6806.
    Filters(filters::Filters),
    /// A row for each picture: the picture, then its maps by backpropagation, deconvnet and guided backpropagation, as
    /// in Figures 4 to 6.
    Rows(rows::Rows),
    /// Two rows for each channel: its top-activating images, as `relume survey` found them, cut to the receptive field,
    /// and their maps, as in Figure 3.
    Units(units::Units),
}

impl Figure {
    pub(crate) fn run(&self) -> Result<()> {
        match &self.kind {
            Kind::Filters(figure) => figure.run(),
            Kind::Rows(figure) => figure.run(),
            Kind::Units(figure) => figure.run(),
        }
    }
}
