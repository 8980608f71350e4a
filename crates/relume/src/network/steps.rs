//! What a forward and a backward pass do, decided once, when the network is loaded; a pass is a plain loop over steps.
//!
//! A step is one layer, or several that one kernel computes together without a tensor between them: the fused steps below.
//! They give, to the bit, what their layers give one after the other; with a batch normalisation that is part of a convolution,
//! to rounding.

use std::ops::Range;

#[cfg(feature = "flex")]
use super::concat_outputs::{ConcatSlot, slots};
use super::layers::Layer;
#[cfg(feature = "flex")]
use super::layers::Needs;
use crate::graph::Plan;
#[cfg(feature = "flex")]
use crate::graph::Source;

/// The steps of a network.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    /// In running order; together they cover every layer once. Each is one layer, or several that are computed together: only
    /// the last one's output is kept.
    pub(super) forward: Vec<Range<usize>>,
    /// For each of these steps, where in a concatenation's output it writes its own; `None` if its output is a tensor by itself.
    #[cfg(feature = "flex")]
    pub(super) slots: Vec<Option<ConcatSlot>>,
    /// For each of these steps, the layers whose outputs nothing needs after it: no layer that is still to run, no backward
    /// pass. They can be computed again from what is kept.
    pub(super) released: Vec<Vec<usize>>,
    /// For each layer, the step that a signal at its output takes next. A backward pass can begin at any layer, so there
    /// is a step for those, too, that others pass by.
    pub(super) backward: Vec<BackwardStep>,
}

/// One step of a backward pass, from the output of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BackwardStep {
    /// Through the layer.
    Layer,
    /// Through a unit and then the ReLU before it, or the concatenation of ReLUs, if there is one.
    #[cfg(feature = "flex")]
    Fused {
        /// What the signal passes first.
        unit: Unit,
        /// What it passes then.
        relu: Option<ReluBefore>,
    },
    /// Apart into the inputs of a concatenation, and each part through the ReLU that it comes from, if it is one that feeds
    /// nothing else.
    #[cfg(feature = "flex")]
    Split {
        /// For each input.
        relus: Vec<Option<usize>>,
    },
    /// Through a depthwise convolution, the ReLU before it and the pointwise convolution before that, in bands of rows.
    #[cfg(feature = "flex")]
    Bands {
        /// The depthwise convolution.
        unit: Unit,
        /// The ReLU.
        relu: usize,
        /// The pointwise convolution.
        pointwise: Unit,
    },
}

impl BackwardStep {
    /// The same way for the signal at the output of layer `index`, but no further than to the next layer where `stops` is true;
    /// and if it is for this layer, through this layer alone.
    pub(super) fn stopping_at(&self, index: usize, stops: &[bool]) -> Self {
        #[cfg(feature = "flex")]
        match *self {
            Self::Fused { unit, ref relu } if !stops[index] && !stops[unit.layer] => {
                let relu = relu.clone().filter(|relu| !relu.layers().any(|layer| stops[layer]));
                if relu.is_some() || unit.norm.is_some() {
                    return Self::Fused { unit, relu };
                }
            }
            Self::Split { ref relus } => {
                let relus = relus.iter().map(|relu| relu.filter(|&relu| !stops[relu]));
                return Self::Split { relus: relus.collect() };
            }
            Self::Bands { unit, relu, pointwise } => {
                let between = [Some(relu), pointwise.norm, Some(pointwise.layer)];
                if stops[index] || stops[unit.layer] || between.into_iter().flatten().any(|layer| stops[layer]) {
                    let relu = Some(ReluBefore::Relu(relu));
                    return Self::Fused { unit, relu }.stopping_at(index, stops);
                }
                return self.clone();
            }
            Self::Layer | Self::Fused { .. } => {}
        }
        #[cfg(not(feature = "flex"))]
        let _ = (index, stops);
        Self::Layer
    }
}

/// A layer, and the batch normalisation after it if its weights are multiplied by that one's factors.
#[cfg(feature = "flex")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) layer: usize,
    pub(super) norm: Option<usize>,
}

/// The ReLU, or the concatenation of ReLUs, just before a unit: a signal passes it in the same kernel.
#[cfg(feature = "flex")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReluBefore {
    /// A ReLU.
    Relu(usize),
    /// A concatenation of ReLUs that are all clipped at the same limit: the same as one ReLU after the concatenation.
    Concat {
        /// The concatenation.
        concat: usize,
        /// For each input.
        relus: Vec<usize>,
    },
}

#[cfg(feature = "flex")]
impl ReluBefore {
    /// The layers that the signal passes in it.
    pub(super) fn layers(&self) -> impl Iterator<Item = usize> {
        let (first, others): (usize, &[usize]) = match self {
            Self::Relu(relu) => (*relu, &[]),
            Self::Concat { concat, relus } => (*concat, relus),
        };
        std::iter::once(first).chain(others.iter().copied())
    }
}

impl Steps {
    /// One layer at a time.
    pub(super) fn plain(plan: &Plan) -> Self {
        Self {
            forward: (0..plan.layers.len()).map(|index| index..index + 1).collect(),
            #[cfg(feature = "flex")]
            slots: vec![None; plan.layers.len()],
            released: vec![Vec::new(); plan.layers.len()],
            backward: vec![BackwardStep::Layer; plan.layers.len()],
        }
    }

    /// With everything fused that the kernels compute together.
    #[cfg(feature = "flex")]
    pub(super) fn fused(plan: &Plan, layers: &[Layer]) -> Self {
        let mut forward: Vec<Range<usize>> = Vec::with_capacity(layers.len());
        let mut first = 0;
        while first < layers.len() {
            let norm = first + usize::from(norm_of(plan, layers, first + 1).is_some());
            let relu = takes_relu(&layers[first]) && plan.relu_alone_after(norm).is_some();
            let end = norm + 1 + usize::from(relu);
            forward.push(first..end);
            first = end;
        }
        let backward = (0..layers.len()).map(|index| backward_step(plan, layers, index));
        Self {
            slots: slots(plan, layers, &forward),
            released: released(plan, layers, &forward),
            forward,
            backward: backward.collect(),
        }
    }

    /// Without the kernels there is nothing to fuse.
    #[cfg(not(feature = "flex"))]
    pub(super) fn fused(plan: &Plan, _: &[Layer]) -> Self {
        Self::plain(plan)
    }
}

/// Whether a layer's forward pass can be computed together with a ReLU after it.
#[cfg(feature = "flex")]
const fn takes_relu(layer: &Layer) -> bool {
    matches!(
        layer,
        Layer::Conv2d(_) | Layer::Linear(_) | Layer::Add(_) | Layer::BatchNorm(_)
    )
}

/// Whether a layer's backward pass can be computed together with a ReLU before it.
#[cfg(feature = "flex")]
const fn takes_gate(layer: &Layer) -> bool {
    matches!(
        layer,
        Layer::Conv2d(_)
            | Layer::Linear(_)
            | Layer::MaxPool2d(_)
            | Layer::AvgPool2d(_)
            | Layer::GlobalAvgPool(_)
            | Layer::BatchNorm(_)
    )
}

/// See [`Steps::released`].
#[cfg(feature = "flex")]
fn released(plan: &Plan, layers: &[Layer], forward: &[Range<usize>]) -> Vec<Vec<usize>> {
    // Which step reads each layer's output last.
    let mut last = vec![None; layers.len()];
    let mut read_by_backward = vec![false; layers.len()];
    for (number, step) in forward.iter().enumerate() {
        for index in step.clone() {
            for source in &plan.layers[index].sources {
                if let Source::Layer(before) = *source {
                    last[before] = Some(number);
                    read_by_backward[before] |= layers[index].operation().needs() == Needs::Inputs;
                }
            }
        }
    }
    let mut kept = vec![true; layers.len()];
    let mut released = vec![Vec::new(); forward.len()];
    for reads in forward {
        let output = reads.end - 1;
        // A step that is run again must not need others to be run again: the work could double with every layer further back.
        let again = plan.layers[reads.start].sources.iter().all(|source| match *source {
            Source::Input => true,
            Source::Layer(before) => kept[before],
        });
        let needed = layers[output].operation().needs() == Needs::Output || read_by_backward[output];
        if let (Some(step), true) = (last[output], again && !needed && output != plan.logits) {
            kept[output] = false;
            released[step].push(output);
        }
    }
    released
}

/// If layer `index` is a batch normalisation of the convolution just before it, and of nothing else's: that convolution.
#[cfg(feature = "flex")]
fn norm_of(plan: &Plan, layers: &[Layer], index: usize) -> Option<usize> {
    let before = index.checked_sub(1)?;
    let alone = plan.layers[before].readers == 1 && plan.layers.get(index)?.sources == [Source::Layer(before)];
    match layers.get(index)? {
        Layer::BatchNorm(norm) if alone && matches!(layers[before], Layer::Conv2d(_)) && norm.scales_moderately() => {
            Some(before)
        }
        _ => None,
    }
}

/// Whether a batch normalisation follows layer `index` that is computed with it.
#[cfg(feature = "flex")]
pub(super) fn norm_after(plan: &Plan, layers: &[Layer], index: usize) -> bool {
    norm_of(plan, layers, index + 1) == Some(index)
}

/// What a signal at the output of layer `index` passes first.
#[cfg(feature = "flex")]
fn unit(plan: &Plan, layers: &[Layer], index: usize) -> Unit {
    match norm_of(plan, layers, index) {
        Some(layer) => Unit {
            layer,
            norm: Some(index),
        },
        None => Unit {
            layer: index,
            norm: None,
        },
    }
}

/// The ReLU, or the concatenation of ReLUs, that a signal can pass together with `unit`, just before it.
#[cfg(feature = "flex")]
fn relu_before(plan: &Plan, layers: &[Layer], unit: Unit) -> Option<ReluBefore> {
    match *plan.layers[unit.layer].sources {
        [source] if takes_gate(&layers[unit.layer]) => {
            let relu = relu_at(plan, source, unit.layer).map(ReluBefore::Relu);
            relu.or_else(|| concat_of_relus(plan, layers, source))
        }
        _ => None,
    }
}

/// The concatenation that is `source`, if its inputs are ReLUs that are clipped at the same limit. Each ReLU is the only reader of the layer before it, so that no
/// signal is added up there whose order could change.
#[cfg(feature = "flex")]
fn concat_of_relus(plan: &Plan, layers: &[Layer], source: Source) -> Option<ReluBefore> {
    let Source::Layer(concat) = source else {
        return None;
    };
    if !matches!(layers[concat], Layer::Concat(_)) || plan.layers[concat].readers != 1 {
        return None;
    }
    let alone = |relu: &usize| matches!(plan.layers[*relu].sources[0], Source::Layer(before) if plan.layers[before].readers == 1);
    let relus = plan.layers[concat].sources.iter();
    let relus = relus.map(|&source| plan.relu_alone_at(source).filter(alone));
    let relus = relus.collect::<Option<Vec<usize>>>()?;
    let limit = |relu: usize| match &layers[relu] {
        Layer::Relu(relu) => Some(relu.limit()),
        _ => None,
    };
    let alike = relus.windows(2).all(|pair| limit(pair[0]) == limit(pair[1]));
    alike.then_some(ReluBefore::Concat { concat, relus })
}

/// The ReLU that is `source`, if a signal can pass it together with layer `index`.
#[cfg(feature = "flex")]
fn relu_at(plan: &Plan, source: Source, index: usize) -> Option<usize> {
    let relu = plan.relu_alone_at(source)?;
    // Where three signals or more add up, the order of the sums must stay as it is layer by layer: no other layer may
    // stand between the two.
    let adds_up = match plan.layers[relu].sources[0] {
        Source::Layer(source) => plan.layers[source].readers > 2,
        Source::Input => true,
    };
    (relu + 1 == index || !adds_up).then_some(relu)
}

#[cfg(feature = "flex")]
fn backward_step(plan: &Plan, layers: &[Layer], index: usize) -> BackwardStep {
    if matches!(layers[index], Layer::Concat(_)) {
        let sources = &plan.layers[index].sources;
        // Where the concatenation itself brings the layer before a ReLU a signal, too, the ReLU's must come after it.
        let alone = |relu: &usize| !sources.contains(&plan.layers[*relu].sources[0]);
        let relus = sources.iter().map(|&source| relu_at(plan, source, index).filter(alone));
        return BackwardStep::Split { relus: relus.collect() };
    }
    let unit = unit(plan, layers, index);
    let relu = relu_before(plan, layers, unit);
    if let Some(ReluBefore::Relu(relu)) = relu
        && let Some(pointwise) = pointwise_before(plan, layers, unit, relu)
    {
        return BackwardStep::Bands { unit, relu, pointwise };
    }
    if relu.is_some() || unit.norm.is_some() {
        return BackwardStep::Fused { unit, relu };
    }
    BackwardStep::Layer
}

/// The pointwise convolution before `relu`, if a signal can pass it together with `unit`. Where it can be passed together with
/// a ReLU of its own, that is faster.
#[cfg(feature = "flex")]
fn pointwise_before(plan: &Plan, layers: &[Layer], after: Unit, relu: usize) -> Option<Unit> {
    let before = relu.checked_sub(1)?;
    plan.relu_alone_after(before)?;
    let pointwise = unit(plan, layers, before);
    let fits = match (&layers[after.layer], &layers[pointwise.layer]) {
        (Layer::Conv2d(conv), Layer::Conv2d(before)) => conv.goes_in_bands(before),
        _ => false,
    };
    (fits && relu + 1 == after.layer && relu_before(plan, layers, pointwise).is_none()).then_some(pointwise)
}

#[cfg(all(test, feature = "flex"))]
#[path = "steps_tests.rs"]
mod tests;
