//! A backward pass of one layer at a time, for methods that ask at each layer what went forward there.

use burn::tensor::Tensor;

use super::Trace;
use super::backward::Signals;
use super::layers::CountedRule;
use super::steps::BackwardStep;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{LayerKind, Source};
use crate::relu::ReluRule;

/// What goes on from the output of a layer, and to which of its sources.
pub(crate) type Shares = Vec<(Source, Tensor<4>)>;

impl Trace {
    /// Sends `seed` from the output of layer `start` to the picture, as `pass` says: given a layer and what arrived at its output, it gives what
    /// goes to each of its sources.
    pub(crate) fn send_layer_by_layer(
        &self,
        start: usize,
        seed: Tensor<4>,
        mut pass: impl FnMut(usize, Tensor<4>) -> Result<Shares>,
    ) -> Result<Tensor<4>> {
        let mut signals = Signals::new(start, seed);
        for index in (0..=start).rev() {
            let Some(arrived) = signals.at_layers[index].take() else {
                continue;
            };
            for (source, signal) in pass(index, arrived)? {
                signals.arrive(source, signal);
            }
        }
        signals
            .at_picture
            .ok_or_else(|| Error::new(ErrorKind::Internal, "the signal did not reach the picture"))
    }

    /// The plain gradient of layer `index` alone: from the signal `r` at its output to each of its sources. A batch normalisation is one linear
    /// layer with the convolution or fully connected layer before it, if nothing else reads that one: what goes on is for the sources of that one.
    pub(crate) fn linear_step(&self, index: usize, r: Tensor<4>) -> Result<Shares> {
        let layers = &self.plan().layers;
        let relus: Vec<bool> = layers
            .iter()
            .map(|layer| matches!(layer.spec.kind, LayerKind::Relu(_)))
            .collect();
        let rule = CountedRule::new(ReluRule::Backprop);
        let step = self.steps().backward[index].stopping_at(index, &relus);
        let mut back = self.pass_step(index, &step, r, &rule)?.back;
        // A fused step went through both already.
        if let (BackwardStep::Layer, Some(normalised)) = (&step, self.normalised_by(index))
            && let Some((_, signal)) = back.pop()
        {
            back = self.pass_step(normalised, &BackwardStep::Layer, signal, &rule)?.back;
        }
        Ok(back)
    }

    /// If layer `index` is a batch normalisation, the convolution or fully connected layer before it that nothing else reads.
    fn normalised_by(&self, index: usize) -> Option<usize> {
        let layers = &self.plan().layers;
        let (LayerKind::BatchNorm(_), &[Source::Layer(before)]) = (&layers[index].spec.kind, &*layers[index].sources)
        else {
            return None;
        };
        let has_weights = matches!(layers[before].spec.kind, LayerKind::Conv2d(_) | LayerKind::Linear(_));
        (has_weights && layers[before].readers == 1).then_some(before)
    }
}
