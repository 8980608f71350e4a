//! Many pictures at once: scores for evaluation, and the run that training differentiates.

use burn::tensor::{Tensor, TensorData};
pub use relume_kernels::batch::Precision;

use super::Network;
use super::layers::{Layer, Operation};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{LayerKind, Plan, Shape, Source};
use crate::splitmix64::{mix, uniform};

/// What a run in training gives.
#[derive(Debug)]
pub struct TrainingRun {
    /// The scores before any softmax, `[N, classes]`.
    pub logits: Tensor<2>,
    /// What every batch normalisation saw, for [`Network::update_running_stats`].
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
        let shape = self.info.input.shape;
        if batch.dims()[0] == 0 || batch.dims()[1..] != shape {
            return Err(mismatch(shape, batch.dims()));
        }
        self.run_batch(batch, None)
    }

    /// Runs `[N, C, H, W]` forward as in training: batch normalisation by the batch's own statistics, dropout dropping
    /// what `seed` says. On an autodiff device the logits lead back to every weight.
    ///
    /// Height and width may be other than the network's own where no layer asks for them, as in a network that ends in
    /// [`GlobalAvgPool`](super::layers::GlobalAvgPool): it can be trained on parts of pictures.
    ///
    /// # Errors
    /// `shape-mismatch` for pictures of a shape that does not give one score a class.
    pub fn training_run(&self, batch: Tensor<4>, seed: u64) -> Result<TrainingRun> {
        let dims = batch.dims();
        let shape = self.info.input.shape;
        if dims[0] == 0 || (dims[1..] != shape && !self.takes([dims[1], dims[2], dims[3]])) {
            return Err(mismatch(shape, dims));
        }
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

    /// The same network, multiplying numbers of `precision` in the convolutions of batches (several pictures at once, on
    /// Flex), in the forward and the backward pass. Everything else, and single pictures, stay f32.
    ///
    /// # Errors
    /// `invalid-option` if this processor has no instructions for it.
    pub fn with_precision(mut self, precision: Precision) -> Result<Self> {
        if !precision.is_available() {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                "this processor does not multiply bfloat16 numbers; f32 works everywhere".to_owned(),
            ));
        }
        for layer in &mut self.layers {
            if let Layer::Conv2d(conv) = layer {
                conv.precision = precision;
            }
        }
        Ok(self)
    }

    /// The same network, the statistics kept by its batch normalisations moved by the share `momentum` towards those of
    /// a run.
    #[must_use]
    pub fn update_running_stats(mut self, statistics: &Statistics, momentum: f64) -> Self {
        for (index, mean, variance) in &statistics.layers {
            if let Some(Layer::BatchNorm(layer)) = self.layers.get_mut(*index) {
                layer.update_running_stats(mean, variance, momentum);
            }
        }
        self
    }

    /// Whether every layer, with the weights it has, works on a picture of `shape` and the scores are as many.
    fn takes(&self, shape: Shape) -> bool {
        let own = &self.plan.layers;
        let specs: Vec<_> = own.iter().map(|layer| layer.spec.clone()).collect();
        Plan::new(shape, &specs).is_ok_and(|plan| {
            plan.layers[plan.logits].shape == own[plan.logits].shape
                && plan
                    .layers
                    .iter()
                    .zip(own)
                    .all(|(layer, own)| layer.parameters() == own.parameters())
        })
    }

    fn run_batch(&self, batch: Tensor<4>, mut training: Option<&mut Training>) -> Result<Tensor<2>> {
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
                    let relu = plan.relu_alone_after(index).is_some_and(|relu| relu.max.is_none());
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
                (Layer::MaxPool2d(layer), ..) => match layer.forward_batch(&x) {
                    Some(value) => value,
                    None => layer.forward(x, others).value,
                },
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

fn mismatch([channels, height, width]: Shape, dims: [usize; 4]) -> Error {
    Error::new(
        ErrorKind::ShapeMismatch,
        format!("the network takes tensors [N, {channels}, {height}, {width}], this one is {dims:?}"),
    )
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
            if uniform(first.wrapping_add(at)) < threshold {
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
}
