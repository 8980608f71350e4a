//! Concatenations without copies: convolutions that feed only a concatenation write their channels straight into its output.

use std::collections::BTreeMap;
use std::ops::Range;

use burn::tensor::Tensor;
use relume_kernels::concat_output::ConcatOutput;

use super::layers::Layer;
use crate::graph::{Plan, Source};

/// Some channels of a concatenation's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ConcatSlot {
    /// The concatenation.
    pub(super) concat: usize,
    /// The first of the channels.
    pub(super) first: usize,
}

/// For each step, the slot that it writes to: if a convolution begins it, and only a concatenation reads its output.
pub(super) fn slots(plan: &Plan, layers: &[Layer], forward: &[Range<usize>]) -> Vec<Option<ConcatSlot>> {
    // For each layer that a concatenation reads, the last such slot: where there is one reader, it is the only one.
    let mut slots = vec![None; layers.len()];
    for (concat, planned) in plan.layers.iter().enumerate() {
        if !matches!(layers[concat], Layer::Concat(_)) {
            continue;
        }
        let mut first = 0;
        for (&source, [channels, ..]) in planned.sources.iter().zip(&planned.inputs) {
            if let Source::Layer(before) = source {
                slots[before] = Some(ConcatSlot { concat, first });
            }
            first += channels;
        }
    }
    let of_step = |step: &Range<usize>| {
        let output = step.end - 1;
        let is_alone = plan.layers[output].readers == 1 && output != plan.logits;
        slots[output].filter(|_| is_alone && matches!(layers[step.start], Layer::Conv2d(_)))
    };
    forward.iter().map(of_step).collect()
}

/// The outputs of concatenations that have yet to run, as far as they are written.
pub(super) struct ConcatOutputs<'a> {
    plan: &'a Plan,
    /// For each concatenation.
    unfinished: BTreeMap<usize, Unfinished>,
}

struct Unfinished {
    output: ConcatOutput,
    /// The first channel of each part that is written.
    written: Vec<usize>,
}

impl<'a> ConcatOutputs<'a> {
    pub(super) const fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            unfinished: BTreeMap::new(),
        }
    }

    /// The output that `slot` is part of. It is written there now.
    pub(super) fn at(&mut self, slot: ConcatSlot) -> &mut ConcatOutput {
        let shape = self.plan.layers[slot.concat].shape;
        let unfinished = self.unfinished.entry(slot.concat).or_insert_with(|| Unfinished {
            output: ConcatOutput::new(shape),
            written: Vec::new(),
        });
        unfinished.written.push(slot.first);
        &mut unfinished.output
    }

    /// The output of layer `index`, if it is a concatenation of which something is written; the other parts are copied.
    pub(super) fn finish(&mut self, index: usize, value: impl Fn(Source) -> Tensor<4>) -> Option<Tensor<4>> {
        let Unfinished { mut output, written } = self.unfinished.remove(&index)?;
        let planned = &self.plan.layers[index];
        let mut first = 0;
        for (&source, [channels, ..]) in planned.sources.iter().zip(&planned.inputs) {
            if !written.contains(&first) {
                output.copy(value(source), first);
            }
            first += channels;
        }
        Some(output.finish())
    }
}
