//! `relume evaluate`: a model's accuracy.

use std::path::PathBuf;

use clap::Args;
use relume::{Backend, Result};
use relume_train::data::Split;
use relume_train::{Evaluation, Precision, evaluate, plot};
use serde_json::json;

use crate::progress::{bar, read_pictures};
use crate::run_limit::RunLimit;
use crate::{files, folder, output};

/// Arguments of `relume evaluate`.
#[derive(Args)]
pub(crate) struct Evaluate {
    /// The model file.
    model: PathBuf,
    /// A folder with `test/CLASS/*.jpg` or `CLASS/*.jpg`, or with CIFAR-10's binary batches; pictures of the model's
    /// own size.
    folder: PathBuf,
    /// Draw the confusion matrix (SVG).
    #[arg(long, value_name = "FILE.svg")]
    confusion: Option<PathBuf>,
    /// Print JSON, with the answer to every picture.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    run_limit: RunLimit,
}

impl Evaluate {
    pub(crate) fn run(&self) -> Result<()> {
        let device = Backend::Flex.device()?;
        let bytes = files::read(&self.model)?;
        let network = self.run_limit.load(&self.model, &bytes, &device)?;
        let info = network.info();
        let pictures = read_pictures(&self.folder, Split::Test, info)?;
        folder::note(&pictures.skipped);
        let bar = bar(pictures.labels.len(), "pictures");
        let evaluation = evaluate(&network, &pictures, Precision::F32, &device, |done| {
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        if let Some(path) = &self.confusion {
            let drawn = plot::confusion_matrix(&info.title, &pictures.classes, &evaluation.confusion);
            files::write(path, drawn.as_bytes())?;
        }
        if self.json {
            let answers: Vec<_> = pictures
                .names
                .iter()
                .zip(&pictures.labels)
                .zip(&evaluation.answers)
                .map(|((name, label), answer)| {
                    json!({
                        "picture": name,
                        "class": pictures.classes[usize::from(*label)],
                        "answer": pictures.classes[*answer],
                    })
                })
                .collect();
            return output::print(&format!(
                "{:#}",
                json!({
                    "model": info.name,
                    "pictures": evaluation.answers.len(),
                    "accuracy": evaluation.accuracy(),
                    "loss": evaluation.loss,
                    "classes": pictures.classes,
                    "confusion": evaluation.confusion,
                    "answers": answers,
                })
            ));
        }
        output::print(&table(&info.title, &pictures.classes, &evaluation))
    }
}

fn table(title: &str, classes: &[String], evaluation: &Evaluation) -> String {
    let mut lines = vec![
        format!(
            "{title}: {:.2} % of {} pictures, loss {:.4}",
            100.0 * evaluation.accuracy(),
            evaluation.answers.len(),
            evaluation.loss
        ),
        String::new(),
    ];
    for (class, label) in classes.iter().enumerate() {
        let Some(accuracy) = evaluation.accuracy_of(class) else {
            lines.push(format!("{label:<16}        no pictures"));
            continue;
        };
        let row = &evaluation.confusion[class];
        let wrong = (0..row.len()).filter(|&answer| answer != class && row[answer] > 0);
        let taken = wrong.max_by_key(|&answer| row[answer]).map_or(String::new(), |answer| {
            format!("   most often taken for {} ({})", classes[answer], row[answer])
        });
        lines.push(format!("{label:<16} {:>6.1} %{taken}", 100.0 * accuracy));
    }
    lines.join("\n")
}
