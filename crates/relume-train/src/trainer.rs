//! A network being trained: one step, one epoch.

use std::time::Instant;

use burn::module::{Module, ModuleVisitor, Param, ParamGroup, ParamId};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, ModuleOptimizer, SgdConfig};
use burn::store::RecordError;
use burn::tensor::{Bytes, Device, Tensor};
use relume::model::ModelInfo;
use relume::{Backend, Error, ErrorKind, Model, Network, Result};

use crate::architectures::{fold_batch_norm, untrained};
use crate::augment::{Batch, EpochBatches};
use crate::data::Pictures;
use crate::evaluation::{best_classes, cross_entropy, evaluate};
use crate::forward;
use crate::history::Epoch;
use crate::input::normalised;
use crate::recipe::Recipe;

/// The share by which running statistics move towards each batch's, once there have been enough batches: they become a
/// mean over about the last hundred, enough that it hardly depends on which pictures came last.
const STATISTICS: f64 = 0.01;

/// A network, its optimiser, and what decides their next step.
pub struct Trainer {
    pub(crate) network: Network,
    pub(crate) optimizer: ModuleOptimizer,
    device: Device,
    recipe: Recipe,
    seed: u64,
}

/// How far an epoch has come.
#[derive(Debug, Clone, Copy)]
pub enum Progress {
    /// Training on the training pictures.
    Train {
        /// Steps taken.
        steps: usize,
        /// The mean loss of these steps.
        loss: f64,
        /// The share of right answers in these steps, 0 to 1.
        accuracy: f64,
    },
    /// Evaluation on the test pictures.
    Test {
        /// Test pictures evaluated so far.
        pictures: usize,
    },
}

impl Trainer {
    /// One of the paper's networks with first weights drawn from `seed`, to be trained by `recipe`.
    ///
    /// # Errors
    /// `invalid-option` for an architecture that cannot be trained here, or a recipe that is not
    /// [valid](Recipe::validate).
    pub fn new(architecture: &str, recipe: &Recipe, seed: u64) -> Result<Self> {
        recipe.validate()?;
        let device = Backend::Flex.device()?.autodiff();
        let network = Network::new(untrained(architecture, recipe.regularisation(), seed)?, &device)?;
        Ok(Self {
            optimizer: optimizer(&network, recipe),
            network,
            device,
            recipe: recipe.clone(),
            seed,
        })
    }

    /// The network as it is now, on an autodiff device.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The network as it is now, without its batch normalisations. `info` is what it shall say about itself.
    ///
    /// # Errors
    /// `invalid-model` if a weight is no longer a finite number, or `info` does not fit.
    pub fn finished_model(&self, info: ModelInfo) -> Result<Model> {
        fold_batch_norm(self.network.to_model()?, info)
    }

    /// Continues from where another run stopped.
    pub(crate) fn restore(&mut self, network: Network, optimizer: Bytes) -> Result<(), RecordError> {
        // An optimiser knows weights by their ids, and the loaded network has other ids than the one before.
        self.optimizer = self::optimizer(&network, &self.recipe).from_bytes(optimizer)?;
        self.network = network;
        Ok(())
    }

    /// Runs epoch `epoch` (counted from 0) over the pictures of `train`, then answers those of `test`.
    ///
    /// # Errors
    /// `not-finite` if training diverges, `invalid-option` if the pictures do not fill one batch, `shape-mismatch` if they
    /// do not have the network's size.
    pub fn epoch(
        &mut self,
        train: &Pictures,
        test: &Pictures,
        epoch: usize,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Epoch> {
        let start = Instant::now();
        let count = self.recipe.steps(train.labels.len())?;
        let (first, all) = (epoch * count, self.recipe.epochs * count);
        let mut batches = EpochBatches::new(train.labels.len(), self.seed, epoch);
        let (mut total, mut correct) = (0.0, 0);
        let (mut loss, mut accuracy, mut learning_rate) = (0.0, 0.0, 0.0);
        for steps in 1..=count {
            let batch = batches.batch(train, &self.recipe, steps - 1);
            let at = first + steps - 1;
            learning_rate = self.recipe.learning_rate_at(at, all);
            let (step_loss, step_correct) = self.step(batch, learning_rate, at as u64)?;
            if !step_loss.is_finite() {
                return Err(diverged(&format!("at step {steps}"), epoch + 1));
            }
            total += step_loss;
            correct += step_correct;
            loss = total / steps as f64;
            accuracy = correct as f64 / (steps * self.recipe.batch) as f64;
            progress(Progress::Train { steps, loss, accuracy });
        }
        let done = |pictures| progress(Progress::Test { pictures });
        let device = Backend::Flex.device()?;
        let evaluation = evaluate(&self.network.valid(), test, self.recipe.precision, &device, done);
        let evaluation = evaluation.map_err(|error| match error.kind() {
            ErrorKind::NotFinite => diverged("on the test pictures", epoch + 1),
            _ => error,
        })?;
        Ok(Epoch {
            epoch: epoch + 1,
            total: self.recipe.epochs,
            learning_rate,
            train_loss: loss,
            train_accuracy: accuracy,
            test_loss: evaluation.loss,
            test_accuracy: evaluation.accuracy(),
            seconds: start.elapsed().as_secs_f64(),
        })
    }

    /// Takes step number `at`; returns the loss, and how many pictures were answered right.
    fn step(&mut self, batch: Batch, learning_rate: f64, at: u64) -> Result<(f64, usize)> {
        let Batch { pixels, size, labels } = batch;
        let input = normalised(&pixels, size, &self.network.info().input, &self.device);
        let seed = self.seed.rotate_left(32) ^ at;
        let pass = forward::training(&self.network, input, self.recipe.precision, seed)?;
        let answers = best_classes(pass.logits.clone().inner())?;
        let correct = answers.iter().zip(&labels).filter(|(answer, label)| answer == label);
        let correct = correct.count();
        let loss = cross_entropy(pass.logits, &labels, self.recipe.smoothing, &self.device);
        let value = f64::from(loss.clone().into_scalar::<f32>());
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        let network = self.optimizer.step(learning_rate, self.network.clone(), gradients);
        // The first batches count equally.
        let share = (1.0 / (at as f64 + 1.0)).max(STATISTICS);
        self.network = forward::update_running_stats(network, &pass.statistics, share);
        Ok((value, correct))
    }
}

/// The error for a loss that is not a finite number.
fn diverged(place: &str, epoch: usize) -> Error {
    Error::new(
        ErrorKind::NotFinite,
        format!("training has diverged: the loss {place} of epoch {epoch} is not finite; try a lower learning rate"),
    )
}

/// Nesterov's momentum for everything, weight decay for weights: a bias or a batch normalisation's gain has no reason
/// to be small.
fn optimizer(network: &Network, recipe: &Recipe) -> ModuleOptimizer {
    let momentum = MomentumConfig::new()
        .with_momentum(recipe.momentum)
        .with_dampening(0.0)
        .with_nesterov(true);
    let sgd = SgdConfig::new().with_momentum(Some(momentum));
    let decaying = sgd
        .clone()
        .with_weight_decay(Some(WeightDecayConfig::new(recipe.weight_decay as f32)));
    let mut weights = Weights::default();
    network.visit(&mut weights);
    ModuleOptimizer::from(sgd.build()).with_group(ParamGroup::from_ids(weights.ids), decaying.build(), None)
}

/// Collects the parameters that have more than one number per channel.
#[derive(Default)]
struct Weights {
    ids: Vec<ParamId>,
}

impl ModuleVisitor for Weights {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if D > 1 {
            self.ids.push(param.id);
        }
    }
}
