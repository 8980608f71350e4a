//! From a target to its map: one backward pass.

use super::{Attribution, ExplainedUnit, Met, Signal, Target, Unit};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{LayerKind, Source};
use crate::network::{Sent, Trace};
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
        let (attribution, _) = self.backward_by_way_of(target, rule, &[], watch)?;
        Ok(attribution)
    }

    /// [`backward`](Self::backward), with the signal at some layers on its way, in the order of their names here.
    ///
    /// ```
    /// use relume::{Backend, Network, ReluRule, Target, zoo};
    ///
    /// let device = Backend::Flex.device()?;
    /// let network = Network::new(zoo::seeded("all-cnn-c", 1)?, &device)?;
    /// let trace = network.forward(network.input(vec![0.5; 3 * 32 * 32], &device)?)?;
    /// let (_, signals) = trace.backward_with_signals(&Target::top(), ReluRule::Guided, &["relu6"])?;
    /// let relu6 = signals[0].clone().read()?; // [192, 8, 8]
    /// let passed = relu6.passed.ok_or("a ReLU has one input")?;
    /// let share = |data: &[f32]| data.iter().filter(|value| **value != 0.0).count() as f64 / data.len() as f64;
    /// println!("{} of the units got a signal, {} passed it on", share(&relu6.signal.data), share(&passed.data));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`backward`](Self::backward); `invalid-target` also for a layer that is not there, that no signal from the target
    /// passes, or that is named twice.
    pub fn backward_with_signals(
        &self,
        target: &Target,
        rule: ReluRule,
        layers: &[&str],
    ) -> Result<(Attribution, Vec<Signal>)> {
        self.backward_by_way_of(target, rule, layers, &mut |_| ())
    }

    fn backward_by_way_of(
        &self,
        target: &Target,
        rule: ReluRule,
        layers: &[&str],
        watch: &mut dyn FnMut(&[&str]),
    ) -> Result<(Attribution, Vec<Signal>)> {
        let (start, unit) = self.unit(target)?;
        let stops = self.stops(layers, start)?;
        let Sent { map, relus, signals } = self.send_back(start, unit.seed(1.0), rule, &stops, watch)?;
        let signals = layers.iter().zip(signals).map(|(layer, (arrived, passed))| Signal {
            layer: (*layer).to_owned(),
            arrived,
            passed,
        });
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
        Ok((Attribution::new(map, unit, rule, met), signals.collect()))
    }

    /// The unit that `target` names in this run, and its value.
    ///
    /// # Errors
    /// As [`backward`](Self::backward); `not-finite` if the run overflowed.
    pub fn explained_unit(&self, target: &Target) -> Result<ExplainedUnit> {
        self.unit(target)?.1.read()
    }

    /// The layers of these names, which a signal from layer `start` passes.
    fn stops(&self, layers: &[&str], start: usize) -> Result<Vec<usize>> {
        if layers.is_empty() {
            return Ok(Vec::new());
        }
        let refused = |message: String| Err(Error::new(ErrorKind::InvalidTarget, message));
        let passed = self.plan().on_the_way(start);
        let mut named = vec![false; passed.len()];
        let stops = layers.iter().map(|name| {
            let layer = self.find(name)?;
            if !passed[layer] {
                let from = &self.plan().layers[start].spec.name;
                return refused(format!(
                    "no signal passes `{name}` on its way from `{from}` to the picture"
                ));
            }
            if std::mem::replace(&mut named[layer], true) {
                return refused(format!("the signal at `{name}` is asked for twice"));
            }
            Ok(layer)
        });
        stops.collect()
    }

    /// The target's layer, and the unit itself.
    pub(super) fn unit(&self, target: &Target) -> Result<(usize, Unit)> {
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
