//! One run forward, kept.

use burn::tensor::Tensor;

use super::layers::{self, Activation, Ruling};
use super::{Network, Source};
use crate::attribution::{Attribution, Target, read};
use crate::error::{Error, ErrorKind, Result};
use crate::network::LayerKind;
use crate::relu::ReluRule;

/// A run forward: the picture, and what the layers put out. Serves any number of ways back.
#[derive(Debug, Clone)]
pub struct Trace {
    // A copy of the handle: the weights themselves are shared.
    network: Network,
    picture: Tensor<4>,
    /// Nothing for a layer that was run together with its ReLU: no way back needs it, and it can be computed again.
    activations: Vec<Option<Activation>>,
}

impl Trace {
    pub(super) fn run(network: &Network, picture: Tensor<4>, watch: &mut dyn FnMut(&str)) -> Self {
        let mut trace = Self {
            network: network.clone(),
            picture,
            activations: Vec::with_capacity(network.layers.len()),
        };
        while trace.activations.len() < network.layers.len() {
            let index = trace.activations.len();
            let name = &network.plan.layers[index].spec.name;
            if network.plan.relu_alone_behind(index).is_some() {
                let x = trace.value(network.plan.layers[index].sources[0]);
                if let Some(activation) = network.layers[index].forward_with_relu(&x, &network.layers[index + 1]) {
                    trace.activations.extend([None, Some(activation)]);
                    watch(name);
                    continue;
                }
            }
            let activation = trace.compute(index);
            trace.activations.push(Some(activation));
            watch(name);
        }
        trace
    }

    /// The network that ran.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The picture that ran, `[1, 3, H, W]`, normalised.
    #[must_use]
    pub const fn picture(&self) -> &Tensor<4> {
        &self.picture
    }

    /// The scores before any softmax, `[1, classes]`.
    #[must_use]
    pub fn logits(&self) -> Tensor<2> {
        let logits = self.value(Source::Layer(self.network.plan.logits));
        let [batch, classes, ..] = logits.dims();
        logits.reshape([batch, classes])
    }

    /// The scores before any softmax as numbers, one a class.
    ///
    /// # Errors
    /// `not-finite` if the run overflowed.
    pub async fn scores(&self) -> Result<Vec<f32>> {
        let (scores, _) = read(self.logits()).await?;
        match scores.iter().position(|score| !score.is_finite()) {
            None => Ok(scores),
            Some(class) => Err(Error::new(
                ErrorKind::NotFinite,
                format!(
                    "the score of class {class} is {}: the numbers overflowed on the way forward",
                    scores[class]
                ),
            )),
        }
    }

    /// What layer `name` put out, `[1, C, H, W]`.
    ///
    /// # Errors
    /// `invalid-target` if there is no such layer.
    pub fn activation(&self, name: &str) -> Result<Tensor<4>> {
        self.find(name).map(|index| self.value(Source::Layer(index)))
    }

    /// Sends 1 from the target back to the picture, by `rule` at every ReLU on the way.
    ///
    /// The pass begins in the output of the target's layer: for a ReLU that includes the ReLU itself, for a
    /// convolution it does not, even where its value is negative.
    ///
    /// # Errors
    /// `invalid-target` if the target names no unit of this network, or a softmax.
    pub fn backward(&self, target: &Target, rule: ReluRule) -> Result<Attribution> {
        self.backward_watched(target, rule, &mut |_| ())
    }

    /// [`backward`](Self::backward) with somebody watching, for measuring: `watch` hears the name of each layer that the
    /// signal has passed. A ReLU that was passed in one go with the layer behind it is not named.
    ///
    /// # Errors
    /// As [`backward`](Self::backward).
    pub fn backward_watched(
        &self,
        target: &Target,
        rule: ReluRule,
        watch: &mut dyn FnMut(&str),
    ) -> Result<Attribution> {
        let start = match target.layer() {
            Some(name) => self.find(name)?,
            None => self.network.plan.logits,
        };
        let plan = &self.network.plan;
        let spec = &plan.layers[start].spec;
        if matches!(spec.kind, LayerKind::Softmax {}) {
            return Err(Error::new(
                ErrorKind::InvalidTarget,
                format!(
                    "layer `{}` is a softmax: its gradient mixes all classes and fades where the network is sure; explain a logit, a channel of `{}`",
                    spec.name,
                    self.network.logits_layer()
                ),
            ));
        }
        let unit = target.select(&spec.name, &self.value(Source::Layer(start)))?;
        let mut ruling = Ruling { rule, applied: 0 };
        let map = self.send_back(start, unit.seed(), &mut ruling, watch)?;

        let on_the_way = plan.on_the_way(start);
        let relus = plan
            .layers
            .iter()
            .zip(&on_the_way)
            .filter(|(layer, on)| **on && matches!(layer.spec.kind, LayerKind::Relu(_)))
            .count();
        // The best-known bug of such libraries is a ReLU that keeps its plain gradient unnoticed.
        if ruling.applied != relus {
            return Err(Error::new(
                ErrorKind::Internal,
                format!(
                    "{relus} ReLUs lie on the way back from `{}`, the rule was applied at {}",
                    spec.name, ruling.applied
                ),
            ));
        }
        let own_relu = match &spec.kind {
            LayerKind::Relu(relu) => Some(relu.clone()),
            _ => None,
        };
        Ok(Attribution::new(map, unit, ruling, own_relu))
    }

    /// The signal at the picture.
    fn send_back(
        &self,
        start: usize,
        seed: Tensor<4>,
        ruling: &mut Ruling,
        watch: &mut dyn FnMut(&str),
    ) -> Result<Tensor<4>> {
        let network = &self.network;
        let mut at_picture: Option<Tensor<4>> = None;
        let mut signals: Vec<Option<Tensor<4>>> = vec![None; start];
        signals.push(Some(seed));
        while let Some(signal) = signals.pop() {
            // A layer that feeds only what lies behind the target.
            let Some(r) = signal else { continue };
            let index = signals.len();
            let planned = &network.plan.layers[index];
            let layer = &network.layers[index];
            if let Some((source, signal)) = self.pass_with_relu(index, &r, ruling) {
                add(source, signal, &mut signals, &mut at_picture);
                watch(&planned.spec.name);
                continue;
            }
            let kept = self.activations[index].as_ref();
            let back = layer.backward(r, &planned.inputs, kept, ruling).ok_or_else(|| {
                Error::new(
                    ErrorKind::Internal,
                    format!("no way back through `{}`", planned.spec.name),
                )
            })?;
            for (source, signal) in planned.sources.iter().zip(back) {
                add(*source, signal, &mut signals, &mut at_picture);
            }
            watch(&planned.spec.name);
        }
        at_picture.ok_or_else(|| Error::new(ErrorKind::Internal, "the signal did not reach the picture"))
    }

    /// Sends `r` through layer `index` and through the ReLU before it in one go, where that is possible: what arrives,
    /// and where.
    fn pass_with_relu(&self, index: usize, r: &Tensor<4>, ruling: &mut Ruling) -> Option<(Source, Tensor<4>)> {
        let network = &self.network;
        let relu = network.plan.relu_alone_before(index)?;
        let y = &self.activations[relu].as_ref()?.value;
        let signal = network.layers[index].backward_with_relu(r, &network.layers[relu], y, ruling)?;
        Some((network.plan.layers[relu].sources[0], signal))
    }

    fn value(&self, source: Source) -> Tensor<4> {
        match source {
            Source::Input => self.picture.clone(),
            Source::Layer(index) => match &self.activations[index] {
                Some(activation) => activation.value.clone(),
                None => self.compute(index).value,
            },
        }
    }

    /// Runs layer `index` on what lies before it.
    fn compute(&self, index: usize) -> Activation {
        let mut inputs = self.network.plan.layers[index]
            .sources
            .iter()
            .map(|source| self.value(*source));
        let first = inputs.next().unwrap_or_else(|| self.picture.clone());
        self.network.layers[index].forward(first, inputs.collect())
    }

    fn find(&self, name: &str) -> Result<usize> {
        self.network.plan.find(name).ok_or_else(|| {
            let near: Vec<&str> = self
                .network
                .plan
                .layers
                .iter()
                .map(|layer| layer.spec.name.as_str())
                .collect();
            Error::new(
                ErrorKind::InvalidTarget,
                format!("there is no layer `{name}`; the layers are {}", list(&near)),
            )
        })
    }
}

/// Adds a signal to what has arrived at `source` by other ways.
fn add(source: Source, signal: Tensor<4>, signals: &mut [Option<Tensor<4>>], at_picture: &mut Option<Tensor<4>>) {
    let place = match source {
        Source::Input => at_picture,
        Source::Layer(before) => &mut signals[before],
    };
    *place = Some(match place.take() {
        Some(sum) => layers::add(sum, signal),
        None => signal,
    });
}

/// The first and last few names of a long list.
fn list(names: &[&str]) -> String {
    match names {
        [first @ .., last] if names.len() > 12 => format!("{}, …, {last}", first[..8].join(", ")),
        _ => names.join(", "),
    }
}
