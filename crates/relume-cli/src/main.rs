//! The `relume` command: look into a model, explain a picture, convert weights; with the feature `train`, train.
#![forbid(unsafe_code)]

mod bench;
mod convert;
mod deletion;
#[cfg(feature = "train")]
mod evaluate;
mod explain;
mod figure;
mod files;
mod folder;
mod info;
mod network_file;
mod network_input;
mod output;
mod pictures;
mod progress;
mod run_limit;
mod sanity;
mod survey;
mod target;
#[cfg(feature = "train")]
mod train;
mod visualise;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

// A pass makes and frees hundreds of large tensors. The system's allocator gives such memory back to the system each time, and
// getting it again took a third of a pass.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Measure how the answer changes while the pixels that a map calls important are deleted or inserted; writes JSON.
    Deletion(deletion::Deletion),
    /// Test whether maps depend on what the network learned: randomise its layers' weights one after another, from the last to the first, and
    /// compare the maps.
    Sanity(sanity::Sanity),
    /// Make a model file from PyTorch weights or an ONNX file, or store one in another number format.
    Convert(convert::Convert),
    /// Make a model file of an untrained network, its weights drawn by formula from a seed.
    Init(convert::Init),
    /// Train one of the paper's networks on a folder of pictures.
    #[cfg(feature = "train")]
    Train(train::Train),
    /// Measure a model's accuracy on a folder of pictures.
    #[cfg(feature = "train")]
    Evaluate(evaluate::Evaluate),
    /// Measure how long a model's forward and backward passes take, with --layers layer by layer.
    Bench(bench::Bench),
    /// Find the top-activating images of each channel in a folder of pictures.
    Survey(survey::Command),
    /// Make a picture that a class or a unit of the network answers to strongly, by gradient ascent from noise.
    Visualise(visualise::Visualise),
    /// Draw the paper's figures of a model.
    Figure(figure::Figure),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Info(command) => command.run(),
        Command::Explain(command) => command.run(),
        Command::Deletion(command) => command.run(),
        Command::Sanity(command) => command.run(),
        Command::Convert(command) => command.run(),
        Command::Init(command) => command.run(),
        #[cfg(feature = "train")]
        Command::Train(command) => command.run(),
        #[cfg(feature = "train")]
        Command::Evaluate(command) => command.run(),
        Command::Bench(command) => command.run(),
        Command::Survey(command) => command.run(),
        Command::Visualise(command) => command.run(),
        Command::Figure(command) => command.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relume: {error}");
            ExitCode::FAILURE
        }
    }
}
