//! The number formats of PyTorch's storages.

use half::{bf16, f16};

/// A number format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Number {
    F64,
    F32,
    F16,
    Bf16,
    /// Integers, truth values, complex and quantised numbers, of so many bytes: passed over.
    Other(usize),
}

impl Number {
    /// The format of a storage by the name of its class.
    pub(crate) fn of_storage(class: &str) -> Option<Self> {
        Some(match class {
            "DoubleStorage" => Self::F64,
            "FloatStorage" => Self::F32,
            "HalfStorage" => Self::F16,
            "BFloat16Storage" => Self::Bf16,
            "ComplexDoubleStorage" => Self::Other(16),
            "LongStorage" | "ComplexFloatStorage" => Self::Other(8),
            "IntStorage" | "QInt32Storage" => Self::Other(4),
            "ShortStorage" => Self::Other(2),
            "CharStorage" | "ByteStorage" | "BoolStorage" | "QInt8Storage" | "QUInt8Storage" | "UntypedStorage" => {
                Self::Other(1)
            }
            _ => return None,
        })
    }

    /// How many bytes a number has.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Other(bytes) => bytes,
        }
    }

    pub(crate) const fn is_float(self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// The numbers at `places` of a storage, little-endian, in single precision; what is beyond its range becomes an infinity.
    /// Integers give nothing.
    pub(crate) fn widen(self, storage: &[u8], places: Places<'_>) -> Vec<f32> {
        match self {
            Self::F64 => each(storage, places, |number| f64::from_le_bytes(number) as f32),
            Self::F32 => each(storage, places, f32::from_le_bytes),
            Self::F16 => each(storage, places, |number| f16::from_le_bytes(number).to_f32()),
            Self::Bf16 => each(storage, places, |number| bf16::from_le_bytes(number).to_f32()),
            Self::Other(_) => Vec::new(),
        }
    }
}

/// Where the numbers of a tensor lie in its storage, counted in numbers: `offset` is the first, and one step along an axis is its
/// stride further. All of them lie within the storage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'t> {
    pub(crate) offset: usize,
    pub(crate) shape: &'t [usize],
    pub(crate) strides: &'t [usize],
}

impl Places<'_> {
    /// How many there are.
    pub(crate) fn count(self) -> usize {
        self.shape.iter().product()
    }

    /// Whether they follow each other in row-major order.
    fn are_in_rows(self) -> bool {
        let mut step = 1;
        self.shape.iter().zip(self.strides).rev().all(|(&size, &stride)| {
            let fits = size == 1 || stride == step;
            step *= size;
            fits
        })
    }
}

fn each<const N: usize>(storage: &[u8], places: Places<'_>, number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (stored, _) = storage.as_chunks::<N>();
    let from_first = stored.get(places.offset..).unwrap_or_default();
    let count = places.count();
    if places.are_in_rows() {
        return from_first.iter().take(count).map(|&bytes| number(bytes)).collect();
    }
    let mut index = vec![0; places.shape.len()];
    let mut at = 0;
    let mut numbers = Vec::with_capacity(count);
    while numbers.len() < count {
        numbers.push(from_first.get(at).map_or(0.0, |&bytes| number(bytes)));
        let axes = index.iter_mut().zip(places.shape.iter().zip(places.strides));
        for (index, (&size, &stride)) in axes.rev() {
            *index += 1;
            at += stride;
            if *index < size {
                break;
            }
            at -= *index * stride;
            *index = 0;
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widened(offset: usize, shape: &[usize], strides: &[usize]) -> Vec<f32> {
        let storage: Vec<u8> = (0..12_u8).flat_map(|n| f32::from(n).to_le_bytes()).collect();
        let places = Places { offset, shape, strides };
        Number::F32.widen(&storage, places)
    }

    #[test]
    fn strides_are_followed() {
        assert_eq!(widened(0, &[2, 3], &[3, 1]), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        // The transpose of it.
        assert_eq!(widened(0, &[3, 2], &[1, 3]), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        // Every second column of the second row of 2 × 6.
        assert_eq!(widened(6, &[1, 3], &[6, 2]), [6.0, 8.0, 10.0]);
        // One number, expanded; a number without an axis; none at all.
        assert_eq!(widened(5, &[2, 2], &[0, 0]), [5.0; 4]);
        assert_eq!(widened(7, &[], &[]), [7.0]);
        assert!(widened(7, &[0, 4], &[4, 1]).is_empty());
        // PyTorch leaves the stride of an axis of size 1 as it happens to be.
        assert_eq!(widened(4, &[1, 2], &[77, 1]), [4.0, 5.0]);
    }

    #[test]
    fn formats_are_widened() {
        let places = Places {
            offset: 1,
            shape: &[1],
            strides: &[1],
        };
        for (number, bytes) in [
            (Number::F64, [0.0, -1.5_f64].map(f64::to_le_bytes).concat()),
            (
                Number::F16,
                [0.0, -1.5].map(|n| f16::from_f32(n).to_le_bytes()).concat(),
            ),
            (
                Number::Bf16,
                [0.0, -1.5].map(|n| bf16::from_f32(n).to_le_bytes()).concat(),
            ),
        ] {
            assert_eq!(number.widen(&bytes, places), [-1.5], "{number:?}");
        }
        assert!(Number::Other(8).widen(&[0; 16], places).is_empty());
    }
}
