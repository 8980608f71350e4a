//! `TensorProto`: a constant as it lies in the file. Its numbers are read when they are asked for, not before.

use half::{bf16, f16};
use relume::Result;

use super::model::limited;
use crate::error::{invalid, shortened, unsupported};
use crate::protobuf::{Fields, floats, ints};

/// The most dimensions of a constant.
const MAX_DIMENSIONS: usize = 8;

/// A constant: its name, its shape, and where its numbers lie.
#[derive(Debug, Clone)]
pub(crate) struct Tensor<'a> {
    pub(crate) name: &'a str,
    pub(crate) dims: Vec<usize>,
    pub(crate) element: ElementType,
    /// The whole message, which is looked through for numbers.
    message: &'a [u8],
    raw: Option<&'a [u8]>,
}

/// A number format, by ONNX's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ElementType {
    Float,
    Uint8,
    Int8,
    Uint16,
    Int16,
    Int32,
    Int64,
    Bool,
    Float16,
    Double,
    Uint32,
    Uint64,
    Bfloat16,
    /// Text, complex numbers, and formats of four or eight bits.
    Other(i64),
}

impl ElementType {
    pub(crate) const fn of(number: i64) -> Self {
        match number {
            1 => Self::Float,
            2 => Self::Uint8,
            3 => Self::Int8,
            4 => Self::Uint16,
            5 => Self::Int16,
            6 => Self::Int32,
            7 => Self::Int64,
            9 => Self::Bool,
            10 => Self::Float16,
            11 => Self::Double,
            12 => Self::Uint32,
            13 => Self::Uint64,
            16 => Self::Bfloat16,
            other => Self::Other(other),
        }
    }

    pub(crate) const fn is_float(self) -> bool {
        matches!(self, Self::Float | Self::Float16 | Self::Double | Self::Bfloat16)
    }

    /// The bytes of one number in `raw_data`.
    const fn bytes(self) -> Option<usize> {
        Some(match self {
            Self::Uint8 | Self::Int8 | Self::Bool => 1,
            Self::Uint16 | Self::Int16 | Self::Float16 | Self::Bfloat16 => 2,
            Self::Float | Self::Int32 | Self::Uint32 => 4,
            Self::Int64 | Self::Double | Self::Uint64 => 8,
            Self::Other(_) => return None,
        })
    }
}

impl<'a> Tensor<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Result<Self> {
        let mut tensor = Self {
            name: "",
            dims: Vec::new(),
            element: ElementType::Other(0),
            message,
            raw: None,
        };
        let mut place = None;
        let mut external = false;
        for field in Fields::new(message) {
            match field? {
                (1, dims) => ints(dims, |side| {
                    let side =
                        usize::try_from(side).map_err(|_| invalid(format!("a constant has a side of {side}")))?;
                    limited(&mut tensor.dims, side, MAX_DIMENSIONS, "dimensions in a constant")
                })?,
                (2, element) => tensor.element = ElementType::of(element.int()?),
                (8, name) => tensor.name = name.text()?,
                (9, raw) => tensor.raw = Some(raw.bytes()?),
                (13, entry) => {
                    external = true;
                    place = place.or(location(entry.bytes()?)?);
                }
                (14, where_it_lies) => external |= where_it_lies.int()? == 1,
                _ => {}
            }
        }
        if external {
            return Err(invalid(format!(
                "the numbers of `{}` lie in another file{}, and relume reads one file: export with external_data=False, or save it \
                 anew with onnx.save_model(onnx.load(PATH), OUT)",
                shortened(tensor.name),
                place
                    .map(|place| format!(", `{}`", shortened(place)))
                    .unwrap_or_default()
            )));
        }
        Ok(tensor)
    }

    /// How many numbers its shape asks for.
    pub(crate) fn count(&self) -> Result<usize> {
        let count = self
            .dims
            .iter()
            .try_fold(1_usize, |product, &side| product.checked_mul(side));
        count.ok_or_else(|| {
            invalid(format!(
                "the shape {:?} of `{}` is beyond every limit",
                self.dims,
                shortened(self.name)
            ))
        })
    }

    /// How long its message is.
    pub(crate) const fn message_bytes(&self) -> usize {
        self.message.len()
    }

    /// Its numbers in single precision; integers too.
    pub(crate) fn floats(&self) -> Result<Vec<f32>> {
        match self.element {
            ElementType::Float => self.numbers(4, f32::from_le_bytes),
            ElementType::Double => self.numbers(10, |bytes| f64::from_le_bytes(bytes) as f32),
            ElementType::Float16 => self.halves(|bits| f16::from_bits(bits).to_f32()),
            ElementType::Bfloat16 => self.halves(|bits| bf16::from_bits(bits).to_f32()),
            _ => Ok(self.ints()?.into_iter().map(|number| number as f32).collect()),
        }
    }

    /// Its integers.
    pub(crate) fn ints(&self) -> Result<Vec<i64>> {
        match self.element {
            ElementType::Int64 | ElementType::Uint64 | ElementType::Uint32 => self.integers(|bytes| match *bytes {
                [a, b, c, d] => u32::from_le_bytes([a, b, c, d]).into(),
                _ => bytes.try_into().map_or(0, i64::from_le_bytes),
            }),
            ElementType::Int32 => self.integers(|bytes| bytes.try_into().map_or(0, i32::from_le_bytes).into()),
            ElementType::Int16 => self.integers(|bytes| bytes.try_into().map_or(0, i16::from_le_bytes).into()),
            ElementType::Uint16 => self.integers(|bytes| bytes.try_into().map_or(0, u16::from_le_bytes).into()),
            ElementType::Int8 => self.integers(|bytes| bytes.try_into().map_or(0, i8::from_le_bytes).into()),
            ElementType::Uint8 | ElementType::Bool => {
                self.integers(|bytes| bytes.first().copied().unwrap_or_default().into())
            }
            ElementType::Other(number) => Err(unsupported(format!(
                "the constant `{}` holds numbers of ONNX's type {number}; relume reads floats of 16, 32 and 64 bits, bfloat16, and \
                 integers of 8 to 64 bits",
                shortened(self.name)
            ))),
            _ => Err(invalid(format!(
                "the constant `{}` holds no integers",
                shortened(self.name)
            ))),
        }
    }

    /// Numbers of `N` bytes: raw, or those of field `typed`.
    fn numbers<const N: usize>(&self, typed: u64, number: impl Fn([u8; N]) -> f32) -> Result<Vec<f32>> {
        let count = self.count()?;
        if let Some(raw) = self.raw {
            self.check_raw(raw, count, N)?;
            return Ok(raw.as_chunks().0.iter().map(|&bytes| number(bytes)).collect());
        }
        let mut found = Vec::new();
        for field in Fields::new(self.message) {
            match field? {
                (at, value) if at == typed => floats(value, |bytes| self.push(&mut found, number(bytes), count))?,
                _ => {}
            }
        }
        self.complete(found, count)
    }

    /// Numbers of 16 bits: raw, or each in an `int32_data`.
    fn halves(&self, number: impl Fn(u16) -> f32) -> Result<Vec<f32>> {
        if self.raw.is_some() {
            return self.numbers(0, |bytes| number(u16::from_le_bytes(bytes)));
        }
        let bits = self.integers(|_| 0)?;
        bits.into_iter()
            .map(|bits| match u16::try_from(bits) {
                Ok(bits) => Ok(number(bits)),
                Err(_) => Err(self.fault("holds more than 16 bits in one number")),
            })
            .collect()
    }

    /// Integers: raw, or those of the field for their type.
    fn integers(&self, raw_number: impl Fn(&[u8]) -> i64) -> Result<Vec<i64>> {
        let count = self.count()?;
        if let (Some(raw), Some(size)) = (self.raw, self.element.bytes()) {
            self.check_raw(raw, count, size)?;
            return Ok(raw.chunks_exact(size).map(raw_number).collect());
        }
        let typed = match self.element {
            ElementType::Int64 => 7,
            ElementType::Uint32 | ElementType::Uint64 => 11,
            _ => 5,
        };
        let mut found = Vec::new();
        for field in Fields::new(self.message) {
            match field? {
                (at, value) if at == typed => ints(value, |int| self.push(&mut found, int, count))?,
                _ => {}
            }
        }
        self.complete(found, count)
    }

    fn check_raw(&self, raw: &[u8], count: usize, size: usize) -> Result<()> {
        match count.checked_mul(size) {
            Some(bytes) if bytes == raw.len() => Ok(()),
            _ => Err(self.fault(&format!("has {} bytes for {count} numbers of {size} bytes", raw.len()))),
        }
    }

    fn push<T>(&self, found: &mut Vec<T>, number: T, count: usize) -> Result<()> {
        if found.len() >= count {
            return Err(self.fault(&format!("holds more than the {count} numbers of its shape")));
        }
        found.push(number);
        Ok(())
    }

    fn complete<T>(&self, found: Vec<T>, count: usize) -> Result<Vec<T>> {
        if found.len() == count {
            Ok(found)
        } else {
            Err(self.fault(&format!("holds {} numbers, its shape {count}", found.len())))
        }
    }

    fn fault(&self, what: &str) -> relume::Error {
        invalid(format!(
            "the constant `{}` of shape {:?} {what}",
            shortened(self.name),
            self.dims
        ))
    }
}

/// The file that an entry of `external_data` names.
fn location(entry: &[u8]) -> Result<Option<&str>> {
    let (mut key, mut value) = ("", "");
    for field in Fields::new(entry) {
        match field? {
            (1, text) => key = text.text()?,
            (2, text) => value = text.text()?,
            _ => {}
        }
    }
    Ok((key == "location").then_some(value))
}
