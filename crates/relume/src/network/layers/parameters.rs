//! Named tensors, from a model file into a layer.

use std::collections::BTreeMap;

use burn::module::Param;
use burn::tensor::{Device, Tensor};

use crate::backend::tensor;
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
        let Array { data, shape } = self.array(name)?;
        let shape = <[usize; D]>::try_from(shape).map_err(|shape| {
            let what = format!("tensor `{}.{name}` has {} dimensions, not {D}", self.layer, shape.len());
            Error::layer(self.layer, what)
        })?;
        Ok(Param::from_tensor(tensor(data, shape, self.device)))
    }

    pub(super) fn take_if<const D: usize>(&mut self, there: bool, name: &str) -> Result<Option<Param<Tensor<D>>>> {
        there.then(|| self.take(name)).transpose()
    }

    /// The error for a layer with sizes for which no kernel can be built.
    #[cfg(feature = "flex")]
    pub(super) fn impossible(&self) -> Error {
        Error::layer(
            self.layer,
            "its sizes do not fit together, or need more memory than can be addressed",
        )
    }

    fn array(&mut self, name: &str) -> Result<Array> {
        self.arrays
            .remove(&format!("{}.{name}", self.layer))
            .ok_or_else(|| Error::layer(self.layer, format!("tensor `{}.{name}` is missing", self.layer)))
    }
}
