//! From a target to its map: one backward pass.

use super::{Attribution, Met, Target, Unit};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{LayerKind, Source};
use crate::network::Trace;
use crate::relu::ReluRule;

impl Trace {
    /// Sends 1 from the target back to the picture, by `rule` at every ReLU it meets, and by the plain gradient through
    /// every other layer.
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
        let (map, relus) = self.send_back(start, unit.seed(), rule, watch)?;
        let own_relu = match &self.plan().layers[start].spec.kind {
            LayerKind::Relu(relu) => Some(relu.clone()),
            _ => None,
        };
        let others = self.other_activations(start);
        let met = Met {
            relus,
            others,
            own_relu,
        };
        Ok(Attribution::new(map, unit, rule, met))
    }

    /// The target's layer, and the unit itself.
    fn unit(&self, target: &Target) -> Result<(usize, Unit)> {
        let start = match target.layer() {
            Some(name) => self.find(name)?,
            None => self.plan().logits,
        };
        let spec = &self.plan().layers[start].spec;
        if matches!(spec.kind, LayerKind::Softmax(_)) {
            return Err(Error::new(
                ErrorKind::InvalidTarget,
                format!(
                    "layer `{}` is a softmax: its gradient mixes all classes and fades where the network is sure; explain a logit, a channel of `{}`",
                    spec.name,
                    self.network().logits_layer()
                ),
            ));
        }
        let unit = target.select(&spec.name, &self.value(Source::Layer(start)))?;
        Ok((start, unit))
    }
}
