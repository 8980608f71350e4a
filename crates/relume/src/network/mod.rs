//! A network on a device: forward once, then any number of backward passes.

mod backward;
#[cfg(feature = "flex")]
mod concat_outputs;
mod export;
#[cfg(feature = "flex")]
mod fused;
pub mod layers;
mod receptive_field;
mod single_steps;
mod steps;
mod summary;
mod trace;

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

pub(crate) use backward::Sent;
pub(crate) use layers::zip;
pub(crate) use single_steps::Shares;
pub use summary::{LayerSummary, Summary};
pub use trace::Trace;

use crate::backend::{FLEX_ALONE, tensor};
use crate::error::{Error, ErrorKind, Result};
use crate::finite::first_not_finite;
use crate::graph::{Plan, PlannedLayer};
use crate::model::{Model, ModelInfo};
use layers::{Layer, Parameters, has_kernels};
use steps::Steps;

/// A convolutional network: a graph of layers with weights, on a device.
///
/// ```
/// use relume::safetensors::Dtype;
/// use relume::{Backend, Network, zoo};
///
/// let file = zoo::seeded("all-cnn-c", 1)?.write(Dtype::F16)?; // what a model file holds
/// let device = Backend::Flex.device()?;
/// let network = Network::load(&file, &device)?;
/// assert_eq!(network.info().classes.len(), 10);
///
/// let picture = network.input(vec![0.0; 3 * 32 * 32], &device)?; // already normalised
/// let trace = network.forward(picture)?;
/// assert_eq!(trace.logits().dims(), [1, 10]);
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct Network {
    layers: Vec<Layer>,
    #[module(skip)]
    plan: Arc<Plan>,
    /// One layer at a time, and with what the kernels compute together.
    #[module(skip)]
    plain: Arc<Steps>,
    #[module(skip)]
    fused: Arc<Steps>,
    #[module(skip)]
    info: Arc<ModelInfo>,
}

impl Network {
    /// Reads a model file (see `docs/model-file.md`) onto `device`.
    ///
    /// # Errors
    /// `invalid-model`, naming the layer or tensor that is wrong.
    pub fn load(bytes: &[u8], device: &Device) -> Result<Self> {
        Self::new(Model::read(bytes)?, device)
    }

    /// Puts a model's weights onto `device`.
    ///
    /// # Errors
    /// `invalid-model`, naming the layer or tensor that is wrong; `unsupported-backend` if this build has no operations for such a device.
    pub fn new(model: Model, device: &Device) -> Result<Self> {
        let Model {
            info,
            layers,
            mut arrays,
        } = model;
        if FLEX_ALONE && !has_kernels(device) {
            return Err(Error::new(
                ErrorKind::UnsupportedBackend,
                "this build computes on Flex alone, without autodiff: other devices need the feature burn-operations",
            ));
        }
        let plan = Plan::new(info.input.shape, &layers)?;
        let layers: Vec<Layer> = plan
            .layers
            .iter()
            .map(|PlannedLayer { spec, inputs, .. }| {
                let mut parameters = Parameters {
                    layer: &spec.name,
                    arrays: &mut arrays,
                    device,
                };
                Layer::build(&spec.kind, &mut parameters, inputs[0])
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            plain: Arc::new(Steps::plain(&plan)),
            fused: Arc::new(Steps::fused(&plan, &layers)),
            layers,
            plan: Arc::new(plan),
            info: Arc::new(info),
        })
    }

    /// Packs the weights of its convolutions now instead of in the first pass, in the order in which the kernels read them, and keeps
    /// only the packed ones: they take about half the memory. For a network that explains pictures; do not call it on one that is to be
    /// trained or moved to another device, which needs the original weights. What [`to_model`](Self::to_model) gives afterwards is
    /// rounded where a batch normalisation was multiplied into the weights. Without kernels nothing happens.
    ///
    /// ```
    /// # use relume::{Backend, Network, zoo};
    /// # let file = zoo::seeded("all-cnn-c", 1)?.write(relume::safetensors::Dtype::F16)?;
    /// let network = Network::load(&file, &Backend::Flex.device()?)?.pack_weights();
    /// # Ok::<(), relume::Error>(())
    /// ```
    #[must_use]
    #[cfg_attr(not(feature = "flex"), expect(unused_mut))]
    pub fn pack_weights(mut self) -> Self {
        #[cfg(feature = "flex")]
        for index in 0..self.layers.len() {
            let norm = steps::norm_after(&self.plan, &self.layers, index);
            let (layers, after) = self.layers.split_at_mut(index + 1);
            if let Some(Layer::Conv2d(conv)) = layers.last_mut() {
                conv.pack(match after.first() {
                    Some(Layer::BatchNorm(batch_norm)) if norm => Some(batch_norm),
                    _ => None,
                });
            }
        }
        self
    }

    /// What the model says about itself.
    #[must_use]
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// Its layers with their weights, in running order.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// What feeds each of its layers, and the shapes for one picture of the network's own size.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The layer whose output are the logits: the last one that is not a softmax.
    #[must_use]
    pub fn logits_layer(&self) -> &str {
        &self.plan.layers[self.plan.logits].spec.name
    }

    /// A picture's numbers, `[3, H, W]` in row-major order and already normalised, as the tensor that
    /// [`forward`](Self::forward) takes.
    ///
    /// # Errors
    /// `shape-mismatch` for another count, `not-finite` for NaN or an infinity.
    pub fn input(&self, values: Vec<f32>, device: &Device) -> Result<Tensor<4>> {
        let [channels, height, width] = self.info.input.shape;
        if values.len() != channels * height * width {
            return Err(Error::new(
                ErrorKind::ShapeMismatch,
                format!(
                    "the network takes {channels}×{height}×{width} numbers, {} were given",
                    values.len()
                ),
            ));
        }
        if let Some(at) = first_not_finite(&values) {
            return Err(Error::new(
                ErrorKind::NotFinite,
                format!("the input is not a finite number at position {at}"),
            ));
        }
        Ok(tensor(values, [1, channels, height, width], device))
    }

    /// Runs one picture forward, `[1, C, H, W]`, and keeps what the backward passes need.
    ///
    /// # Errors
    /// `shape-mismatch` for a picture of another shape.
    pub fn forward(&self, picture: Tensor<4>) -> Result<Trace> {
        self.forward_watched(picture, &mut |_| ())
    }

    /// [`forward`](Self::forward) with somebody watching, for measuring: after each step `watch` hears the names of the
    /// layers that have run.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_watched(&self, picture: Tensor<4>, watch: &mut dyn FnMut(&[&str])) -> Result<Trace> {
        let [channels, height, width] = self.info.input.shape;
        let dims = picture.dims();
        if dims != [1, channels, height, width] {
            return Err(Error::new(
                ErrorKind::ShapeMismatch,
                format!("the network takes a tensor [1, {channels}, {height}, {width}], this one is {dims:?}"),
            ));
        }
        let fused = layers::on_kernels(&picture.device());
        Ok(Trace::run(self, picture, fused, watch))
    }

    /// The steps of its passes: fused where the kernels compute, else one layer at a time.
    fn steps(&self, fused: bool) -> &Steps {
        if fused { &self.fused } else { &self.plain }
    }
}
