//! Many pictures at once: scores for evaluation, and the run that training differentiates.

use burn::tensor::{Tensor, TensorData};

use super::layers::{Layer, LayerKind};
use super::{Network, Plan, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::zoo::{even, mix};

/// What a run in training gives.
#[derive(Debug)]
pub struct TrainingRun {
    /// The scores before any softmax, `[N, classes]`.
    pub logits: Tensor<2>,
    /// What every batch normalisation saw, for [`Network::absorb`].
    pub statistics: Statistics,
}

/// Mean and variance of each channel at every batch normalisation of one run in training.
#[derive(Debug, Default)]
pub struct Statistics {
    layers: Vec<(usize, Tensor<1>, Tensor<1>)>,
}

/// What distinguishes a run in training.
struct Training {
    statistics: Statistics,
    seed: u64,
}

impl Network {
    /// Runs `[N, C, H, W]` forward and keeps nothing but the scores before any softmax, `[N, classes]`.
    ///
    /// # Errors
    /// `shape-mismatch` for pictures of another shape.
    pub fn logits(&self, batch: Tensor<4>) -> Result<Tensor<2>> {
        self.run_batch(batch, None)
    }

    /// Runs `[N, C, H, W]` forward as in training: batch normalisation by the batch's own statistics, dropout dropping
    /// what `seed` says. On an autodiff device the logits lead back to every weight.
    ///
    /// # Errors
    /// `shape-mismatch` for pictures of another shape.
    pub fn training_run(&self, batch: Tensor<4>, seed: u64) -> Result<TrainingRun> {
        let mut training = Training {
            statistics: Statistics::default(),
            seed,
        };
        let logits = self.run_batch(batch, Some(&mut training))?;
        Ok(TrainingRun {
            logits,
            statistics: training.statistics,
        })
    }

    /// The same network, the statistics kept by its batch normalisations moved by the share `momentum` towards those of
    /// a run.
    #[must_use]
    pub fn absorb(mut self, statistics: &Statistics, momentum: f64) -> Self {
        for (index, mean, variance) in &statistics.layers {
            if let Some(Layer::BatchNorm(layer)) = self.layers.get_mut(*index) {
                layer.absorb(mean, variance, momentum);
            }
        }
        self
    }

    fn run_batch(&self, batch: Tensor<4>, mut training: Option<&mut Training>) -> Result<Tensor<2>> {
        let dims = batch.dims();
        if dims[0] == 0 || dims[1..] != self.info.input.shape {
            let [channels, height, width] = self.info.input.shape;
            return Err(Error::new(
                ErrorKind::ShapeMismatch,
                format!("the network takes tensors [N, {channels}, {height}, {width}], this one is {dims:?}"),
            ));
        }
        let plan = &self.plan;
        let mut readers = Readers::of(plan);
        let mut values: Vec<Option<Tensor<4>>> = vec![None; plan.logits + 1];
        let mut picture = Some(batch);
        for index in 0..=plan.logits {
            // Done together with the batch normalisation before it.
            if values[index].is_some() {
                continue;
            }
            let planned = &plan.layers[index];
            let mut inputs = planned.sources.iter().map(|source| {
                let last = readers.read(*source);
                let place = match source {
                    Source::Input => &mut picture,
                    Source::Layer(before) => &mut values[*before],
                };
                // The last reader takes the value along, so that no activation is held longer than it is needed.
                let value = if last { place.take() } else { place.clone() };
                value.ok_or_else(|| Error::new(ErrorKind::Internal, format!("`{}` came too early", planned.spec.name)))
            });
            let x = inputs
                .next()
                .unwrap_or_else(|| Err(Error::new(ErrorKind::Internal, "no input")))?;
            let others = inputs.collect::<Result<Vec<_>>>()?;
            let value = match (&self.layers[index], &planned.spec.kind, training.as_deref_mut()) {
                (Layer::BatchNorm(layer), _, Some(training)) => {
                    let relu = readers.relu_alone_behind(plan, index);
                    let normalised = layer.normalise_batch(x, relu);
                    training
                        .statistics
                        .layers
                        .push((index, normalised.mean, normalised.variance));
                    if relu {
                        values[index + 1] = Some(normalised.y);
                        continue;
                    }
                    normalised.y
                }
                (Layer::Dropout(_), LayerKind::Dropout(spec), Some(training)) => {
                    drop_out(x, spec.rate, mix(mix(training.seed) ^ index as u64))
                }
                (layer, ..) => layer.forward(x, others).value,
            };
            values[index] = Some(value);
        }
        let logits = values[plan.logits]
            .take()
            .ok_or_else(|| Error::new(ErrorKind::Internal, "the run gave no logits"))?;
        let [batch, classes, ..] = logits.dims();
        Ok(logits.reshape([batch, classes]))
    }
}

/// Sets a share `rate` of the values to 0 and scales the others up, so that the sum stays (Srivastava et al. 2014). The
/// numbers that decide come from a formula, beginning at `first`: no hidden state, the same on every machine.
fn drop_out(x: Tensor<4>, rate: f64, first: u64) -> Tensor<4> {
    let shape = x.dims();
    let count: usize = shape.iter().product();
    let kept = (1.0 / (1.0 - rate)) as f32;
    // From −1 to 1.
    let threshold = (2.0 * rate - 1.0) as f32;
    let factors = (0..count as u64)
        .map(|at| {
            if even(first.wrapping_add(at)) < threshold {
                0.0
            } else {
                kept
            }
        })
        .collect::<Vec<f32>>();
    let factors = Tensor::from_data(TensorData::new(factors, shape), &x.device());
    x.mul(factors)
}

/// How many layers have yet to read the picture and each activation.
struct Readers {
    of_picture: usize,
    of_layers: Vec<usize>,
}

impl Readers {
    fn of(plan: &Plan) -> Self {
        let mut readers = Self {
            of_picture: 0,
            of_layers: vec![0; plan.layers.len()],
        };
        for source in plan.layers.iter().flat_map(|layer| &layer.sources) {
            *readers.count(*source) += 1;
        }
        readers
    }

    fn count(&mut self, source: Source) -> &mut usize {
        match source {
            Source::Input => &mut self.of_picture,
            Source::Layer(index) => &mut self.of_layers[index],
        }
    }

    /// Notes that `source` is read; whether this was the last time.
    fn read(&mut self, source: Source) -> bool {
        let count = self.count(source);
        *count -= 1;
        *count == 0
    }

    /// Whether the layer behind `index` is a plain ReLU, and the only one that reads it.
    fn relu_alone_behind(&self, plan: &Plan, index: usize) -> bool {
        self.of_layers[index] == 1
            && plan.layers.get(index + 1).is_some_and(|next| {
                next.sources == [Source::Layer(index)]
                    && matches!(&next.spec.kind, LayerKind::Relu(relu) if relu.max.is_none())
            })
    }
}
