//! `relume train`: the paper's networks, trained on a machine's own cores.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use relume::model::ModelInfo;
use relume::{Error, ErrorKind, Model, Result, zoo};
use relume_train::data::{Pictures, Split};
use relume_train::{Checkpoints, Epoch, Progress, Recipe, Run, Trainer, history, plot};

use crate::convert::Format;
use crate::progress::{bar, read_pictures};
use crate::{files, folder, output};

/// A recipe's name.
#[derive(Clone, Copy, ValueEnum)]
enum RecipeName {
    /// Batch normalisation, one cycle of the learning rate: about 90 % on CIFAR-10 within 25 epochs.
    Fast,
    /// As in arXiv 1412.6806: dropout, weight decay 0.001, 350 epochs, the learning rate divided by ten at 200, 250 and
    /// 300.
    Paper,
}

/// The number format in which convolutions multiply while a network is trained.
#[derive(Clone, Copy, ValueEnum)]
enum Precision {
    /// Single precision: works everywhere.
    F32,
    /// Numbers rounded to bfloat16, summed in f32 (mixed precision): several times as fast on processors that have
    /// instructions for it, refused on others.
    Bf16,
}

/// Arguments of `relume train`.
#[derive(Args)]
pub(crate) struct Train {
    /// The network: all-cnn-c, model-c, strided-cnn-c or convpool-cnn-c.
    architecture: String,
    /// A folder with `train/CLASS/*.jpg` and `test/CLASS/*.jpg`, or with CIFAR-10's binary batches.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// The model file to write, updated after every epoch; beside it a table (.csv), a plot (.svg) and the checkpoints.
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// How to train.
    #[arg(long, value_enum, default_value = "fast")]
    recipe: RecipeName,
    /// How often every picture is seen. The learning rate's schedule covers all epochs, so a run cannot be lengthened
    /// later.
    #[arg(long)]
    epochs: Option<usize>,
    /// Pictures per step.
    #[arg(long)]
    batch: Option<usize>,
    /// The highest learning rate.
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f64>,
    /// The number format in which convolutions multiply.
    #[arg(long, value_enum, default_value = "f32")]
    precision: Precision,
    /// Decides the first weights, the order of the pictures, and how each is shifted.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Go on from the newest checkpoint, if there is one.
    #[arg(long)]
    resume: bool,
    /// Stop after this many epochs of this call; `--resume` goes on later.
    #[arg(long, value_name = "EPOCHS", value_parser = clap::value_parser!(u32).range(1..))]
    pause_after: Option<u32>,
    /// Start a new run although there is a model of this name.
    #[arg(long)]
    overwrite: bool,
    /// How the model's numbers are stored.
    #[arg(long, value_enum, default_value = "f16")]
    dtype: Format,
    /// What the model says about its data.
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// The licence under which the weights may be used.
    #[arg(long, value_name = "TEXT", default_value = "unknown")]
    licence: String,
}

impl Train {
    pub(crate) fn run(&self) -> Result<()> {
        let recipe = self.recipe()?;
        let info = zoo::architecture(&self.architecture)?.info;
        self.check_place()?;
        let mut trainer = Trainer::new(&self.architecture, &recipe, self.seed)?;
        // Whatever would make the model invalid at the end is reported now.
        self.model(&trainer, &recipe, &info, &[])?;
        let checkpoints = Checkpoints::beside(&self.out)?;
        let refuse = |what: String| Err(Error::new(ErrorKind::InvalidOption, what));
        match checkpoints.newest()? {
            Some(epoch) if !self.resume => {
                return refuse(format!(
                    "{} holds a run that has reached epoch {epoch}: go on with --resume, or remove the folder to start over",
                    checkpoints.folder().display()
                ));
            }
            None if !self.overwrite && self.out.exists() => {
                return refuse(format!(
                    "{} exists, but no checkpoint of its run does: choose another name, or replace it with --overwrite",
                    self.out.display()
                ));
            }
            _ => {}
        }
        let train = read_pictures(&self.data, Split::Train, &info)?;
        let test = read_pictures(&self.data, Split::Test, &info)?;
        let mut skipped = train.skipped.clone();
        skipped.join(&test.skipped);
        folder::note(&skipped);
        recipe.steps(train.labels.len())?;
        let run = Run::new(&self.architecture, &recipe, self.seed, &train);
        let mut history = checkpoints.restore(&mut trainer, &run)?;
        if !history.is_empty() {
            // The run may have been stopped between its checkpoint and its model.
            let model = self.model(&trainer, &recipe, &info, &history)?;
            let bytes = self.encoded(&model)?;
            if files::read(&self.out).ok().as_ref() != Some(&bytes) {
                self.save(&bytes, &model, &history)?;
            }
            output::note(&format!("going on after epoch {} of {}", history.len(), recipe.epochs));
        }
        let last = self.pause_after.map_or(recipe.epochs, |count| {
            recipe.epochs.min(history.len().saturating_add(count as usize))
        });
        while history.len() < last {
            let epoch = epoch(&mut trainer, &recipe, history.len(), &train, &test)?;
            output::note(&format!(
                "epoch {} of {}: test {:.2} %, loss {:.3}; train {:.2} %, loss {:.3}; {:.0} s",
                epoch.epoch,
                epoch.total,
                100.0 * epoch.test_accuracy,
                epoch.test_loss,
                100.0 * epoch.train_accuracy,
                epoch.train_loss,
                epoch.seconds
            ));
            history.push(epoch);
            // Before the checkpoint: a network that has diverged must not replace a sound one.
            let model = self.model(&trainer, &recipe, &info, &history)?;
            let bytes = self.encoded(&model)?;
            checkpoints.write(&trainer, &run, &history)?;
            self.save(&bytes, &model, &history)?;
        }
        output::print(&format!(
            "{}: {} of {} epochs",
            self.out.display(),
            history.len(),
            recipe.epochs
        ))
    }

    fn recipe(&self) -> Result<Recipe> {
        let mut recipe = match self.recipe {
            RecipeName::Fast => Recipe::fast(),
            RecipeName::Paper => Recipe::paper(),
        };
        recipe.epochs = self.epochs.unwrap_or(recipe.epochs);
        recipe.batch = self.batch.unwrap_or(recipe.batch);
        recipe.learning_rate = self.learning_rate.unwrap_or(recipe.learning_rate);
        recipe.precision = match self.precision {
            Precision::F32 => relume_train::Precision::F32,
            Precision::Bf16 => relume_train::Precision::Bf16,
        };
        let option = |error: Error| Error::new(error.kind(), format!("--{}", error.message()));
        recipe.validate().map_err(option)?;
        Ok(recipe)
    }

    /// The network as it is now, without its batch normalisations.
    fn model(&self, trainer: &Trainer, recipe: &Recipe, info: &ModelInfo, history: &[Epoch]) -> Result<Model> {
        let data = self.source.clone().unwrap_or_else(|| {
            let name = self.data.file_name().unwrap_or_default().to_string_lossy();
            format!("{name} ({} classes)", info.classes.len())
        });
        let mut info = info.clone();
        info.source = format!(
            "relume train {}, {} of {} epochs, seed {}; {data}",
            self.architecture,
            history.len(),
            recipe.epochs,
            self.seed
        );
        info.licence.clone_from(&self.licence);
        trainer.finished_model(info)
    }

    fn encoded(&self, model: &Model) -> Result<Vec<u8>> {
        model.write(self.dtype.into()).map_err(|error| {
            Error::new(
                error.kind(),
                format!(
                    "{}: training has diverged; try a lower --learning-rate",
                    error.message()
                ),
            )
        })
    }

    /// Writes the model, its table and its plot.
    fn save(&self, bytes: &[u8], model: &Model, history: &[Epoch]) -> Result<()> {
        files::write(&self.out, bytes)?;
        files::write(&self.beside("csv"), history::csv(history).as_bytes())?;
        let plot = plot::training_curve(&model.info().title, history);
        files::write(&self.beside("svg"), plot.as_bytes())
    }

    /// The model's name with another ending, which takes the place of `.safetensors` only.
    fn beside(&self, ending: &str) -> PathBuf {
        if self.out.extension().is_some_and(|known| known == "safetensors") {
            return self.out.with_extension(ending);
        }
        let mut name = self.out.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{ending}"));
        self.out.with_file_name(name)
    }

    /// Refuses a path that no model can have.
    fn check_place(&self) -> Result<()> {
        let refuse = |what: &str| {
            Err(Error::new(
                ErrorKind::InvalidOption,
                format!("--out {}: {what}", self.out.display()),
            ))
        };
        if self.out.file_name().is_none() || self.out.is_dir() {
            return refuse("is a folder; name a file in it");
        }
        match self.out.extension() {
            Some(ending) if ending == "csv" || ending == "svg" => {
                refuse("the table or the plot beside the model has this ending; end it in .safetensors")
            }
            _ => Ok(()),
        }
    }
}

/// Runs an epoch, with a progress bar for what it learns from and one for what it is tested with.
fn epoch(trainer: &mut Trainer, recipe: &Recipe, done: usize, train: &Pictures, test: &Pictures) -> Result<Epoch> {
    let learning = bar(
        recipe.steps(train.labels.len())?,
        &format!("epoch {} of {}", done + 1, recipe.epochs),
    );
    let testing = bar(test.labels.len(), "test");
    let epoch = trainer.epoch(train, test, done, &mut |progress| match progress {
        Progress::Train { steps, loss, accuracy } => {
            learning.set_position(steps as u64);
            learning.set_message(format!("loss {loss:.3}, {:.1} %", 100.0 * accuracy));
        }
        Progress::Test { pictures } => {
            if !learning.is_finished() {
                learning.finish_and_clear();
                // Its time begins now.
                testing.reset();
            }
            testing.set_position(pictures as u64);
        }
    });
    testing.finish_and_clear();
    epoch
}
