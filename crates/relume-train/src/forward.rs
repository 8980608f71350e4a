//! Whole batches through a network: scores for evaluation, and the pass that training differentiates.

use std::borrow::Cow;
use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, Param, ParamId};
use burn::tensor::{Tensor, TensorData};
use relume::graph::{LayerKind, Plan, PlannedLayer, Shape, Source};
use relume::network::layers::Layer;
use relume::splitmix64::{mix, uniform};
use relume::{Backend, Error, ErrorKind, Network, Result};
use relume_kernels::Geometry;

use crate::kernels::{self, Precision};

/// The result of a forward pass in training.
#[derive(Debug)]
pub struct TrainingPass {
    /// The scores before any softmax, `[N, classes]`.
    pub logits: Tensor<2>,
    /// Mean and variance of each channel at every batch normalisation, for [`update_running_stats`].
    pub statistics: BatchStatistics,
}

/// What every batch normalisation saw of a batch: by the id of the parameter that keeps such a statistic.
#[derive(Debug, Clone, Default)]
pub struct BatchStatistics(HashMap<ParamId, Tensor<1>>);

/// Runs `[N, C, H, W]` forward and returns the scores before any softmax, `[N, classes]`. In `precision` the convolutions
/// of several pictures at once multiply; everything else is f32. Backends other than Flex know f32 only.
///
/// # Errors
/// `shape-mismatch` for pictures of another shape than the network's own, `invalid-option` if this processor does not
/// have the precision.
pub fn logits(network: &Network, batch: Tensor<4>, precision: Precision) -> Result<Tensor<2>> {
    let shape = network.info().input.shape;
    if batch.dims()[0] == 0 || batch.dims()[1..] != shape {
        return Err(mismatch(shape, batch.dims()));
    }
    run(network, network.plan(), batch, precision, None)
}

/// Runs `[N, C, H, W]` forward as in training: batch normalisation by the batch's own statistics, dropout as `seed` decides.
/// On an autodiff device the logits lead back to every weight.
///
/// Height and width may be other than the network's own where no layer depends on them, as in a network that ends in
/// global average pooling: it can be trained on parts of pictures.
///
/// ```
/// use burn::tensor::Tensor;
/// use relume::{Backend, Network};
/// use relume_train::{Precision, Regularisation, forward, untrained};
///
/// let device = Backend::Flex.device()?.autodiff();
/// let network = Network::new(untrained("all-cnn-c", Regularisation::BatchNorm, 1)?, &device)?;
/// let pass = forward::training(&network, Tensor::ones([2, 3, 24, 24], &device), Precision::F32, 1)?;
/// let gradients = pass.logits.sum().backward();
/// let network = forward::update_running_stats(network, &pass.statistics, 0.01);
/// # Ok::<(), relume::Error>(())
/// ```
///
/// # Errors
/// `shape-mismatch` for pictures of a shape that does not give one score a class, `invalid-option` if this processor does
/// not have the precision.
pub fn training(network: &Network, batch: Tensor<4>, precision: Precision, seed: u64) -> Result<TrainingPass> {
    let dims @ [count, channels, height, width] = batch.dims();
    let plan = plan_for(network, [channels, height, width])
        .filter(|_| count > 0)
        .ok_or_else(|| mismatch(network.info().input.shape, dims))?;
    let mut statistics = BatchStatistics::default();
    let logits = run(network, &plan, batch, precision, Some((seed, &mut statistics)))?;
    Ok(TrainingPass { logits, statistics })
}

/// The same network, the statistics kept by its batch normalisations moved by the share `momentum` towards those of a
/// batch.
#[must_use]
pub fn update_running_stats(network: Network, statistics: &BatchStatistics, momentum: f64) -> Network {
    struct Update<'a>(&'a BatchStatistics, f64);

    impl ModuleMapper for Update<'_> {
        fn map_float<const D: usize>(&mut self, kept: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let Self(BatchStatistics(statistics), momentum) = self;
            let Some(new) = statistics.get(&kept.id) else {
                return kept;
            };
            let new = new.clone().detach().mul_scalar(*momentum);
            // The same parameter still, so that a checkpoint finds it again.
            kept.map(|old| {
                let shape = old.dims();
                old.detach().mul_scalar(1.0 - *momentum).add(new.reshape(shape))
            })
        }
    }

    network.map(&mut Update(statistics, momentum))
}

/// The network's plan for pictures of `shape`; `None` if the layers, with the weights they have, do not fit or give another
/// number of scores.
fn plan_for(network: &Network, shape: Shape) -> Option<Cow<'_, Plan>> {
    let own = network.plan();
    if shape == network.info().input.shape {
        return Some(Cow::Borrowed(own));
    }
    let specs: Vec<_> = own.layers.iter().map(|layer| layer.spec.clone()).collect();
    let plan = Plan::new(shape, &specs).ok()?;
    let mut layers = plan.layers.iter().zip(&own.layers);
    let fits = plan.layers[plan.logits].shape == own.layers[own.logits].shape
        && layers.all(|(layer, own)| layer.parameters() == own.parameters());
    fits.then_some(Cow::Owned(plan))
}

/// `training` has the seed of this pass, and room for the statistics.
fn run(
    network: &Network,
    plan: &Plan,
    batch: Tensor<4>,
    precision: Precision,
    mut training: Option<(u64, &mut BatchStatistics)>,
) -> Result<Tensor<2>> {
    precision.check()?;
    let early = |layer: &PlannedLayer| {
        Error::new(
            ErrorKind::Internal,
            format!(
                "layer `{}` was reached before its inputs were computed",
                layer.spec.name
            ),
        )
    };
    let mut readers: Vec<usize> = plan.layers.iter().map(|layer| layer.readers).collect();
    let mut values: Vec<Option<Tensor<4>>> = vec![None; plan.logits + 1];
    for (index, (planned, layer)) in plan
        .layers
        .iter()
        .zip(network.layers())
        .take(plan.logits + 1)
        .enumerate()
    {
        // Computed together with the batch normalisation before it.
        if values[index].is_some() {
            continue;
        }
        let mut inputs = planned.sources.iter().map(|source| match *source {
            Source::Input => Ok(batch.clone()),
            // The last reader takes the value along, so that no activation is held longer than it is needed.
            Source::Layer(before) => {
                readers[before] -= 1;
                let value = &mut values[before];
                let value = if readers[before] == 0 {
                    value.take()
                } else {
                    value.clone()
                };
                value.ok_or_else(|| early(planned))
            }
        });
        let x = inputs.next().unwrap_or_else(|| Err(early(planned)))?;
        let others = inputs.collect::<Result<Vec<_>>>()?;
        let mut at = index;
        let value = match (layer, &planned.spec.kind, &mut training) {
            (Layer::BatchNorm(layer), _, Some((_, BatchStatistics(statistics)))) => {
                let relu = plan.relu_alone_after(index).is_some_and(|relu| relu.max.is_none());
                at += usize::from(relu);
                let normalised = kernels::batch_norm(x, layer.weight.val(), layer.bias.val(), layer.epsilon, relu);
                statistics.insert(layer.running_mean.id, normalised.mean);
                statistics.insert(layer.running_var.id, normalised.variance);
                normalised.y
            }
            (Layer::Dropout(_), LayerKind::Dropout(spec), Some((seed, _))) => {
                drop_out(x, spec.rate, mix(mix(*seed) ^ index as u64))
            }
            _ => layer_output(layer, planned, x, others, precision),
        };
        values[at] = Some(value);
    }
    let logits = values[plan.logits]
        .take()
        .ok_or_else(|| early(&plan.layers[plan.logits]))?;
    let [batch, classes, ..] = logits.dims();
    Ok(logits.reshape([batch, classes]))
}

/// A layer's output, by our own operations where there are any: on Flex, convolutions of several pictures and max-pooling.
fn layer_output(
    layer: &Layer,
    planned: &PlannedLayer,
    x: Tensor<4>,
    others: Vec<Tensor<4>>,
    precision: Precision,
) -> Tensor<4> {
    let geometry = geometry(planned).filter(|_| Backend::of(&x.device()) == Some(Backend::Flex));
    match (layer, geometry) {
        (Layer::Conv2d(conv), Some(geometry)) if geometry.groups == 1 && x.dims()[0] > 1 => {
            let y = kernels::conv2d(x, conv.weight(), geometry, precision);
            match &conv.bias {
                Some(bias) => y.add(bias.val().reshape([1, geometry.out_channels, 1, 1])),
                None => y,
            }
        }
        (Layer::MaxPool2d(_), Some(geometry)) => kernels::max_pool2d(x, geometry),
        _ => layer.forward(x, others),
    }
}

/// The sizes of a convolution or a max-pooling.
fn geometry(layer: &PlannedLayer) -> Option<Geometry> {
    let [channels, height, width] = *layer.inputs.first()?;
    let (kernel, stride, padding, dilation, groups) = match &layer.spec.kind {
        LayerKind::Conv2d(spec) => (spec.kernel, spec.stride, spec.padding, spec.dilation, spec.groups),
        LayerKind::MaxPool2d(spec) => (spec.kernel, spec.stride, spec.padding, spec.dilation, channels),
        _ => return None,
    };
    let [out_channels, out_height, out_width] = layer.shape;
    Some(Geometry {
        channels,
        out_channels,
        input: [height, width],
        output: [out_height, out_width],
        kernel,
        stride,
        padding,
        dilation,
        groups,
    })
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
    let kept = (1.0 / (1.0 - rate)) as f32;
    // From −1 to 1.
    let threshold = (2.0 * rate - 1.0) as f32;
    let dropped = |at: u64| uniform(first.wrapping_add(at)) < threshold;
    let factors = (0..shape.iter().product::<usize>() as u64).map(|at| if dropped(at) { 0.0 } else { kept });
    let factors = TensorData::new(factors.collect::<Vec<f32>>(), shape);
    let factors = Tensor::from_data(factors, &x.device());
    x.mul(factors)
}
