//! Layers in running order, each fed by the one before it unless told otherwise.

use crate::graph::{INPUT, LayerKind, LayerSpec};

/// Layers in a row.
#[derive(Default)]
pub(super) struct LayerList {
    layers: Vec<LayerSpec>,
}

impl LayerList {
    /// The name of the last layer, or of the input.
    pub(super) fn last(&self) -> String {
        self.layers.last().map_or(INPUT, |layer| &layer.name).to_owned()
    }

    /// A layer that is fed by the last one.
    pub(super) fn push(&mut self, name: impl Into<String>, kind: LayerKind) {
        let before = self.last();
        self.push_after(name, kind, &[&before]);
    }

    /// A layer that is fed by `inputs`.
    pub(super) fn push_after(&mut self, name: impl Into<String>, kind: LayerKind, inputs: &[&str]) {
        self.layers.push(LayerSpec::new(name.into(), kind, inputs));
    }

    /// All layers.
    pub(super) fn into_layers(self) -> Vec<LayerSpec> {
        self.layers
    }
}
