//! The `relume` command: look into a model, explain a picture, convert weights.
#![forbid(unsafe_code)]

mod convert;
mod explain;
mod files;
mod info;
mod output;
mod pictures;
mod pytorch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// See why a convolutional network answered what it did.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What a model file holds: its input, classes and layers.
    Info(info::Info),
    /// Draw which pixels made a unit of the network respond.
    Explain(explain::Explain),
    /// Make a model file from PyTorch weights, or store one in another number format.
    Convert(convert::Convert),
    /// Make a model file of an untrained network, its weights drawn by formula from a seed.
    Init(convert::Init),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Info(command) => command.run(),
        Command::Explain(command) => command.run(),
        Command::Convert(command) => command.run(),
        Command::Init(command) => command.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relume: {error}");
            ExitCode::FAILURE
        }
    }
}
