//! Reading and writing safetensors, strictly: no gaps, no overlaps, nothing after the last tensor.
//!
//! Our own reader, because it stands between a stranger's file and the engine: it must neither panic nor allocate by
//! what the file claims.

use std::collections::BTreeMap;

use half::f16;
use serde_json::json;

use super::Array;
use super::header::Header;
use super::identify::other_format;
use super::number::Number;
use crate::error::{Error, ErrorKind, Result};

/// The longest header that is read: 16 MiB.
const MAX_HEADER: u64 = 16 << 20;

/// How a file stores its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// IEEE 754 half precision.
    F16,
    /// IEEE 754 single precision.
    F32,
}

impl Dtype {
    const fn name(self) -> &'static str {
        match self {
            Self::F16 => "F16",
            Self::F32 => "F32",
        }
    }

    const fn bytes(self) -> usize {
        match self {
            Self::F16 => 2,
            Self::F32 => 4,
        }
    }

    /// Whether it has a number near `value`.
    fn holds(self, value: f32) -> bool {
        match self {
            Self::F16 => f16::from_f32(value).is_finite(),
            Self::F32 => value.is_finite(),
        }
    }
}

/// A safetensors file whose header has passed every check; its numbers are read tensor by tensor.
#[derive(Debug)]
pub struct Archive<'a> {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Stored<'a>>,
}

#[derive(Debug)]
struct Stored<'a> {
    number: Number,
    shape: Vec<usize>,
    bytes: &'a [u8],
}

impl<'a> Archive<'a> {
    /// Reads and checks the header.
    ///
    /// # Errors
    /// `invalid-model`, naming the tensor where there is one.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        if let Some(what) = other_format(bytes) {
            return Err(Error::model(format!("not a safetensors file; this is {what}")));
        }
        let too_short = || Error::model(format!("not a safetensors file: {} bytes are too few", bytes.len()));
        let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(too_short)?;
        let length = u64::from_le_bytes(*length);
        if length > MAX_HEADER {
            return Err(Error::model(format!(
                "not a safetensors file, or its header is too long: {length} bytes, {MAX_HEADER} at most"
            )));
        }
        if length == 0 {
            return Err(Error::model("not a safetensors file: its header is empty"));
        }
        let length = usize::try_from(length).map_err(|_| too_short())?;
        let (header, data) = rest.split_at_checked(length).ok_or_else(|| {
            Error::model(format!(
                "the file is cut off: its header has {length} bytes, {} are there",
                rest.len()
            ))
        })?;
        let header: Header = serde_json::from_slice(header)
            .map_err(|error| Error::model(format!("the header is not that of a safetensors file: {error}")))?;
        let mut tensors = BTreeMap::new();
        let mut ranges = Vec::with_capacity(header.entries.len());
        for (name, entry) in header.entries {
            let fault = |message: String| Error::model(format!("tensor `{name}`: {message}"));
            let number = Number::parse(&entry.dtype).ok_or_else(|| {
                fault(format!(
                    "its number format {} is unknown; relume reads F16, F32, BF16 and F64",
                    entry.dtype
                ))
            })?;
            let [begin, end] = entry.data_offsets;
            let size = entry
                .shape
                .iter()
                .try_fold(number.bytes(), |product, &size| product.checked_mul(size))
                .filter(|&size| begin.checked_add(size) == Some(end))
                .ok_or_else(|| {
                    fault(format!(
                        "its shape {:?} does not fill bytes {begin} to {end}",
                        entry.shape
                    ))
                })?;
            let stored = usize::try_from(begin)
                .ok()
                .zip(usize::try_from(end).ok())
                .and_then(|(begin, end)| data.get(begin..end))
                .ok_or_else(|| {
                    fault(format!(
                        "the file is cut off: bytes {begin} to {end} lie beyond its {} bytes of data",
                        data.len()
                    ))
                })?;
            let shape = entry
                .shape
                .iter()
                .map(|&size| {
                    usize::try_from(size).map_err(|_| fault(format!("its shape {:?} is too large", entry.shape)))
                })
                .collect::<Result<Vec<_>>>()?;
            // Empty tensors share their place with a neighbour.
            if size > 0 {
                ranges.push((begin, end, name.clone()));
            }
            tensors.insert(
                name,
                Stored {
                    number,
                    shape,
                    bytes: stored,
                },
            );
        }
        check_ranges(ranges, data.len() as u64)?;
        Ok(Self {
            metadata: header.metadata,
            tensors,
        })
    }

    /// The text that the file's metadata holds under `key`.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// The tensors' names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The dimensions of tensor `name`.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|tensor| tensor.shape.as_slice())
    }

    /// Whether tensor `name` holds floating-point numbers, and not integers: a counter, an index.
    #[must_use]
    pub fn holds_floats(&self, name: &str) -> bool {
        self.tensors.get(name).is_some_and(|tensor| tensor.number.is_float())
    }

    /// The numbers of tensor `name`, in single precision.
    ///
    /// # Errors
    /// `invalid-model` if there is no such tensor, or it [holds integers](Self::holds_floats).
    pub fn array(&self, name: &str) -> Result<Array> {
        let tensor = self
            .tensors
            .get(name)
            .ok_or_else(|| Error::model(format!("there is no tensor `{name}`")))?;
        let data = tensor.number.widen(tensor.bytes).ok_or_else(|| {
            Error::model(format!(
                "tensor `{name}` holds integers ({:?}), not weights",
                tensor.number
            ))
        })?;
        Ok(Array {
            shape: tensor.shape.clone(),
            data,
        })
    }
}

/// The tensors lie one after the other and fill the file.
fn check_ranges(mut ranges: Vec<(u64, u64, String)>, total: u64) -> Result<()> {
    ranges.sort();
    let mut reached = 0;
    for (begin, end, name) in ranges {
        if begin != reached {
            let what = if begin < reached {
                "overlaps the one before"
            } else {
                "leaves a gap before it"
            };
            return Err(Error::model(format!(
                "tensor `{name}` {what}: it begins at byte {begin}, not {reached}"
            )));
        }
        reached = end;
    }
    if reached == total {
        Ok(())
    } else {
        Err(Error::model(format!(
            "{} bytes follow the last tensor",
            total - reached
        )))
    }
}

/// The bytes of a safetensors file with `tensors` in alphabetical order.
///
/// # Errors
/// `not-finite` if a number does not fit into `dtype`; `shape-mismatch` if a shape does not fit its numbers.
pub fn write(metadata: &BTreeMap<String, String>, tensors: &BTreeMap<String, Array>, dtype: Dtype) -> Result<Vec<u8>> {
    for (name, Array { shape, data }) in tensors {
        if shape.iter().product::<usize>() != data.len() {
            return Err(Error::new(
                ErrorKind::ShapeMismatch,
                format!("tensor `{name}` has {} numbers for shape {shape:?}", data.len()),
            ));
        }
        if let Some(value) = data.iter().find(|&&value| !dtype.holds(value)) {
            return Err(Error::new(
                ErrorKind::NotFinite,
                format!("tensor `{name}` holds {value}, which {dtype:?} cannot store"),
            ));
        }
    }
    encode(metadata, tensors, dtype)
}

/// [`write`] of arrays that are known to be sound, whatever numbers they hold.
pub(crate) fn encode(
    metadata: &BTreeMap<String, String>,
    tensors: &BTreeMap<String, Array>,
    dtype: Dtype,
) -> Result<Vec<u8>> {
    let mut header = serde_json::Map::new();
    if !metadata.is_empty() {
        header.insert("__metadata__".into(), json!(metadata));
    }
    let mut end = 0;
    for (name, Array { shape, data }) in tensors {
        let begin = end;
        end += data.len() * dtype.bytes();
        let entry = json!({ "dtype": dtype.name(), "shape": shape, "data_offsets": [begin, end] });
        header.insert(name.clone(), entry);
    }
    let mut header = serde_json::to_vec(&header).map_err(|error| Error::model(error.to_string()))?;
    // As the format asks: the data begins at a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = Vec::with_capacity(8 + header.len() + end);
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.append(&mut header);
    for Array { data, .. } in tensors.values() {
        match dtype {
            Dtype::F32 => bytes.extend(little_endian(data, f32::to_le_bytes).as_flattened()),
            Dtype::F16 => {
                bytes.extend(little_endian(data, |value| f16::from_f32(value).to_le_bytes()).as_flattened());
            }
        }
    }
    Ok(bytes)
}

/// Collected first, because compilers do several numbers at once then.
fn little_endian<const N: usize>(numbers: &[f32], bytes: impl Fn(f32) -> [u8; N]) -> Vec<[u8; N]> {
    numbers.iter().map(|&value| bytes(value)).collect()
}
