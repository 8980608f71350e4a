//! A network being trained: one step, one epoch.

use burn::module::{Module, ModuleVisitor, Param, ParamGroup, ParamId};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, ModuleOptimizer, SgdConfig};
use burn::store::RecordError;
use burn::tensor::{Bytes, Device, Tensor};
use relume::{Backend, Error, ErrorKind, Network, Result, zoo};

use super::Recipe;
use super::augment::{Batch, Epoch};
use crate::data::Pictures;
use crate::evaluation::{best, cross_entropy, normalised};
use crate::progress::bar;

/// The share by which running statistics move towards each batch's, once there have been enough batches: they become a
/// mean over about the last hundred, enough that it hardly depends on which pictures came last.
const STATISTICS: f64 = 0.01;

/// A network, its optimiser, and what decides their next step.
pub(super) struct Trainer {
    pub(super) network: Network,
    pub(super) optimizer: ModuleOptimizer,
    device: Device,
    recipe: Recipe,
    seed: u64,
}

/// Loss and accuracy over the pictures of an epoch, as they were seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    pub(super) loss: f64,
    /// 0 to 1.
    pub(super) accuracy: f64,
}

impl Trainer {
    pub(super) fn new(architecture: &str, recipe: &Recipe, seed: u64) -> Result<Self> {
        let device = Backend::Flex.device()?.autodiff();
        let model = zoo::untrained(architecture, recipe.regularisation(), seed)?;
        let network = Network::new(model, &device)?.with_precision(recipe.precision.into())?;
        let optimizer = optimizer(&network, recipe);
        Ok(Self {
            network,
            optimizer,
            device,
            recipe: recipe.clone(),
            seed,
        })
    }

    /// Continues from where another run stopped.
    pub(super) fn take_over(&mut self, network: Network, optimizer: Bytes) -> Result<(), RecordError> {
        // An optimiser knows weights by their ids, and the loaded network has other ids than the one before.
        self.optimizer = self::optimizer(&network, &self.recipe).from_bytes(optimizer)?;
        self.network = network;
        Ok(())
    }

    /// How many steps an epoch has; pictures that do not fill a last batch wait for the next shuffle.
    pub(super) fn steps(recipe: &Recipe, pictures: usize) -> usize {
        pictures / recipe.batch
    }

    /// Runs epoch `epoch` (counted from 0) over `pictures`.
    pub(super) fn epoch(&mut self, pictures: &Pictures, epoch: usize) -> Result<Progress> {
        let steps = Self::steps(&self.recipe, pictures.labels.len());
        let bar = bar(steps, &format!("epoch {} of {}", epoch + 1, self.recipe.epochs));
        let mut order = Epoch::new(pictures.labels.len(), self.seed, epoch);
        let (mut loss, mut correct) = (0.0, 0);
        for step in 0..steps {
            let batch = order.batch(pictures, &self.recipe, step);
            let at = epoch * steps + step;
            let learning_rate = self.recipe.learning_rate_at(at, steps * self.recipe.epochs);
            let seen = self.step(batch, learning_rate, at as u64)?;
            if !seen.0.is_finite() {
                return Err(diverged(&format!("at step {}", step + 1), epoch + 1));
            }
            loss += seen.0;
            correct += seen.1;
            let pictures = (step + 1) * self.recipe.batch;
            bar.set_message(format!(
                "loss {:.3}, {:.1} %",
                loss / (step + 1) as f64,
                100.0 * correct as f64 / pictures as f64
            ));
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(Progress {
            loss: loss / steps as f64,
            accuracy: correct as f64 / (steps * self.recipe.batch) as f64,
        })
    }

    /// Takes step number `at`; gives the loss, and how many pictures were answered right.
    fn step(&mut self, batch: Batch, learning_rate: f64, at: u64) -> Result<(f64, usize)> {
        let Batch { values, size, labels } = batch;
        let input = normalised(values, size, &self.network.info().input, &self.device);
        let run = self.network.training_run(input, self.seed.rotate_left(32) ^ at)?;
        let correct = best(run.logits.clone().inner())?
            .iter()
            .zip(&labels)
            .filter(|(answer, label)| answer == label)
            .count();
        let loss = cross_entropy(run.logits, &labels, self.recipe.smoothing, &self.device);
        let value = f64::from(loss.clone().into_scalar::<f32>());
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        let network = self.optimizer.step(learning_rate, self.network.clone(), gradients);
        // The first batches count equally.
        let share = (1.0 / (at as f64 + 1.0)).max(STATISTICS);
        self.network = network.update_running_stats(&run.statistics, share);
        Ok((value, correct))
    }
}

/// The error for a loss that is not a finite number.
pub(super) fn diverged(place: &str, epoch: usize) -> Error {
    Error::new(
        ErrorKind::NotFinite,
        format!("training has diverged: the loss {place} of epoch {epoch} is not finite; try a lower --learning-rate"),
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
