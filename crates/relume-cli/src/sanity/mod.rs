//! `relume sanity`: do maps depend on what the network learned? Its layers lose their weights one after the other, from the last to the first
//! (Adebayo and others 2018, arXiv 1810.03292), and each time the map is compared with that of the original network.

mod chart;
mod experiment;
mod row;

use std::path::PathBuf;

use clap::Args;
use relume::{Backend, Method, Network, Result};
use serde_json::json;

use self::experiment::Experiment;
use crate::explain::method;
use crate::network_file::NetworkFile;
use crate::target::TargetArg;
use crate::{files, output};

/// Arguments of `relume sanity`.
#[derive(Args)]
pub(crate) struct Sanity {
    #[command(flatten)]
    network: NetworkFile,
    /// The pictures: PNG, JPEG, WebP, GIF, BMP or TIFF.
    #[arg(value_name = "PICTURE", required = true)]
    pictures: Vec<PathBuf>,
    /// How the maps are made, separated by commas: each method of `relume explain`, with its default options.
    #[arg(long, value_name = "METHOD", value_delimiter = ',', value_parser = method(), default_value = "backprop,deconvnet,guided")]
    methods: Vec<Method>,
    /// What is explained: the same unit in the original network and in each randomised one.
    #[arg(long, default_value = "top")]
    target: TargetArg,
    /// How many times the layers are randomised, each time with another seed.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Also draw a chart (SVG): how alike the maps are, against the layers that lost their weights.
    #[arg(long, value_name = "FILE.svg")]
    svg: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Sanity {
    pub(crate) fn run(&self) -> Result<()> {
        if let Some(svg) = &self.svg {
            let pictures = self.pictures.iter().map(PathBuf::as_path);
            files::apart(svg, &pictures.chain(self.network.inputs()).collect::<Vec<_>>())?;
        }
        let model = self.network.model()?;
        let device = Backend::Flex.device()?;
        let experiment = Experiment {
            model: &model,
            methods: &self.methods,
            device: &device,
            seeds: self.seeds,
        };
        let original = Network::new(model.clone(), &device)?;
        let target = self.target.resolve(&original.info().classes)?;
        let references = self
            .pictures
            .iter()
            .map(|picture| experiment.reference(&original, picture, &target))
            .collect::<Result<Vec<_>>>()?;
        let info = original.info().clone();
        // Its memory is needed for the others.
        drop(original);
        let rows = experiment.rows(&references)?;
        let pictures = references.len();
        if let Some(svg) = &self.svg {
            let drawn = chart::draw(&info.title, pictures, self.seeds, &self.methods, &rows);
            files::write(svg, drawn.as_bytes())?;
        }
        if self.json {
            let report = json!({ "model": info.name, "pictures": pictures, "seeds": self.seeds, "rows": rows });
            return output::print(&format!("{report:#}"));
        }
        let about = format!(
            "{}, pictures: {pictures}, seeds: {}; each map compared with that of the original network, with the picture's edges and with the picture",
            info.title, self.seeds
        );
        output::print(&format!("{about}\n\n{}", row::table(&rows)))
    }
}
