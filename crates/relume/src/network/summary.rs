//! What there is to know about a network without running it.

use serde::Serialize;

use super::Network;
use crate::graph::{Kind, ReceptiveField, RunCost, Shape};
use crate::model::ModelInfo;

/// What there is to know about a network without running it: serialised by the command line and in the browser alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary<'a> {
    /// What the model says about itself.
    #[serde(flatten)]
    pub info: &'a ModelInfo,
    /// The layer whose output are the logits.
    pub logits_layer: &'a str,
    /// How many weights there are.
    pub parameters: u64,
    /// What one pass takes.
    pub run_cost: RunCost,
    /// The layers in running order.
    pub layers: Vec<LayerSummary<'a>>,
}

/// One layer of a [`Summary`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerSummary<'a> {
    /// Its name.
    pub name: &'a str,
    /// The name of its kind.
    pub kind: &'static str,
    /// What feeds it.
    pub inputs: &'a [String],
    /// The shape of its output.
    pub shape: Shape,
    /// How many weights it has.
    pub parameters: u64,
    /// Which pixels its units see.
    pub field: ReceptiveField,
    /// How many multiplications, additions or comparisons it takes, roughly; of a convolution, its multiply-adds.
    #[serde(skip)]
    pub cost: u64,
}

impl Network {
    /// What there is to know about the network without running it.
    #[must_use]
    pub fn summary(&self) -> Summary<'_> {
        let layers = self.plan.layers.iter().map(|layer| LayerSummary {
            name: &layer.spec.name,
            kind: layer.spec.kind.name(),
            inputs: &layer.spec.inputs,
            shape: layer.shape,
            parameters: layer.weights(),
            field: layer.field,
            cost: layer.spec.kind.cost(layer.inputs[0], layer.shape),
        });
        Summary {
            info: &self.info,
            logits_layer: self.logits_layer(),
            parameters: self.plan.parameters,
            run_cost: self.plan.run_cost,
            layers: layers.collect(),
        }
    }
}
