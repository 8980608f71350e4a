//! The backward pass: from the output of a layer to the picture, step by step.

use burn::tensor::Tensor;

use super::Trace;
use super::layers::{BackwardContext, CountedRule, add};
use super::steps::BackwardStep;
#[cfg(feature = "flex")]
use super::{fused, layers::Layer};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{LayerKind, Source};
use crate::relu::ReluRule;

impl Trace {
    /// Sends the signal `seed` from the output of layer `start` to the picture, by `rule` at every ReLU it meets: what
    /// arrives, `[1, 3, H, W]`, and at how many ReLUs the rule was applied. After each step `watch` hears the names of the
    /// layers that the signal has passed.
    pub(crate) fn send_back(
        &self,
        start: usize,
        seed: Tensor<4>,
        rule: ReluRule,
        watch: &mut dyn FnMut(&[&str]),
    ) -> Result<(Tensor<4>, usize)> {
        let plan = &self.network.plan;
        let mut signals = Signals::new(start, seed);
        let rule = CountedRule::new(rule);
        for index in (0..=start).rev() {
            // Nothing arrives at a layer that only layers after the start read, or that a step passed by.
            let Some(r) = signals.at_layers[index].take() else {
                continue;
            };
            let step = &self.steps().backward[index];
            let passed = self.pass_step(index, step, r, &rule, &mut signals)?;
            let names: Vec<&str> = passed
                .iter()
                .map(|&layer| plan.layers[layer].spec.name.as_str())
                .collect();
            watch(&names);
        }
        let (applied, relus) = (rule.applied(), self.relus(start));
        if applied != relus {
            let name = &plan.layers[start].spec.name;
            return Err(Error::new(
                ErrorKind::Internal,
                format!("a signal from `{name}` meets {relus} ReLUs, the rule was applied at {applied}"),
            ));
        }
        let arrived = signals
            .at_picture
            .ok_or_else(|| Error::new(ErrorKind::Internal, "the signal did not reach the picture"))?;
        Ok((arrived, applied))
    }

    /// One step from the output of layer `index`: which layers it passed.
    fn pass_step(
        &self,
        index: usize,
        step: &BackwardStep,
        r: Tensor<4>,
        rule: &CountedRule,
        signals: &mut Signals,
    ) -> Result<Vec<usize>> {
        let plan = &self.network.plan;
        let fault = || {
            Error::new(
                ErrorKind::Internal,
                format!("no backward pass through `{}`", plan.layers[index].spec.name),
            )
        };
        match *step {
            BackwardStep::Layer => {
                let planned = &plan.layers[index];
                let context = BackwardContext {
                    input: planned.inputs[0],
                    inputs: &planned.inputs,
                    x: self.kept_input(index),
                    kept: self.activations[index].as_ref(),
                    rule,
                };
                let back = self.network.layers[index]
                    .operation()
                    .backward(r, &context)
                    .ok_or_else(fault)?;
                for (source, signal) in planned.sources.iter().zip(back) {
                    signals.arrive(*source, signal);
                }
                Ok(vec![index])
            }
            #[cfg(feature = "flex")]
            BackwardStep::Fused { unit, relu } => {
                let kept = self.activations[unit.layer].as_ref();
                let gated = relu.map(|relu| self.gated_relu(relu, rule)).transpose()?;
                let back = fused::backward(&self.network.layers, unit, r, kept, gated).ok_or_else(fault)?;
                signals.arrive(plan.layers[relu.unwrap_or(unit.layer)].sources[0], back);
                Ok(unit.norm.into_iter().chain([unit.layer]).chain(relu).collect())
            }
            #[cfg(feature = "flex")]
            BackwardStep::Split { ref relus } => {
                let planned = &plan.layers[index];
                let parts = planned.inputs.iter().zip(relus).map(|(&[channels, ..], &relu)| {
                    let gated = relu.map(|relu| self.gated_relu(relu, rule)).transpose()?;
                    Ok((channels, gated))
                });
                let parts = fused::split(r, parts.collect::<Result<_>>()?);
                for ((&source, &relu), part) in planned.sources.iter().zip(relus).zip(parts) {
                    signals.arrive(relu.map_or(source, |relu| plan.layers[relu].sources[0]), part);
                }
                let passed = std::iter::once(index).chain(relus.iter().flatten().copied()).collect();
                Ok(passed)
            }
            #[cfg(feature = "flex")]
            BackwardStep::Bands { unit, relu, pointwise } => {
                let gated = self.gated_relu(relu, rule)?;
                let back = fused::bands(&self.network.layers, unit, r, gated, pointwise).ok_or_else(fault)?;
                signals.arrive(plan.layers[pointwise.layer].sources[0], back);
                let passed = [
                    unit.norm,
                    Some(unit.layer),
                    Some(relu),
                    pointwise.norm,
                    Some(pointwise.layer),
                ];
                Ok(passed.into_iter().flatten().collect())
            }
        }
    }

    /// Layer `relu` as kernels want it.
    #[cfg(feature = "flex")]
    fn gated_relu(&self, relu: usize, rule: &CountedRule) -> Result<relume_kernels::GatedRelu> {
        let activation = self.activations[relu].as_ref();
        match (&self.network.layers[relu], activation) {
            (Layer::Relu(relu), Some(activation)) => Ok(relu.gated(activation.value.clone(), rule)),
            _ => Err(Error::new(ErrorKind::Internal, "the activation of a ReLU was not kept")),
        }
    }

    /// The first input of layer `index`, if it was kept.
    fn kept_input(&self, index: usize) -> Option<&Tensor<4>> {
        match *self.network.plan.layers[index].sources.first()? {
            Source::Input => Some(self.picture()),
            Source::Layer(before) => self.activations[before].as_ref().map(|activation| &activation.value),
        }
    }

    /// How many ReLUs a signal meets that starts at layer `start`.
    fn relus(&self, start: usize) -> usize {
        let relu = |kind: &&LayerKind| matches!(kind, LayerKind::Relu(_));
        self.passed(start).filter(relu).count()
    }

    /// The kind of each activation a signal meets that is not a ReLU, if it starts at layer `start`.
    pub(crate) fn other_activations(&self, start: usize) -> Vec<&'static str> {
        let others = self.passed(start).filter(|kind| kind.is_other_activation());
        others.map(LayerKind::name).collect()
    }

    /// The kinds of the layers that a signal passes that starts at layer `start`.
    fn passed(&self, start: usize) -> impl Iterator<Item = &LayerKind> {
        let plan = &self.network.plan;
        let layers = plan.layers.iter().zip(plan.on_the_way(start));
        layers.filter(|(_, on)| *on).map(|(layer, _)| &layer.spec.kind)
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
            Some(sum) => add(sum, signal),
            None => signal,
        });
    }
}
