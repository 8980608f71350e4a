//! A network back into a model: after training.

use std::collections::BTreeMap;

use burn::tensor::Tensor;

use super::Network;
use super::layers::Layer;
use crate::attribution::read;
use crate::error::Result;
use crate::weights::{Array, Model};

impl Network {
    /// The model this network is, its weights read back from the device.
    ///
    /// # Errors
    /// `invalid-model` if a weight is no longer a finite number, `internal` if the device does not answer.
    pub fn to_model(&self) -> Result<Model> {
        let mut arrays = BTreeMap::new();
        for (layer, planned) in self.layers.iter().zip(&self.plan.layers) {
            for (name, shape, values) in tensors(layer) {
                let (data, _) = read(values)?;
                arrays.insert(format!("{}.{name}", planned.spec.name), Array { shape, data });
            }
        }
        let layers = self.plan.layers.iter().map(|layer| layer.spec.clone()).collect();
        Model::new((*self.info).clone(), layers, arrays)
    }
}

/// A layer's tensors: name, shape, and the numbers in row-major order.
fn tensors(layer: &Layer) -> Vec<(&'static str, Vec<usize>, Tensor<1>)> {
    fn flat<const D: usize>(name: &'static str, tensor: Tensor<D>) -> (&'static str, Vec<usize>, Tensor<1>) {
        let shape: Vec<usize> = tensor.dims().into();
        let count: usize = shape.iter().product();
        (name, shape, tensor.reshape([count]))
    }
    match layer {
        Layer::Conv2d(layer) => std::iter::once(flat("weight", layer.weight.val()))
            .chain(layer.bias.as_ref().map(|bias| flat("bias", bias.val())))
            .collect(),
        Layer::Linear(layer) => std::iter::once(flat("weight", layer.weight.val()))
            .chain(layer.bias.as_ref().map(|bias| flat("bias", bias.val())))
            .collect(),
        Layer::BatchNorm(layer) => vec![
            flat("weight", layer.weight.val()),
            flat("bias", layer.bias.val()),
            flat("running_mean", layer.running_mean.val()),
            flat("running_var", layer.running_var.val()),
        ],
        _ => Vec::new(),
    }
}
