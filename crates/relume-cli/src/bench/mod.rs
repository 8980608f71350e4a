//! `relume bench`: how long a model takes, natively, in one thread.

mod layers;
mod machine_peak;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use relume::{Backend, Error, ErrorKind, ReluRule, Result, Target};
use serde_json::{Value, json};

use self::layers::Layers;
use crate::network_file::NetworkFile;
use crate::{files, output};

/// Arguments of `relume bench`.
#[derive(Args)]
pub(crate) struct Bench {
    #[command(flatten)]
    network: NetworkFile,
    /// How often everything is measured; the median is reported.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: u32,
    /// Also measure each layer, and say what share of the machine's peak it reaches.
    #[arg(long)]
    layers: bool,
    /// The backend.
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Write the results to this file, too, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Bench {
    pub(crate) fn run(&self) -> Result<()> {
        // Those of Burn's operations that the kernels do not replace would use every core.
        rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build_global()
            .map_err(|error| Error::new(ErrorKind::Internal, format!("one thread: {error}")))?;
        let device = self.backend.device()?;
        let network = self.network.load_without_pictures(self.backend)?;
        let [channels, height, width] = network.info().input.shape;
        let numbers = noise(channels * height * width);
        let input = || network.input(numbers.clone(), &device);

        output::print(&format!(
            "{} on {}, input {channels}×{height}×{width}, one thread, medians of {} in milliseconds\n",
            network.info().title,
            self.backend,
            self.runs
        ))?;
        let mut rows = Vec::new();
        let mut row = |what: String, times: Vec<f64>| {
            let time = median(times);
            rows.push(json!({ "what": what, "milliseconds": time }));
            output::print(&format!("{what:<28} {time:>9.2}"))
        };
        row(
            "forward".to_owned(),
            self.times(|| {
                let input = input()?;
                let start = Instant::now();
                network.forward(input)?.scores()?;
                Ok(start.elapsed().as_secs_f64())
            })?,
        )?;
        for rule in ReluRule::ALL {
            row(
                format!("forward + {rule}"),
                self.times(|| {
                    let input = input()?;
                    let start = Instant::now();
                    let trace = network.forward(input)?;
                    trace.backward(&Target::class(0), rule)?.read()?;
                    Ok(start.elapsed().as_secs_f64())
                })?,
            )?;
        }
        let mut report = json!({ "model": network.info().name, "backend": self.backend.name(), "runs": self.runs });
        if self.layers {
            let peak = machine_peak::measure();
            output::print(&format!(
                "\npeak: {:.1} G multiply-adds a second in registers\n",
                peak / 1e9
            ))?;
            let mut layers = Layers::new(&network);
            self.times(|| {
                layers.measure(input()?)?;
                Ok(0.0)
            })?;
            output::print(&layers.table(peak))?;
            report["peak"] = json!(peak);
            report["layers"] = layers.json();
        }
        report["rows"] = Value::Array(rows);
        match &self.json {
            Some(path) => files::write(path, format!("{report:#}\n").as_bytes()),
            None => Ok(()),
        }
    }

    /// What `once` measures in each of the runs, after some that do not count.
    fn times(&self, mut once: impl FnMut() -> Result<f64>) -> Result<Vec<f64>> {
        for _ in 0..self.runs.min(3) {
            once()?;
        }
        (0..self.runs).map(|_| once()).collect()
    }
}

/// Evenly spread numbers, the same every time.
fn noise(count: usize) -> Vec<f32> {
    (0..count)
        .map(|index| ((index * 7919) % 1009) as f32 / 504.5 - 1.0)
        .collect()
}

/// The median of times in seconds, in milliseconds.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    let (low, high) = ((times.len() - 1) / 2, times.len() / 2);
    (times[low] + times[high]) / 2.0 * 1e3
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_the_middle_or_between_the_two() {
        assert_eq!(median(vec![0.003, 0.001, 0.002]), 2.0);
        assert_eq!(median(vec![0.004, 0.001, 0.002, 0.003]), 2.5);
        assert_eq!(median(vec![0.007]), 7.0);
    }
}
