//! A network back into a model: after training.

use std::collections::BTreeMap;

use super::Network;
use crate::backend::read;
use crate::error::Result;
use crate::model::Model;
use crate::safetensors::Array;

impl Network {
    /// The model this network is, its weights read back from the device.
    ///
    /// # Errors
    /// `invalid-model` if a weight is no longer a finite number, `internal` if the device does not answer.
    pub fn to_model(&self) -> Result<Model> {
        let mut arrays = BTreeMap::new();
        for (layer, planned) in self.layers.iter().zip(&self.plan.layers) {
            for (name, shape, values) in layer.operation().tensors() {
                let (data, _) = read(values)?;
                arrays.insert(format!("{}.{name}", planned.spec.name), Array { shape, data });
            }
        }
        let layers = self.plan.layers.iter().map(|layer| layer.spec.clone()).collect();
        Model::new((*self.info).clone(), layers, arrays)
    }
}
