//! How much one pass of a network may take.

use std::path::Path;

use burn::tensor::Device;
use clap::Args;
use relume::{Network, Result};

use crate::files;

/// Whether a network may take more than the budget.
#[derive(Args, Default)]
pub(crate) struct RunLimit {
    /// Accept a network that needs far more operations or memory for one pass than common networks do (`relume info` shows both). Also
    /// accept an ONNX file with far more weights than it stores, because it computes them or layers share them.
    #[arg(long)]
    pub(crate) allow_large: bool,
}

impl RunLimit {
    /// Refuses to run a network beyond the budget, unless that was asked for.
    ///
    /// # Errors
    /// `too-large`.
    pub(crate) fn check(&self, network: &Network) -> Result<()> {
        if self.allow_large {
            return Ok(());
        }
        network.plan().run_cost.check()
    }

    /// The network of the model file `path`, whose bytes were read.
    pub(crate) fn load(&self, path: &Path, bytes: &[u8], device: &Device) -> Result<Network> {
        Network::load(bytes, device)
            .and_then(|network| self.check(&network).map(|()| network))
            .map_err(files::within(path))
    }
}
