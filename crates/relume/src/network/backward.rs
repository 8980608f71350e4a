//! The backward pass: from a unit to the picture, step by step.

use burn::tensor::Tensor;

use super::layers::{self, BackwardContext};
use super::steps::BackwardStep;
use super::{LayerKind, Source, Trace};
use crate::attribution::{Attribution, Target, Unit};
use crate::error::{Error, ErrorKind, Result};
use crate::relu::ReluRule;

impl Trace {
    /// Sends 1 from the target back to the picture, by `rule` at every ReLU it meets.
    ///
    /// The pass begins in the output of the target's layer: for a ReLU that includes the ReLU itself, for a
    /// convolution it does not, even where its value is negative.
    ///
    /// # Errors
    /// `invalid-target` if the target names no unit of this network, or a softmax.
    pub fn backward(&self, target: &Target, rule: ReluRule) -> Result<Attribution> {
        self.backward_watched(target, rule, &mut |_| ())
    }

    /// [`backward`](Self::backward) with somebody watching, for measuring: after each step `watch` hears the names of the
    /// layers that the signal has passed.
    ///
    /// # Errors
    /// As [`backward`](Self::backward).
    pub fn backward_watched(
        &self,
        target: &Target,
        rule: ReluRule,
        watch: &mut dyn FnMut(&[&str]),
    ) -> Result<Attribution> {
        let (start, unit) = self.unit(target)?;
        let mut signals = Signals::new(start, unit.seed());
        let mut relus = 0;
        let plan = &self.network.plan;
        for index in (0..=start).rev() {
            // Nothing arrives at a layer that only layers after the target read, or that a step passed by.
            let Some(r) = signals.at_layers[index].take() else {
                continue;
            };
            let step = self.steps().backward[index];
            let passed = self.pass_step(index, step, r, rule, &mut signals)?;
            relus += passed
                .iter()
                .filter(|&&layer| matches!(plan.layers[layer].spec.kind, LayerKind::Relu(_)))
                .count();
            let names: Vec<&str> = passed
                .iter()
                .map(|&layer| plan.layers[layer].spec.name.as_str())
                .collect();
            watch(&names);
        }
        self.arrived(start, unit, rule, relus, signals.at_picture)
    }

    /// One step from the output of layer `index`: which layers it passed.
    fn pass_step(
        &self,
        index: usize,
        step: BackwardStep,
        r: Tensor<4>,
        rule: ReluRule,
        signals: &mut Signals,
    ) -> Result<Vec<usize>> {
        let plan = &self.network.plan;
        let fault = || {
            Error::new(
                ErrorKind::Internal,
                format!("no backward pass through `{}`", plan.layers[index].spec.name),
            )
        };
        let layer = &self.network.layers[index];
        match step {
            BackwardStep::Layer => {
                let planned = &plan.layers[index];
                let context = BackwardContext {
                    inputs: &planned.inputs,
                    kept: self.activations[index].as_ref(),
                    rule,
                };
                let back = layer.backward(r, &context).ok_or_else(fault)?;
                for (source, signal) in planned.sources.iter().zip(back) {
                    signals.arrive(*source, signal);
                }
                Ok(vec![index])
            }
            #[cfg(feature = "flex")]
            BackwardStep::Gated { relu } => {
                let back = layer
                    .backward_gated(r, self.gated_relu(relu, rule)?)
                    .ok_or_else(fault)?;
                signals.arrive(plan.layers[relu].sources[0], back);
                Ok(vec![index, relu])
            }
            #[cfg(feature = "flex")]
            BackwardStep::Bands { relu, pointwise } => {
                let before = &self.network.layers[pointwise];
                let gated = self.gated_relu(relu, rule)?;
                let back = layer.backward_in_bands(r, gated, before).ok_or_else(fault)?;
                signals.arrive(plan.layers[pointwise].sources[0], back);
                Ok(vec![index, relu, pointwise])
            }
        }
    }

    /// Layer `relu` as kernels want it.
    #[cfg(feature = "flex")]
    fn gated_relu(&self, relu: usize, rule: ReluRule) -> Result<relume_kernels::conv2d::GatedRelu> {
        let activation = self.activations[relu].as_ref();
        match (&self.network.layers[relu], activation) {
            (layers::Layer::Relu(relu), Some(activation)) => Ok(relu.gated(activation.value.clone(), rule)),
            _ => Err(Error::new(ErrorKind::Internal, "the activation of a ReLU was not kept")),
        }
    }

    /// The target's layer, and the unit itself.
    pub(super) fn unit(&self, target: &Target) -> Result<(usize, Unit)> {
        let start = match target.layer() {
            Some(name) => self.find(name)?,
            None => self.network.plan.logits,
        };
        let spec = &self.network.plan.layers[start].spec;
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
        Ok((start, unit))
    }

    /// How many ReLUs a signal meets that starts at layer `start`.
    fn relus(&self, start: usize) -> usize {
        let plan = &self.network.plan;
        let layers = plan.layers.iter().zip(plan.on_the_way(start));
        layers
            .filter(|(layer, on)| *on && matches!(layer.spec.kind, LayerKind::Relu(_)))
            .count()
    }

    /// The map of a signal that has passed every layer.
    fn arrived(
        &self,
        start: usize,
        unit: Unit,
        rule: ReluRule,
        applied: usize,
        map: Option<Tensor<4>>,
    ) -> Result<Attribution> {
        let spec = &self.network.plan.layers[start].spec;
        let relus = self.relus(start);
        // The best-known bug of such libraries is a ReLU that keeps its plain gradient unnoticed.
        if applied != relus {
            return Err(Error::new(
                ErrorKind::Internal,
                format!(
                    "a signal from `{}` meets {relus} ReLUs, the rule was applied at {applied}",
                    spec.name
                ),
            ));
        }
        let map = map.ok_or_else(|| Error::new(ErrorKind::Internal, "the signal did not reach the picture"))?;
        let own_relu = match &spec.kind {
            LayerKind::Relu(relu) => Some(relu.clone()),
            _ => None,
        };
        Ok(Attribution::new(map, unit, rule, relus, own_relu))
    }
}

/// A signal on its way to the picture: what has arrived at the outputs of the layers that it has yet to pass.
struct Signals {
    at_layers: Vec<Option<Tensor<4>>>,
    at_picture: Option<Tensor<4>>,
}

impl Signals {
    /// `seed` at the output of layer `start`.
    fn new(start: usize, seed: Tensor<4>) -> Self {
        let mut at_layers = vec![None; start];
        at_layers.push(Some(seed));
        Self {
            at_layers,
            at_picture: None,
        }
    }

    /// Adds a signal to what has arrived at `source` from other layers.
    fn arrive(&mut self, source: Source, signal: Tensor<4>) {
        let arrived = match source {
            Source::Input => &mut self.at_picture,
            Source::Layer(before) => &mut self.at_layers[before],
        };
        *arrived = Some(match arrived.take() {
            Some(sum) => layers::add(sum, signal),
            None => signal,
        });
    }
}
