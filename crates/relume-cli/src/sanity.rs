//! `relume sanity`: do maps depend on what the network learned? Its layers lose their weights one after the other, from the last to the first
//! (Adebayo and others 2018, arXiv 1810.03292), and each time the map is compared with that of the whole network.

use std::path::PathBuf;

use clap::Args;
use relume::{AttributionMap, Backend, Error, ErrorKind, Model, Network, ReluRule, Result, Target, compare_maps};
use serde::Serialize;
use serde_json::json;

use crate::network_file::NetworkFile;
use crate::target::TargetArg;
use crate::{network_input, output};

/// Arguments of `relume sanity`.
#[derive(Args)]
pub(crate) struct Sanity {
    #[command(flatten)]
    network: NetworkFile,
    /// The pictures: PNG, JPEG, WebP, GIF, BMP or TIFF.
    #[arg(value_name = "PICTURE", required = true)]
    pictures: Vec<PathBuf>,
    /// The rules, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "backprop,deconvnet,guided")]
    methods: Vec<ReluRule>,
    /// What is explained: the same unit in the original network and in each randomised one.
    #[arg(long, default_value = "top")]
    target: TargetArg,
    /// How many times the layers are randomised, each time with another seed.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// How alike the maps are, the mean over pictures and seeds, and the standard deviation of one of them; nothing where all maps are empty.
#[derive(Serialize)]
struct Row {
    /// This layer and all after it have lost their weights.
    from: String,
    method: ReluRule,
    rank_correlation: Option<Spread>,
    rank_correlation_of_magnitudes: Option<Spread>,
    structural_similarity: Option<Spread>,
    /// Maps that are zero everywhere: they are in none of the means.
    empty: usize,
}

#[derive(Serialize)]
struct Spread {
    mean: f64,
    deviation: f64,
}

impl Sanity {
    pub(crate) fn run(&self) -> Result<()> {
        let model = self.network.model()?;
        let device = self.backend().device()?;
        let whole = Network::new(model.clone(), &device)?;
        let target = self.target.resolve(&whole.info().classes)?;
        let mut inputs = Vec::new();
        for path in &self.pictures {
            let (values, _) = network_input::of_picture(path, &whole)?;
            // The unit is that of the whole network, whatever the others answer.
            let trace = whole.forward(whole.input(values.clone(), &device)?)?;
            let unit = trace.explained_unit(&target)?;
            let target = Target::unit(unit.layer, unit.channel).at(unit.at.0, unit.at.1);
            let maps = self.maps(&whole, &values, &target)?;
            inputs.push((values, target, maps));
        }
        let layers: Vec<String> = model
            .layers_with_weights()
            .iter()
            .rev()
            .map(|name| (*name).to_owned())
            .collect();
        let mut rows = Vec::new();
        for from in &layers {
            let mut found: Vec<Vec<[f64; 3]>> = self.methods.iter().map(|_| Vec::new()).collect();
            for seed in 1..=self.seeds {
                let network = forgetful(&model, from, seed, self.backend())?;
                for (values, target, whole) in &inputs {
                    let maps = self.maps(&network, values, target)?;
                    for ((found, whole), map) in found.iter_mut().zip(whole).zip(&maps) {
                        let similarity = compare_maps(&whole.data, &map.data, map.shape)?;
                        found.extend(similarity.map(|found| {
                            [
                                found.rank_correlation,
                                found.rank_correlation_of_magnitudes,
                                found.structural_similarity,
                            ]
                        }));
                    }
                }
            }
            let runs = inputs.len() * self.seeds as usize;
            rows.extend(self.methods.iter().zip(found).map(|(&method, found)| Row {
                from: from.clone(),
                method,
                rank_correlation: Spread::of(&found, 0),
                rank_correlation_of_magnitudes: Spread::of(&found, 1),
                structural_similarity: Spread::of(&found, 2),
                empty: runs - found.len(),
            }));
        }
        let info = whole.info();
        if self.json {
            let report = json!({ "model": info.name, "pictures": inputs.len(), "seeds": self.seeds, "rows": rows });
            return output::print(&format!("{report:#}"));
        }
        output::print(&format!(
            "{}, pictures: {}, seeds: {}; each map compared with that of the original network\n\n{}",
            info.title,
            inputs.len(),
            self.seeds,
            table(&rows)
        ))
    }

    fn backend(&self) -> Backend {
        Backend::Flex
    }

    fn maps(&self, network: &Network, values: &[f32], target: &Target) -> Result<Vec<AttributionMap>> {
        let device = self.backend().device()?;
        let trace = network.forward(network.input(values.to_vec(), &device)?)?;
        let map = |rule: &ReluRule| trace.backward(target, *rule)?.read();
        self.methods.iter().map(map).collect()
    }
}

/// The network without what layers from `from` on learned.
fn forgetful(model: &Model, from: &str, seed: u64, backend: Backend) -> Result<Network> {
    let model = model.randomised(from, seed)?;
    Network::new(model, &backend.device()?).map_err(|error| {
        Error::new(
            ErrorKind::Internal,
            format!("with `{from}` and all later layers randomised: {}", error.message()),
        )
    })
}

impl Spread {
    fn of(found: &[[f64; 3]], which: usize) -> Option<Self> {
        if found.is_empty() {
            return None;
        }
        let count = found.len() as f64;
        let mean = found.iter().map(|values| values[which]).sum::<f64>() / count;
        let squares = found.iter().map(|values| (values[which] - mean).powi(2)).sum::<f64>();
        Some(Self {
            mean,
            deviation: (squares / count).sqrt(),
        })
    }
}

fn table(rows: &[Row]) -> String {
    let widest = rows
        .iter()
        .map(|row| row.from.chars().count())
        .max()
        .unwrap_or(0)
        .max(13);
    let spread = |spread: &Option<Spread>| match spread {
        Some(Spread { mean, deviation }) => format!("{mean:6.2} ±{deviation:5.2}"),
        None => "empty".to_owned(),
    };
    let mut lines = vec![format!(
        "{:<widest$}  {:<9}  {:>13}  {:>13}  {:>13}",
        "random from", "method", "ranks", "of magnitudes", "structure"
    )];
    lines.extend(rows.iter().map(|row| {
        format!(
            "{:<widest$}  {:<9}  {:>13}  {:>13}  {:>13}",
            row.from,
            row.method.name(),
            spread(&row.rank_correlation),
            spread(&row.rank_correlation_of_magnitudes),
            spread(&row.structural_similarity)
        )
    }));
    lines.join("\n")
}
