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
    // The reader hands out native-endian bytes.
    let convert: fn(&[u8]) -> Vec<f32> = match tensor.dtype() {
        DType::F32 => |bytes| {
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|&value| f32::from_ne_bytes(value))
                .collect()
        },
        DType::F64 => |bytes| {
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|&value| f64::from_ne_bytes(value) as f32)
                .collect()
        },
        DType::F16 => |bytes| {
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|&value| f16::from_ne_bytes(value).to_f32())
                .collect()
        },
        DType::BF16 => |bytes| {
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|&value| bf16::from_ne_bytes(value).to_f32())
                .collect()
        },
        _ => return Ok(None),
    };
    let bytes = tensor
        .read()
        .map_err(|error| Error::new(ErrorKind::InvalidModel, format!("tensor `{}`: {error}", tensor.name)))?;
    Ok(Some(Array {
        shape: tensor.shape().to_vec(),
        data: convert(&bytes),
    }))
}

/// Reads all tensors of a plain safetensors file.
pub(crate) fn read_safetensors(bytes: &[u8]) -> Result<BTreeMap<String, Array>> {
    let archive = Archive::parse(bytes)?;
    archive
        .names()
        .map(|name| Ok((name.to_owned(), archive.array(name)?)))
        .collect()
}
