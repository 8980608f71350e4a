//! The backward pass: from the output of a layer to the picture, step by step.

use burn::tensor::Tensor;

use super::Trace;
use super::layers::{BackwardContext, CountedRule, add};
use super::steps::BackwardStep;
#[cfg(feature = "flex")]
use super::steps::ReluBefore;
#[cfg(feature = "flex")]
use super::{
    fused,
    layers::{Layer, concat_parts},
};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{LayerKind, Source};
use crate::relu::ReluRule;

impl Trace {
    /// Sends the signal `seed` from the output of layer `start` to the picture, by `rule` at every ReLU it meets, and keeps it
    /// at the layers `stops`, which lie on its way. After each step `watch` hears the names of the layers that the signal has
    /// passed.
    pub(crate) fn send_back(
        &self,
        start: usize,
        seed: Tensor<4>,
        rule: ReluRule,
        stops: &[usize],
        watch: &mut dyn FnMut(&[&str]),
    ) -> Result<Sent> {
        let plan = &self.network.plan;
        let mut signals = Signals::new(start, seed);
        let rule = CountedRule::new(rule);
        let mut is_stop = vec![false; plan.layers.len()];
        stops.iter().for_each(|&layer| is_stop[layer] = true);
        let mut kept = vec![None; plan.layers.len()];
        for index in (0..=start).rev() {
            // Nothing arrives at a layer that only layers after the start read, or that a step passed by.
            let Some(r) = signals.at_layers[index].take() else {
                continue;
            };
            let step = self.steps().backward[index].stopping_at(index, &is_stop);
            let arrived = is_stop[index].then(|| r.clone());
            let Passed { layers, back } = self.pass_step(index, &step, r, &rule)?;
            kept[index] = arrived.map(|arrived| match &*back {
                [(_, signal)] => (arrived, Some(signal.clone())),
                _ => (arrived, None),
            });
            for (source, signal) in back {
                signals.arrive(source, signal);
            }
            let names: Vec<&str> = layers
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
        let signals = stops.iter().map(|&layer| kept[layer].clone());
        let signals = signals.collect::<Option<Vec<_>>>();
        Ok(Sent {
            map: arrived,
            relus: applied,
            signals: signals
                .ok_or_else(|| Error::new(ErrorKind::Internal, "the signal did not pass a layer on its way"))?,
        })
    }

    /// One step from the output of layer `index`.
    pub(super) fn pass_step(
        &self,
        index: usize,
        step: &BackwardStep,
        r: Tensor<4>,
        rule: &CountedRule,
    ) -> Result<Passed> {
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
                    kept_inputs: &self.kept_inputs(index),
                    kept: self.activations[index].as_ref(),
                    rule,
                };
                let back = self.network.layers[index]
                    .operation()
                    .backward(r, &context)
                    .ok_or_else(fault)?;
                Ok(Passed {
                    layers: vec![index],
                    back: planned.sources.iter().copied().zip(back).collect(),
                })
            }
            #[cfg(feature = "flex")]
            BackwardStep::Fused { unit, ref relu } => {
                let kept = self.activations[unit.layer].as_ref();
                let gated = relu.as_ref().map(|relu| self.gated(relu, rule)).transpose()?;
                let back = fused::backward(&self.network.layers, unit, r, kept, gated).ok_or_else(fault)?;
                let passed = relu.iter().flat_map(ReluBefore::layers);
                let source = |layer: usize| plan.layers[layer].sources[0];
                Ok(Passed {
                    layers: unit.norm.into_iter().chain([unit.layer]).chain(passed).collect(),
                    back: match relu {
                        None => vec![(source(unit.layer), back)],
                        Some(ReluBefore::Relu(relu)) => vec![(source(*relu), back)],
                        Some(ReluBefore::Concat { concat, relus }) => {
                            let parts = concat_parts(&back, &plan.layers[*concat].inputs);
                            relus.iter().map(|&relu| source(relu)).zip(parts).collect()
                        }
                    },
                })
            }
            #[cfg(feature = "flex")]
            BackwardStep::Split { ref relus } => {
                let planned = &plan.layers[index];
                let parts = planned.inputs.iter().zip(relus).map(|(&[channels, ..], &relu)| {
                    let gated = relu.map(|relu| self.gated_relu(relu, rule)).transpose()?;
                    Ok((channels, gated))
                });
                let parts = fused::split(r, parts.collect::<Result<_>>()?);
                let sources = planned.sources.iter().zip(relus);
                let sources = sources.map(|(&source, &relu)| relu.map_or(source, |relu| plan.layers[relu].sources[0]));
                Ok(Passed {
                    layers: std::iter::once(index).chain(relus.iter().flatten().copied()).collect(),
                    back: sources.zip(parts).collect(),
                })
            }
            #[cfg(feature = "flex")]
            BackwardStep::Bands { unit, relu, pointwise } => {
                let gated = self.gated_relu(relu, rule)?;
                let back = fused::bands(&self.network.layers, unit, r, gated, pointwise).ok_or_else(fault)?;
                let passed = [
                    unit.norm,
                    Some(unit.layer),
                    Some(relu),
                    pointwise.norm,
                    Some(pointwise.layer),
                ];
                Ok(Passed {
                    layers: passed.into_iter().flatten().collect(),
                    back: vec![(plan.layers[pointwise.layer].sources[0], back)],
                })
            }
        }
    }

    /// A ReLU, or a concatenation of ReLUs, as kernels want it.
    #[cfg(feature = "flex")]
    fn gated(&self, relu: &ReluBefore, rule: &CountedRule) -> Result<relume_kernels::GatedRelu> {
        let (whole, relus) = match relu {
            ReluBefore::Relu(relu) => return self.gated_relu(*relu, rule),
            ReluBefore::Concat { concat, relus } => (self.activations[*concat].as_ref(), relus),
        };
        // `rule` counts each of them. They have the same limit, so any one serves for all.
        let gated = relus.iter().map(|&relu| self.gated_relu(relu, rule));
        match (gated.collect::<Result<Vec<_>>>()?.pop(), whole) {
            (Some(gated), Some(whole)) => Ok(relume_kernels::GatedRelu {
                activation: whole.value.clone(),
                ..gated
            }),
            _ => Err(Error::new(
                ErrorKind::Internal,
                "the activation of a concatenation was not kept",
            )),
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

    /// Each input of layer `index`, if it was kept.
    fn kept_inputs(&self, index: usize) -> Vec<Option<&Tensor<4>>> {
        let sources = self.network.plan.layers[index].sources.iter();
        let kept = sources.map(|source| match *source {
            Source::Input => Some(self.picture()),
            Source::Layer(before) => self.activations[before].as_ref().map(|activation| &activation.value),
        });
        kept.collect()
    }

    /// How many ReLUs a signal meets that starts at layer `start`.
    pub(crate) fn relus(&self, start: usize) -> usize {
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

/// What a signal became on its way to the picture.
pub(crate) struct Sent {
    /// What arrived there, `[1, C, H, W]`.
    pub(crate) map: Tensor<4>,
    /// At how many ReLUs the rule was applied.
    pub(crate) relus: usize,
    /// For each stop, what arrived at the layer's output, and what went on to its input, if it has one only.
    pub(crate) signals: Vec<(Tensor<4>, Option<Tensor<4>>)>,
}

/// What a step did.
pub(super) struct Passed {
    /// Which layers the signal passed.
    layers: Vec<usize>,
    /// What goes on to which source.
    pub(super) back: Vec<(Source, Tensor<4>)>,
}

/// A signal on its way to the picture: what has arrived at the outputs of the layers that it has yet to pass.
pub(super) struct Signals {
    pub(super) at_layers: Vec<Option<Tensor<4>>>,
    pub(super) at_picture: Option<Tensor<4>>,
}

impl Signals {
    /// `seed` at the output of layer `start`.
    pub(super) fn new(start: usize, seed: Tensor<4>) -> Self {
        let mut at_layers = vec![None; start];
        at_layers.push(Some(seed));
        Self {
            at_layers,
            at_picture: None,
        }
    }

    /// Adds a signal to what has arrived at `source` from other layers.
    pub(super) fn arrive(&mut self, source: Source, signal: Tensor<4>) {
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
