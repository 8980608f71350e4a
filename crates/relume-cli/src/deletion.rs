//! `relume deletion`: what becomes of the answer while important pixels are taken away, or given back.

use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::ProgressBar;
use relume::{
    AttributionMap, Backend, Change, Curve, Error, ErrorKind, ExplainedUnit, Network, Result, Target, Trace,
    importance, random_importance,
};
use serde_json::{Value, json};

use crate::explain::MethodArgs;
use crate::network_file::NetworkFile;
use crate::progress::{bar, show_steps, spinner};
use crate::target::TargetArg;
use crate::{files, network_input, output};

/// Arguments of `relume deletion`.
#[derive(Args)]
pub(crate) struct Deletion {
    #[command(flatten)]
    network: NetworkFile,
    /// The picture: PNG, JPEG, WebP, GIF, BMP or TIFF.
    #[arg(
        value_name = "PICTURE",
        required_unless_present = "tensor",
        conflicts_with = "tensor"
    )]
    picture: Option<PathBuf>,
    /// Instead of a picture: a safetensors file whose tensor `input`, [1, 3, H, W], is already normalised.
    #[arg(long, value_name = "FILE")]
    tensor: Option<PathBuf>,
    #[command(flatten)]
    method: MethodArgs,
    /// What is explained, as for `relume explain`.
    #[arg(long, default_value = "top")]
    target: TargetArg,
    /// The number of steps from no pixel changed to all of them.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    points: u16,
    /// The seed of the random order.
    #[arg(long, default_value_t = 1)]
    order_seed: u64,
    /// The backend: flex or ndarray.
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Write the curves as JSON to this file, or with `-` to standard output. Without it, a table of the areas under the curves is printed.
    #[arg(long, value_name = "FILE|-")]
    out: Option<PathBuf>,
}

/// A curve for each order in which pixels are changed, by the order's name.
type Curves<'a> = Vec<(&'a str, Curve)>;

impl Deletion {
    pub(crate) fn run(&self) -> Result<()> {
        self.method.check()?;
        if let Some(out) = self.out.as_ref().filter(|out| out.as_path() != Path::new("-")) {
            let own = [self.picture.as_deref(), self.tensor.as_deref()].into_iter().flatten();
            files::apart(
                out,
                &own.chain(self.network.inputs())
                    .chain(self.method.inputs())
                    .collect::<Vec<_>>(),
            )?;
        }
        let (network, values) = match (&self.tensor, &self.picture) {
            (Some(tensor), _) => {
                let network = self.network.load_without_pictures(self.backend)?;
                let values = network_input::of_tensor(tensor, &network)?;
                (network, values)
            }
            (None, Some(picture)) => {
                let network = self.network.load(self.backend)?;
                let (values, _) = network_input::of_picture(picture, &network)?;
                (network, values)
            }
            (None, None) => {
                return Err(Error::new(
                    ErrorKind::InvalidOption,
                    "name a picture, or a tensor with --tensor",
                ));
            }
        };
        let target = self.target.resolve(&network.info().classes)?;
        let progress = spinner("computing the map");
        let trace = network.forward(network.input(values, &self.backend.device()?)?)?;
        let mut on_step = |done, steps| show_steps(&progress, done, steps);
        let map = self.method.make(&trace, &target, &mut on_step)?.map;
        progress.finish_and_clear();
        let [_, height, width] = map.shape;
        let orders = [
            ("map", importance(&map.data, height * width)?),
            ("random", random_importance(height * width, self.order_seed)),
            ("edges", trace.edges()?),
        ];
        let bar = bar(2 * orders.len(), "curves");
        bar.tick();
        let curves = |change| self.curves(&trace, &target, &orders, change, &bar);
        let [deletion, insertion] = [curves(Change::Deletion)?, curves(Change::Insertion)?];
        bar.finish_and_clear();
        let report = json!({
            "model": network.info().name,
            "method": map.method,
            "target": map.target,
            "points": self.points,
            "deletion": json_of(&deletion),
            "insertion": json_of(&insertion),
        });
        let text = format!("{report:#}");
        match self.out.as_deref() {
            None => output::print(&table(&network, &map, &deletion, &insertion)),
            Some(path) if path == Path::new("-") => output::print(&text),
            Some(path) => {
                files::write(path, format!("{text}\n").as_bytes())?;
                let [deletion, insertion] = [areas(&deletion), areas(&insertion)];
                output::print(&format!(
                    "{}: area under deletion {deletion}; under insertion {insertion}",
                    path.display()
                ))
            }
        }
    }

    fn curves<'a>(
        &self,
        trace: &Trace,
        target: &Target,
        orders: &[(&'a str, Vec<f32>)],
        change: Change,
        bar: &ProgressBar,
    ) -> Result<Curves<'a>> {
        let curve = |(name, order): &(&'a str, Vec<f32>)| {
            let curve = trace.curve(target, order, change, self.points.into())?;
            bar.inc(1);
            Ok((*name, curve))
        };
        orders.iter().map(curve).collect()
    }
}

/// The areas, a line for each order.
fn table(network: &Network, map: &AttributionMap, deletion: &Curves<'_>, insertion: &Curves<'_>) -> String {
    let ExplainedUnit { layer, channel, .. } = &map.target;
    let class = network.info().classes.get(*channel);
    let label = class.filter(|_| layer == network.logits_layer());
    let label = label.map(|label| format!(" ({label})")).unwrap_or_default();
    let mut lines = vec![
        format!("{}, from channel {channel} of {layer}{label}", map.method),
        "area under the curve   deletion  insertion".to_owned(),
    ];
    lines.extend(deletion.iter().zip(insertion).map(|((order, deleted), (_, inserted))| {
        format!("order: {order:<15} {:>8.4}  {:>9.4}", deleted.area, inserted.area)
    }));
    lines.push(
        "The map should have a smaller area under deletion, and a larger one under insertion, than the other orders."
            .to_owned(),
    );
    lines.push("To have the curves: --out FILE, or --out -".to_owned());
    lines.join("\n")
}

fn json_of(curves: &[(&str, Curve)]) -> Value {
    let of = |(name, Curve { shares, values, area }): &(&str, Curve)| {
        let curve = json!({ "area": area, "shares": shares, "values": values });
        ((*name).to_owned(), curve)
    };
    Value::Object(curves.iter().map(of).collect())
}

/// The area under the curve of each order, for a reader.
fn areas(curves: &[(&str, Curve)]) -> String {
    let areas: Vec<String> = curves
        .iter()
        .map(|(name, curve)| format!("{:.4} ({name})", curve.area))
        .collect();
    areas.join(", ")
}
