//! Executes mutants of the corpus for as long as is asked: `long_run TARGET EXECUTIONS [SEED [FOLDER]]`.
//!
//! It stops at a panic, with the input saved in FOLDER (`target/fuzz-findings`), and saves the slowest input. Its report is a line for
//! `docs/reliability.md`: executions, how many were read, the peak of memory, the slowest input.

use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use relume_fuzz::corpus;
use relume_fuzz::mutants::Mutants;
use relume_fuzz::targets;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How often the state is reported, in executions.
const REPORTED_EVERY: u64 = 500_000;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<_> = targets::ALL.iter().map(|(name, _)| *name).collect();
    let usage = || {
        format!(
            "long_run TARGET EXECUTIONS [SEED [FOLDER]]; the targets are {}",
            names.join(", ")
        )
    };
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok());
    let name = arguments.first().ok_or_else(usage)?;
    let (_, target) = targets::ALL.iter().find(|(other, _)| other == name).ok_or_else(usage)?;
    let executions = number(1).ok_or_else(usage)?;
    let seed = number(2).unwrap_or(1);
    let folder = PathBuf::from(arguments.get(3).map_or("target/fuzz-findings", String::as_str));
    let save = |what: &str, bytes: &[u8]| {
        let path = folder.join(format!("{name}-{what}-{seed}"));
        match fs::create_dir_all(&folder).and_then(|()| fs::write(&path, bytes)) {
            Ok(()) => path.display().to_string(),
            Err(error) => format!("nowhere ({}: {error})", path.display()),
        }
    };

    let seeds = corpus::seeds(name).map_err(|error| format!("the corpus of {name}: {error}"))?;
    let mut mutants = Mutants::new(seeds, seed);
    let (mut read, mut slowest, mut largest) = (0_u64, Duration::ZERO, 0);
    let start = Instant::now();
    let report = |done: u64, read: u64, slowest: Duration, largest: usize, added: usize| {
        eprintln!(
            "{name}, seed {seed}: {done} executions, {read} of them read, {added} seeds added, {:.0} s; most memory {:.1} MB, slowest {:.1} ms",
            start.elapsed().as_secs_f64(),
            largest as f64 / 1e6,
            slowest.as_secs_f64() * 1e3
        );
    };
    for done in 0..executions {
        let bytes = mutants.give();
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let begun = Instant::now();
        let Ok(outcome) = catch_unwind(|| target(&bytes)) else {
            return Err(format!(
                "execution {done} panics; its input is in {}",
                save("panic", &bytes)
            ));
        };
        let time = begun.elapsed();
        if time > slowest {
            slowest = time;
            save("slowest", &bytes);
        }
        let taken = MEMORY.peak_usage().saturating_sub(before);
        if taken > largest {
            largest = taken;
            save("largest", &bytes);
        }
        read += u64::from(outcome.is_ok());
        mutants.hear(&bytes, &outcome);
        if (done + 1) % REPORTED_EVERY == 0 {
            report(done + 1, read, slowest, largest, mutants.added());
        }
    }
    report(executions, read, slowest, largest, mutants.added());
    Ok(())
}
