//! Weights from PyTorch: a `.pth` checkpoint of any age, or a plain safetensors file.

use std::collections::BTreeMap;
use std::path::Path;

use half::{bf16, f16};
use pytorch_reader::{DType, PytorchReader, Tensor};
use relume::safetensors::{Archive, Array};
use relume::{Error, ErrorKind, Result};

use crate::files;

/// Whether these are bytes as `torch.save` writes them, by one of its formats: a ZIP or tar archive, or pickles one after the
/// other.
pub(crate) fn is_checkpoint(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(1024)];
    let holds = |name: &[u8]| start.windows(name.len()).any(|window| window == name);
    let zip = start.starts_with(b"PK\x03\x04") && (holds(b"data.pkl") || holds(b".format_version"));
    let archive = zip || bytes.get(257..262) == Some(b"ustar");
    let pickle = matches!(bytes, [0x80, 0..=5, ..]) && bytes.get(8) != Some(&b'{');
    archive || pickle
}

/// Reads all floating-point tensors of a checkpoint; counters are left out, they hold no weights. Nothing in it is executed:
/// the reader knows the few classes that tensors are made of, and no others.
pub(crate) fn read_checkpoint(path: &Path) -> Result<BTreeMap<String, Array>> {
    let invalid = |what: &str| Error::new(ErrorKind::InvalidModel, format!("{}: {what}", path.display()));
    let reader = PytorchReader::new(path).map_err(|error| match error {
        pytorch_reader::PytorchError::Io(error) => files::fault(path, "cannot be read", error),
        error if error.to_string().contains("'__torch__") => invalid(
            "is a TorchScript archive, which holds a program; save the weights alone, with torch.save(model.state_dict(), PATH)",
        ),
        pytorch_reader::PytorchError::Zip(error) => invalid(&format!("PyTorch weights that are cut off or damaged: {error}")),
        error => invalid(&format!("PyTorch weights that cannot be read: {error}")),
    })?;
    if reader.is_empty() {
        return Err(invalid(
            "holds no tensors; save the weights alone, with torch.save(model.state_dict(), PATH)",
        ));
    }
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

/// Reads all floating-point tensors of a plain safetensors file.
pub(crate) fn read_safetensors(bytes: &[u8]) -> Result<BTreeMap<String, Array>> {
    let archive = Archive::parse(bytes)?;
    archive
        .names()
        .filter(|name| archive.holds_floats(name))
        .map(|name| Ok((name.to_owned(), archive.array(name)?)))
        .collect()
}
