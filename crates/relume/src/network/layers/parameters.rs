//! Named tensors, from a model file into a layer.

use std::collections::BTreeMap;

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};

use crate::error::{Error, Result};
use crate::safetensors::Array;

/// The tensors of one layer, taken one by one.
pub(crate) struct Parameters<'a> {
    pub(crate) layer: &'a str,
    pub(crate) arrays: &'a mut BTreeMap<String, Array>,
    pub(crate) device: &'a Device,
}

impl Parameters<'_> {
    pub(super) fn take<const D: usize>(&mut self, name: &str) -> Result<Param<Tensor<D>>> {
        self.array(name).map(|array| self.param(array))
    }

    pub(super) fn take_if<const D: usize>(&mut self, there: bool, name: &str) -> Result<Option<Param<Tensor<D>>>> {
        there.then(|| self.take(name)).transpose()
    }

    fn array(&mut self, name: &str) -> Result<Array> {
        self.arrays
            .remove(&format!("{}.{name}", self.layer))
            .ok_or_else(|| Error::layer(self.layer, format!("tensor `{}.{name}` is missing", self.layer)))
    }

    fn param<const D: usize>(&self, array: Array) -> Param<Tensor<D>> {
        let data = TensorData::new(array.data, array.shape);
        Param::from_tensor(Tensor::from_data(data, self.device))
    }
}
