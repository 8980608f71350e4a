//! Weights from PyTorch: a `.pth` checkpoint of any age, or a plain safetensors file.

use std::collections::BTreeMap;
use std::path::Path;

use half::{bf16, f16};
pub(crate) use pytorch_reader::Tensor;
use pytorch_reader::{DType, PytorchReader};
use relume::safetensors::{Archive, Array};
use relume::{Error, ErrorKind, Result};

use crate::files;

/// Whether these are bytes as `torch.save` writes them, by one of its formats: a ZIP or tar archive, or pickles one after the
/// other.
pub(crate) fn is_checkpoint(bytes: &[u8]) -> bool {
    // What a ZIP archive holds is told at its end, and by the reader; NumPy's are no checkpoints.
    let start = &bytes[..bytes.len().min(1024)];
    let zip = start.starts_with(b"PK\x03\x04") && !start.windows(4).any(|name| name == b".npy");
    let archive = zip || bytes.get(257..262) == Some(b"ustar");
    let pickle = matches!(bytes, [0x80, 0..=5, ..]) && bytes.get(8) != Some(&b'{');
    archive || pickle
}

/// The most bytes that the weights of a network may take in f32: a small file can claim much more.
const MOST_BYTES: u64 = 2 << 30;

/// The floating-point tensors of a checkpoint, none of them read yet: an optimiser's state among them may be as large as the
/// weights. Counters are left out, they hold no weights. Nothing in the file is executed: the reader knows the few classes that
/// tensors are made of, and no others.
pub(crate) fn open_checkpoint(path: &Path) -> Result<BTreeMap<String, Tensor>> {
    let invalid = |what: &str| Error::new(ErrorKind::InvalidModel, format!("{}: {what}", path.display()));
    let reader = PytorchReader::new(path).map_err(|error| match error {
        pytorch_reader::PytorchError::Io(error) => files::fault(path, "cannot be read", error),
        error if error.to_string().contains("'__torch__") => invalid(
            "is a TorchScript archive, which holds a program; save the weights alone, with torch.save(model.state_dict(), PATH)",
        ),
        pytorch_reader::PytorchError::Zip(error) => {
            invalid(&format!("the PyTorch weights are cut off or damaged: {error}"))
        }
        error if error.to_string().contains("No data.pkl") => {
            invalid("is a ZIP archive that is not of PyTorch: unpack it first")
        }
        error => invalid(&format!("the PyTorch weights cannot be read: {error}")),
    })?;
    if reader.is_empty() {
        return Err(invalid(
            "holds no tensors; save the weights alone, with torch.save(model.state_dict(), PATH)",
        ));
    }
    let floats = [DType::F32, DType::F64, DType::F16, DType::BF16];
    let tensors = reader.into_tensors().into_iter();
    Ok(tensors.filter(|(_, tensor)| floats.contains(&tensor.dtype())).collect())
}

/// Reads tensors of a checkpoint.
pub(crate) fn read_tensors(tensors: BTreeMap<String, &Tensor>) -> Result<BTreeMap<String, Array>> {
    let size = |tensor: &Tensor| {
        tensor
            .shape()
            .iter()
            .try_fold(4_u64, |size, &side| size.checked_mul(side as u64))
    };
    let total = tensors
        .values()
        .try_fold(0_u64, |sum, tensor| sum.checked_add(size(tensor)?));
    if total.is_none_or(|total| total > MOST_BYTES) {
        return Err(Error::new(
            ErrorKind::InvalidModel,
            "the tensors are larger than any network that can be loaded",
        ));
    }
    tensors
        .into_iter()
        .map(|(name, tensor)| Ok((name, read(tensor)?)))
        .collect()
}

fn read(tensor: &Tensor) -> Result<Array> {
    let fault =
        |what: &dyn std::fmt::Display| Error::new(ErrorKind::InvalidModel, format!("tensor `{}`: {what}", tensor.name));
    let bytes = tensor.read().map_err(|error| fault(&error))?;
    // The reader hands out native-endian bytes.
    let data = match tensor.dtype() {
        DType::F32 => numbers(&bytes, f32::from_ne_bytes),
        DType::F64 => numbers(&bytes, |value| f64::from_ne_bytes(value) as f32),
        DType::F16 => numbers(&bytes, |value| f16::from_ne_bytes(value).to_f32()),
        DType::BF16 => numbers(&bytes, |value| bf16::from_ne_bytes(value).to_f32()),
        _ => return Err(fault(&"holds integers")),
    };
    let shape = tensor.shape().to_vec();
    Ok(Array { shape, data })
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
