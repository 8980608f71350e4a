//! The way back: from a unit to the picture, layer by layer.

use burn::tensor::Tensor;

use super::graph::PlannedLayer;
use super::halfway::Halfway;
use super::layers::Ruling;
use super::{LayerKind, Network, Plan, Shape, Source, Trace};
use crate::attribution::{Attribution, Target, Unit};
use crate::error::{Error, ErrorKind, Result};
use crate::relu::ReluRule;

impl Trace {
    /// Sends 1 from the target back to the picture, by `rule` at every ReLU on the way.
    ///
    /// The pass begins in the output of the target's layer: for a ReLU that includes the ReLU itself, for a
    /// convolution it does not, even where its value is negative.
    ///
    /// # Errors
    /// `invalid-target` if the target names no unit of this network, or a softmax.
    pub fn backward(&self, target: &Target, rule: ReluRule) -> Result<Attribution> {
        let (start, unit) = self.unit(target)?;
        let mut signal = Halfway::new(start, &unit, rule);
        self.send_back(&mut signal, 0, None)?;
        self.arrived(start, unit, signal)
    }

    /// [`backward`](Self::backward) with somebody watching, for measuring: `watch` hears the name of each layer that the
    /// signal has passed. A ReLU that was passed in one go with the layer behind it is not named; nobody watching, there
    /// are layers that are passed in one go, too, which is a little faster.
    ///
    /// # Errors
    /// As [`backward`](Self::backward).
    pub fn backward_watched(
        &self,
        target: &Target,
        rule: ReluRule,
        watch: &mut dyn FnMut(&str),
    ) -> Result<Attribution> {
        let (start, unit) = self.unit(target)?;
        let mut signal = Halfway::new(start, &unit, rule);
        self.send_back(&mut signal, 0, Some(watch))?;
        self.arrived(start, unit, signal)
    }

    /// The first half of [`backward`](Self::backward), so that someone else can do the second: it stops between two
    /// layers, where about half of the work is done.
    ///
    /// # Errors
    /// As [`backward`](Self::backward).
    pub fn backward_half(&self, target: &Target, rule: ReluRule) -> Result<Halfway> {
        let (start, unit) = self.unit(target)?;
        let mut signal = Halfway::new(start, &unit, rule);
        self.send_back(&mut signal, self.network.plan.halfway(start), None)?;
        Ok(signal)
    }

    /// The second half: sends a signal that comes from `target`, in this run or in another one of the same network and
    /// picture, on to the picture. The two halves give exactly what the whole gives.
    ///
    /// # Errors
    /// As [`backward`](Self::backward); `invalid-target` for a signal that cannot have come from `target`,
    /// `shape-mismatch` for one of another network's sizes.
    pub fn backward_rest(&self, target: &Target, mut signal: Halfway) -> Result<Attribution> {
        let (start, unit) = self.unit(target)?;
        signal.check(&self.network)?;
        let foreign = || {
            Error::new(
                ErrorKind::InvalidTarget,
                format!("this half of a way back is not one from `{}`", unit.layer),
            )
        };
        let relus = self.relus(start);
        // A count beyond that would also leave no room to count on.
        if signal.signals.len() > start + 1 || signal.ruling.applied > relus {
            return Err(foreign());
        }
        self.send_back(&mut signal, 0, None)?;
        if signal.ruling.applied != relus || signal.at_picture.is_none() {
            return Err(foreign());
        }
        self.arrived(start, unit, signal)
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

    /// Has the signal pass every layer from `until` on, one by one where somebody watches.
    pub(super) fn send_back(
        &self,
        signal: &mut Halfway,
        until: usize,
        mut watch: Option<&mut dyn FnMut(&str)>,
    ) -> Result<()> {
        let network = &self.network;
        while signal.signals.len() > until {
            // A layer that feeds only what lies behind the target.
            let Some(r) = signal.signals.pop().flatten() else {
                continue;
            };
            let index = signal.signals.len();
            let planned = &network.plan.layers[index];
            let ruling = &mut signal.ruling;
            let several = match &watch {
                None => self.pass_three(index, until, &r, ruling),
                Some(_) => None,
            };
            if let Some((source, passed)) = several.or_else(|| self.pass_with_relu(index, &r, ruling)) {
                signal.arrive(source, passed);
            } else {
                let kept = self.activations[index].as_ref();
                let back = network.layers[index]
                    .backward(r, &planned.inputs, kept, &mut signal.ruling)
                    .ok_or_else(|| {
                        Error::new(
                            ErrorKind::Internal,
                            format!("no way back through `{}`", planned.spec.name),
                        )
                    })?;
                for (source, passed) in planned.sources.iter().zip(back) {
                    signal.arrive(*source, passed);
                }
            }
            if let Some(watch) = &mut watch {
                watch(&planned.spec.name);
            }
        }
        Ok(())
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

    /// Sends `r` through layer `index`, the ReLU before it and the layer before that, none before `until`, in one go, where
    /// that is faster than one after the other: what arrives, and where.
    fn pass_three(
        &self,
        index: usize,
        until: usize,
        r: &Tensor<4>,
        ruling: &mut Ruling,
    ) -> Option<(Source, Tensor<4>)> {
        let Network { plan, layers, .. } = &self.network;
        let before = index.checked_sub(2).filter(|&before| before >= until)?;
        // Nothing lies between them that adds a signal of its own: where some are passed at once and where they are not,
        // sums are in the same order.
        let relu = plan.relu_alone_before(index).filter(|&relu| relu == before + 1)?;
        plan.relu_alone_behind(before)?;
        if plan.relu_alone_before(before).is_some() {
            // The layer before can be passed together with a ReLU of its own.
            return None;
        }
        let y = &self.activations[relu].as_ref()?.value;
        let signal = layers[index].backward_through_relu(r, &layers[relu], y, &layers[before], ruling)?;
        Some((plan.layers[before].sources[0], signal))
    }

    /// How many ReLUs lie on the way back from layer `start`.
    fn relus(&self, start: usize) -> usize {
        let plan = &self.network.plan;
        let layers = plan.layers.iter().zip(plan.on_the_way(start));
        layers
            .filter(|(layer, on)| *on && matches!(layer.spec.kind, LayerKind::Relu(_)))
            .count()
    }

    /// The map of a signal that has passed every layer.
    fn arrived(&self, start: usize, unit: Unit, signal: Halfway) -> Result<Attribution> {
        let spec = &self.network.plan.layers[start].spec;
        let relus = self.relus(start);
        let Halfway { at_picture, ruling, .. } = signal;
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
        let map = at_picture.ok_or_else(|| Error::new(ErrorKind::Internal, "the signal did not reach the picture"))?;
        let own_relu = match &spec.kind {
            LayerKind::Relu(relu) => Some(relu.clone()),
            _ => None,
        };
        Ok(Attribution::new(map, unit, ruling, own_relu))
    }
}

/// How many multiply-adds a number that is read or written takes the time of, where a layer has little to compute.
const COST_OF_A_NUMBER: u64 = 16;

impl Plan {
    /// The layer up to which a way back from `target` has done about half of its work: the signal passes that layer and
    /// none before it, save a ReLU that is passed together with it.
    fn halfway(&self, target: usize) -> usize {
        let count = |shape: &Shape| shape.iter().map(|&size| size as u64).product::<u64>();
        let cost = |layer: &PlannedLayer| {
            let numbers: u64 = layer.inputs.iter().chain([&layer.shape]).map(count).sum();
            let work = layer
                .inputs
                .first()
                .map_or(0, |&input| layer.spec.kind.work(input, layer.shape));
            work.saturating_add(COST_OF_A_NUMBER.saturating_mul(numbers))
        };
        let costs = || {
            let on_the_way = self.layers.iter().zip(self.on_the_way(target)).enumerate();
            on_the_way
                .rev()
                .filter(|(_, (_, on))| *on)
                .map(|(index, (layer, _))| (index, cost(layer)))
        };
        let all = costs().fold(0u64, |sum, (_, cost)| sum.saturating_add(cost));
        let mut done = 0u64;
        costs()
            .map(|(index, cost)| {
                done = done.saturating_add(cost);
                (done.abs_diff(all - all / 2), index)
            })
            .min()
            .map_or(target, |(_, index)| index)
    }
}
