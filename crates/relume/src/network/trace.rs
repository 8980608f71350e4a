//! One run forward, kept.

use burn::tensor::Tensor;

use super::layers::Activation;
use super::{Network, Source};
use crate::attribution::{Attribution, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::network::LayerKind;
use crate::relu::ReluRule;

/// A run forward: the picture and every layer's activation. Serves any number of ways back.
#[derive(Debug, Clone)]
pub struct Trace {
    // A copy of the handle: the weights themselves are shared.
    network: Network,
    picture: Tensor<4>,
    activations: Vec<Activation>,
}

impl Trace {
    pub(super) fn run(network: &Network, picture: Tensor<4>) -> Self {
        let mut trace = Self {
            network: network.clone(),
            picture,
            activations: Vec::with_capacity(network.layers.len()),
        };
        for (layer, planned) in network.layers.iter().zip(&network.plan.layers) {
            let mut inputs = planned.sources.iter().map(|source| trace.value(*source).clone());
            // A plan gives every layer an input; the picture stands in only to keep this total.
            let first = inputs.next().unwrap_or_else(|| trace.picture.clone());
            let others = inputs.collect();
            let activation = layer.forward(first, others);
            trace.activations.push(activation);
        }
        trace
    }

    /// The network that ran.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The scores before any softmax, `[1, classes]`.
    #[must_use]
    pub fn logits(&self) -> Tensor<2> {
        let logits = self.value(Source::Layer(self.network.plan.logits)).clone();
        let [batch, classes, ..] = logits.dims();
        logits.reshape([batch, classes])
    }

    /// What layer `name` put out, `[1, C, H, W]`.
    ///
    /// # Errors
    /// `invalid-target` if there is no such layer.
    pub fn activation(&self, name: &str) -> Result<Tensor<4>> {
        self.find(name).map(|index| self.value(Source::Layer(index)).clone())
    }

    /// Sends 1 from the target back to the picture, by `rule` at every ReLU on the way.
    ///
    /// The pass begins in the output of the target's layer: for a ReLU that includes the ReLU itself, for a
    /// convolution it does not, even where its value is negative.
    ///
    /// # Errors
    /// `invalid-target` if the target names no unit of this network, or a softmax.
    pub fn backward(&self, target: &Target, rule: ReluRule) -> Result<Attribution> {
        let start = match target.layer() {
            Some(name) => self.find(name)?,
            None => self.network.plan.logits,
        };
        let plan = &self.network.plan;
        let name = self.name(start);
        if matches!(
            plan.layers.get(start).map(|layer| &layer.spec.kind),
            Some(LayerKind::Softmax {})
        ) {
            return Err(Error::new(
                ErrorKind::InvalidTarget,
                format!(
                    "layer `{name}` is a softmax: its gradient mixes all classes and fades where the network is sure; explain a logit, a channel of `{}`",
                    self.network.logits_layer()
                ),
            ));
        }
        let unit = target.select(name, self.value(Source::Layer(start)))?;
        let (map, ruled) = self.send_back(start, unit.seed(), rule)?;

        let on_the_way = plan.on_the_way(start);
        let relus = plan
            .layers
            .iter()
            .zip(&on_the_way)
            .filter(|(layer, on)| **on && matches!(layer.spec.kind, LayerKind::Relu(_)))
            .count();
        // The best-known bug of such libraries is a ReLU that keeps its plain gradient unnoticed.
        if ruled != relus {
            return Err(Error::new(
                ErrorKind::Internal,
                format!("{relus} ReLUs lie on the way back from `{name}`, the rule was applied at {ruled}"),
            ));
        }
        let fires_only_if_positive = matches!(
            plan.layers.get(start).map(|layer| &layer.spec.kind),
            Some(LayerKind::Relu(_))
        );
        Ok(Attribution::new(map, unit, rule, relus, fires_only_if_positive))
    }

    /// The signal at the picture, and at how many ReLUs the rule was applied.
    fn send_back(&self, start: usize, seed: Tensor<4>, rule: ReluRule) -> Result<(Tensor<4>, usize)> {
        let network = &self.network;
        let mut ruled = 0;
        let mut at_picture: Option<Tensor<4>> = None;
        let mut signals: Vec<Option<Tensor<4>>> = vec![None; start];
        signals.push(Some(seed));
        while let Some(signal) = signals.pop() {
            let index = signals.len();
            let (Some(r), Some(layer), Some(planned), Some(kept)) = (
                signal,
                network.layers.get(index),
                network.plan.layers.get(index),
                self.activations.get(index),
            ) else {
                continue;
            };
            let x = planned
                .sources
                .first()
                .map_or(&self.picture, |source| self.value(*source));
            let back = layer.backward(r, x, &planned.inputs, kept, rule).ok_or_else(|| {
                Error::new(
                    ErrorKind::Internal,
                    format!("no way back through `{}`", planned.spec.name),
                )
            })?;
            ruled += usize::from(matches!(planned.spec.kind, LayerKind::Relu(_)));
            for (source, signal) in planned.sources.iter().zip(back) {
                let place = match source {
                    Source::Input => &mut at_picture,
                    Source::Layer(before) => match signals.get_mut(*before) {
                        Some(place) => place,
                        None => continue,
                    },
                };
                *place = Some(match place.take() {
                    Some(sum) => sum.add(signal),
                    None => signal,
                });
            }
        }
        at_picture
            .map(|map| (map, ruled))
            .ok_or_else(|| Error::new(ErrorKind::Internal, "the signal did not reach the picture"))
    }

    fn value(&self, source: Source) -> &Tensor<4> {
        match source {
            Source::Input => &self.picture,
            Source::Layer(index) => self
                .activations
                .get(index)
                .map_or(&self.picture, |activation| &activation.value),
        }
    }

    fn name(&self, index: usize) -> &str {
        self.network
            .plan
            .layers
            .get(index)
            .map_or(super::INPUT, |layer| &layer.spec.name)
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

/// The first and last few names of a long list.
fn list(names: &[&str]) -> String {
    match names {
        [first @ .., last] if names.len() > 12 => format!("{}, …, {last}", first[..8].join(", ")),
        _ => names.join(", "),
    }
}
