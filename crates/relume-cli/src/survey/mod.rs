//! `relume survey`: the top-activating images of each channel among the pictures of a folder, as in Figure 3 of arXiv
//! 1412.6806.

pub(crate) mod file;
mod look;
mod merge;
#[cfg(test)]
mod tests;

use clap::{Args, Subcommand};
use relume::{Error, ErrorKind, Result};

/// Arguments of `relume survey`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Command {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    look: Option<look::Look>,
}

#[derive(Subcommand)]
enum Other {
    /// Make one survey of the parts that calls with --shard wrote: the same file that one call without it writes.
    Merge(merge::Merge),
}

impl Command {
    pub(crate) fn run(&self) -> Result<()> {
        match (&self.other, &self.look) {
            (Some(Other::Merge(merge)), _) => merge.run(),
            (None, Some(look)) => look.run(),
            (None, None) => Err(Error::new(ErrorKind::InvalidOption, "name a model and a folder")),
        }
    }
}
