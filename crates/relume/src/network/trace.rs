//! The stored result of one forward pass.

use std::ops::Range;

use burn::tensor::Tensor;

use super::Network;
#[cfg(feature = "flex")]
use super::concat_outputs::{ConcatOutputs, ConcatSlot};
#[cfg(feature = "flex")]
use super::fused;
use super::layers::Activation;
#[cfg(feature = "flex")]
use super::layers::concat_parts;
#[cfg(feature = "flex")]
use super::steps::BackwardStep;
use super::steps::Steps;
use crate::backend::read;
use crate::error::{Error, ErrorKind, Result};
use crate::finite::first_not_finite;
use crate::graph::{Plan, Source};

/// The stored result of one forward pass: the picture and the layers' activations. Serves any number of backward passes.
///
/// ```
/// # fn example(network: &relume::Network, picture: burn::tensor::Tensor<4>) -> relume::Result<()> {
/// use relume::{ReluRule, Target};
///
/// let trace = network.forward(picture)?;
/// let conv2 = trace.activation("conv2")?; // [1, C, H, W]
/// let map = trace.backward(&Target::unit("conv2", 7), ReluRule::Guided)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Trace {
    // A copy of the handle: the weights themselves are shared.
    pub(super) network: Network,
    picture: Tensor<4>,
    /// Whether the network's fused steps are taken, or one layer at a time.
    fused: bool,
    /// Nothing for a layer that was run together with its ReLU, or that no backward pass needs: it can be computed again.
    pub(super) activations: Vec<Option<Activation>>,
}

impl Trace {
    pub(super) fn run(network: &Network, picture: Tensor<4>, fused: bool, watch: &mut dyn FnMut(&[&str])) -> Self {
        let mut trace = Self {
            network: network.clone(),
            fused,
            picture,
            activations: Vec::with_capacity(network.layers.len()),
        };
        let name = |index: usize| network.plan.layers[index].spec.name.as_str();
        let steps = network.steps(trace.fused);
        #[cfg(feature = "flex")]
        let mut outputs = ConcatOutputs::new(&network.plan);
        for (number, step) in steps.forward.iter().enumerate() {
            #[cfg(feature = "flex")]
            let activation = match steps.slots[number] {
                // `keep_once` sets it to a view of the concatenation's output, once that is computed.
                Some(slot) => {
                    trace.compute_into(step, slot, &mut outputs);
                    None
                }
                None => {
                    let whole = outputs.finish(step.start, |source| trace.value(source));
                    whole.map_or_else(|| trace.compute_step(step), |whole| Some(whole.into()))
                }
            };
            #[cfg(not(feature = "flex"))]
            let activation = trace.compute_step(step);
            trace.activations.resize_with(step.end - 1, || None);
            trace.activations.push(activation);
            #[cfg(feature = "flex")]
            trace.keep_once(step.start);
            for &layer in &steps.released[number] {
                trace.activations[layer] = None;
            }
            watch(&step.clone().map(name).collect::<Vec<_>>());
        }
        trace
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.network.plan
    }

    pub(super) fn steps(&self) -> &Steps {
        self.network.steps(self.fused)
    }

    /// The network that ran.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The input picture, `[1, 3, H, W]`, normalised.
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

    /// The scores before any softmax as numbers, one per class.
    ///
    /// # Errors
    /// `not-finite` if the run overflowed.
    pub fn scores(&self) -> Result<Vec<f32>> {
        let (scores, _) = read(self.logits())?;
        match first_not_finite(&scores) {
            None => Ok(scores),
            Some(class) => Err(Error::new(
                ErrorKind::NotFinite,
                format!(
                    "the score of class {class} is {}: the numbers overflowed in the forward pass",
                    scores[class]
                ),
            )),
        }
    }

    /// The output of layer `name`, `[1, C, H, W]`; computed again if it was not kept.
    ///
    /// # Errors
    /// `invalid-target` if there is no such layer.
    pub fn activation(&self, name: &str) -> Result<Tensor<4>> {
        self.find(name).map(|index| self.value(Source::Layer(index)))
    }

    pub(crate) fn value(&self, source: Source) -> Tensor<4> {
        match source {
            Source::Input => self.picture.clone(),
            Source::Layer(index) => match &self.activations[index] {
                Some(activation) => activation.value.clone(),
                None => self.compute_again(index).value,
            },
        }
    }

    /// What layer `index` gave, computed as far as that layer as the step computed it that has it: to the bit what its ReLU was given.
    fn compute_again(&self, index: usize) -> Activation {
        let step = self.steps().forward.iter().find(|step| step.contains(&index));
        let again = step.and_then(|step| self.compute_step(&(step.start..index + 1)));
        again.unwrap_or_else(|| self.compute(index))
    }

    /// Runs one layer, or several as one, on what lies before them.
    fn compute_step(&self, step: &Range<usize>) -> Option<Activation> {
        #[cfg(feature = "flex")]
        if step.len() > 1 {
            let (first, others) = self.inputs(step.start);
            return fused::forward(&self.network.layers[step.clone()], first, others);
        }
        Some(self.compute(step.start))
    }

    /// Runs a convolution and what is computed with it into its slot of a concatenation's output.
    #[cfg(feature = "flex")]
    fn compute_into(&self, step: &Range<usize>, slot: ConcatSlot, outputs: &mut ConcatOutputs<'_>) {
        let (x, _) = self.inputs(step.start);
        let done = fused::forward_into(&self.network.layers[step.clone()], x, outputs.at(slot), slot.first);
        debug_assert!(done.is_some(), "a convolution");
    }

    /// Where layer `index` is a concatenation, the outputs of the ReLUs and convolutions that feed it and nothing else become views of its
    /// own: those numbers are kept once.
    #[cfg(feature = "flex")]
    fn keep_once(&mut self, index: usize) {
        let steps = self.network.steps(self.fused);
        let (BackwardStep::Split { relus }, Some(whole)) = (&steps.backward[index], &self.activations[index]) else {
            return;
        };
        let planned = &self.network.plan.layers[index];
        let parts = concat_parts(&whole.value, &planned.inputs);
        for ((part, relu), source) in parts.into_iter().zip(relus).zip(&planned.sources) {
            match *source {
                Source::Layer(before) if *relu == Some(before) || self.activations[before].is_none() => {
                    self.activations[before] = Some(part.into());
                }
                _ => {}
            }
        }
    }

    /// Runs layer `index` on what lies before it.
    fn compute(&self, index: usize) -> Activation {
        let (first, others) = self.inputs(index);
        self.network.layers[index].operation().forward(first, others)
    }

    /// The first input of layer `index`, and the others.
    fn inputs(&self, index: usize) -> (Tensor<4>, Vec<Tensor<4>>) {
        let sources = &self.network.plan.layers[index].sources;
        // One that is read several times is computed once, should it have to be.
        let mut inputs: Vec<Tensor<4>> = Vec::with_capacity(sources.len());
        for (slot, source) in sources.iter().enumerate() {
            let earlier = sources[..slot].iter().position(|earlier| earlier == source);
            inputs.push(match earlier {
                Some(earlier) => inputs[earlier].clone(),
                None => self.value(*source),
            });
        }
        let mut inputs = inputs.into_iter();
        let first = inputs.next().unwrap_or_else(|| self.picture.clone());
        (first, inputs.collect())
    }

    pub(crate) fn find(&self, name: &str) -> Result<usize> {
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
