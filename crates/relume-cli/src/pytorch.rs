//! Weights from PyTorch: a `.pth` checkpoint of any age, or a plain safetensors file.

use std::collections::BTreeMap;
use std::path::Path;

use half::{bf16, f16};
use pytorch_reader::{DType, PytorchReader, Tensor};
use relume::safetensors::{Archive, Array};
use relume::{Error, ErrorKind, Result};

use crate::files;

/// Reads all floating-point tensors of a checkpoint; counters are left out, they hold no weights.
pub(crate) fn read_checkpoint(path: &Path) -> Result<BTreeMap<String, Array>> {
    let reader = PytorchReader::new(path).map_err(|error| match error {
        pytorch_reader::PytorchError::Io(error) => files::fault(path, "cannot be read", error),
        error => Error::new(ErrorKind::InvalidModel, format!("{}: {error}", path.display())),
    })?;
    reader
        .into_tensors()
        .into_iter()
        .filter_map(|(name, tensor)| {
            floats(&tensor)
                .transpose()
                .map(|array| array.map(|array| (name, array)))
        })
        .collect()
}

fn floats(tensor: &Tensor) -> Result<Option<Array>> {
    let fault = |error| Error::new(ErrorKind::InvalidModel, format!("tensor `{}`: {error}", tensor.name));
    let read = || tensor.read().map_err(fault);
    // The reader hands out native-endian bytes.
    let data = match tensor.dtype() {
        DType::F32 => numbers(&read()?, f32::from_ne_bytes),
        DType::F64 => numbers(&read()?, |value| f64::from_ne_bytes(value) as f32),
        DType::F16 => numbers(&read()?, |value| f16::from_ne_bytes(value).to_f32()),
        DType::BF16 => numbers(&read()?, |value| bf16::from_ne_bytes(value).to_f32()),
        _ => return Ok(None),
    };
    let shape = tensor.shape().to_vec();
    Ok(Some(Array { shape, data }))
}

fn numbers<const N: usize>(bytes: &[u8], convert: fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks().0.iter().copied().map(convert).collect()
}

/// Reads all tensors of a plain safetensors file.
pub(crate) fn read_safetensors(bytes: &[u8]) -> Result<BTreeMap<String, Array>> {
    let archive = Archive::parse(bytes)?;
    archive
        .names()
        .map(|name| Ok((name.to_owned(), archive.array(name)?)))
        .collect()
}
