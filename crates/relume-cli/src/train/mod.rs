//! `relume train`: the paper's networks, trained on a machine's own cores.

mod augment;
mod checkpoint;
mod history;
mod recipe;
mod trainer;

use std::path::PathBuf;
use std::time::Instant;

use burn::module::Module;
use clap::Args;
use relume::weights::ModelInfo;
use relume::{Backend, Error, ErrorKind, Model, Result, zoo};

use self::checkpoint::{Checkpoints, Run};
use self::recipe::{Name, Recipe};
use self::trainer::Trainer;
use crate::convert::Format;
use crate::data::{Pictures, Split};
use crate::evaluation::evaluate;
use crate::plot::{self, Epoch};
use crate::progress::{bar, read_pictures};
use crate::{files, output};

/// Arguments of `relume train`.
#[derive(Args)]
pub(crate) struct Train {
    /// The network: all-cnn-c, model-c, strided-cnn-c or convpool-cnn-c.
    architecture: String,
    /// A folder with `train/CLASS/*.jpg` and `test/CLASS/*.jpg`, or with CIFAR-10's binary batches.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// The model file to write, anew after every epoch; beside it a table (.csv), a plot (.svg) and the checkpoints.
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// How to train.
    #[arg(long, value_enum, default_value = "fast")]
    recipe: Name,
    /// How often every picture is seen. The learning rate's course is stretched over all of them: it cannot be
    /// lengthened later.
    #[arg(long)]
    epochs: Option<usize>,
    /// Pictures a step.
    #[arg(long)]
    batch: Option<usize>,
    /// The highest learning rate.
    #[arg(long)]
    rate: Option<f64>,
    /// Decides the first weights, the order of the pictures, and how each is shifted.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Go on from the newest checkpoint, if there is one.
    #[arg(long)]
    resume: bool,
    /// Stop after so many epochs of this call; `--resume` goes on later.
    #[arg(long, value_name = "EPOCHS")]
    pause_after: Option<usize>,
    /// How the model's numbers are stored.
    #[arg(long, value_enum, default_value = "f16")]
    dtype: Format,
    /// What the model says about its data.
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Under which licence the weights may be used.
    #[arg(long, value_name = "TEXT", default_value = "unknown")]
    licence: String,
}

impl Train {
    pub(crate) fn run(&self) -> Result<()> {
        let recipe = self.recipe()?;
        let info = zoo::architecture(&self.architecture)?.info;
        let mut trainer = Trainer::new(&self.architecture, &recipe, self.seed)?;
        let checkpoints = Checkpoints::beside(&self.out)?;
        let newest = checkpoints.newest()?;
        if let Some((epoch, _)) = newest
            && !self.resume
        {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!(
                    "{} holds a run that has got to epoch {epoch}: go on with --resume, or remove the folder to begin anew",
                    checkpoints.folder().display()
                ),
            ));
        }
        let learn = self.pictures(Split::Train, &info)?;
        let test = self.pictures(Split::Test, &info)?;
        if Trainer::steps(&recipe, learn.labels.len()) == 0 {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!(
                    "{} pictures do not fill one batch of {}: choose a smaller --batch",
                    learn.labels.len(),
                    recipe.batch
                ),
            ));
        }
        let run = Run::new(&self.architecture, &recipe, self.seed, &learn);
        let mut history = Vec::new();
        if let Some((epoch, place)) = newest {
            history = Checkpoints::restore(&place, &mut trainer, &run)?;
            output::note(&format!("going on after epoch {epoch} of {}", recipe.epochs));
        }
        let last = self
            .pause_after
            .map_or(recipe.epochs, |count| recipe.epochs.min(history.len() + count));
        while history.len() < last {
            let epoch = self.epoch(&mut trainer, &recipe, history.len(), &learn, &test)?;
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
            // First of all: a network that has diverged is no model, and must not take a sound checkpoint's place.
            let model = self.model(&trainer, &recipe, &info, &history)?;
            checkpoints.write(&trainer, &run, &history)?;
            self.save(&model, &history)?;
        }
        output::print(&format!(
            "{}: {} of {} epochs",
            self.out.display(),
            history.len(),
            recipe.epochs
        ))
    }

    fn recipe(&self) -> Result<Recipe> {
        let mut recipe = Recipe::named(self.recipe);
        recipe.epochs = self.epochs.unwrap_or(recipe.epochs);
        recipe.batch = self.batch.unwrap_or(recipe.batch);
        recipe.rate = self.rate.unwrap_or(recipe.rate);
        let refuse = |what: String| Err(Error::new(ErrorKind::InvalidOption, what));
        if recipe.epochs == 0 || recipe.epochs > 100_000 {
            return refuse(format!("--epochs {} must lie between 1 and 100000", recipe.epochs));
        }
        // A single picture has no spread to normalise by.
        if recipe.batch < 2 || recipe.batch > 4096 {
            return refuse(format!("--batch {} must lie between 2 and 4096", recipe.batch));
        }
        if !(recipe.rate > 0.0 && recipe.rate <= 100.0) {
            return refuse(format!("--rate {} must be above 0 and at most 100", recipe.rate));
        }
        Ok(recipe)
    }

    fn pictures(&self, split: Split, info: &ModelInfo) -> Result<Pictures> {
        read_pictures(&self.data, split, info.input.shape, &info.classes)
    }

    fn epoch(
        &self,
        trainer: &mut Trainer,
        recipe: &Recipe,
        done: usize,
        learn: &Pictures,
        test: &Pictures,
    ) -> Result<Epoch> {
        let start = Instant::now();
        let progress = trainer.epoch(learn, done)?;
        let steps = Trainer::steps(recipe, learn.labels.len());
        let bar = bar(test.labels.len(), "test");
        let device = Backend::Flex.device()?;
        let evaluation = evaluate(&trainer.network.valid(), test, &device, |done| {
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        Ok(Epoch {
            epoch: done + 1,
            total: recipe.epochs,
            rate: recipe.rate((done + 1) * steps - 1, recipe.epochs * steps),
            train_loss: progress.loss,
            train_accuracy: progress.accuracy,
            test_loss: evaluation.loss,
            test_accuracy: evaluation.accuracy(),
            seconds: start.elapsed().as_secs_f64(),
        })
    }

    /// The plain network as it is now.
    fn model(&self, trainer: &Trainer, recipe: &Recipe, info: &ModelInfo, history: &[Epoch]) -> Result<Model> {
        if history.last().is_some_and(|epoch| !epoch.test_loss.is_finite()) {
            return Err(trainer::diverged("on the test pictures", history.len()));
        }
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
        zoo::finished(pollster::block_on(trainer.network.to_model())?, info)
    }

    /// Writes the model, its table and its plot.
    fn save(&self, model: &Model, history: &[Epoch]) -> Result<()> {
        files::write(&self.out, &model.write(self.dtype.into())?)?;
        files::write(&self.out.with_extension("csv"), history::csv(history).as_bytes())?;
        let plot = plot::training_curve(&model.info().title, history);
        files::write(&self.out.with_extension("svg"), plot.as_bytes())
    }
}
