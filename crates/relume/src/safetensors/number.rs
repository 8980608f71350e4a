//! The number formats of safetensors files.

/// A number format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    non_camel_case_types,
    clippy::upper_case_acronyms,
    reason = "the names of the file format, which errors show"
)]
pub(super) enum Number {
    F64,
    F32,
    F16,
    BF16,
    I64,
    U64,
    I32,
    U32,
    I16,
    U16,
    I8,
    U8,
    BOOL,
}

impl Number {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "F64" => Self::F64,
            "F32" => Self::F32,
            "F16" => Self::F16,
            "BF16" => Self::BF16,
            "I64" => Self::I64,
            "U64" => Self::U64,
            "I32" => Self::I32,
            "U32" => Self::U32,
            "I16" => Self::I16,
            "U16" => Self::U16,
            "I8" => Self::I8,
            "U8" => Self::U8,
            "BOOL" => Self::BOOL,
            _ => return None,
        })
    }

    pub(super) const fn bytes(self) -> u64 {
        match self {
            Self::F64 | Self::I64 | Self::U64 => 8,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F16 | Self::BF16 | Self::I16 | Self::U16 => 2,
            Self::I8 | Self::U8 | Self::BOOL => 1,
        }
    }

    pub(super) const fn is_float(self) -> bool {
        matches!(self, Self::F64 | Self::F32 | Self::F16 | Self::BF16)
    }

    /// Little-endian numbers in single precision; `None` for integers. What is beyond its range becomes an infinity.
    pub(super) fn widen(self, bytes: &[u8]) -> Option<Vec<f32>> {
        Some(match self {
            Self::F64 => each(bytes, |number| f64::from_le_bytes(number) as f32),
            Self::F32 => each(bytes, f32::from_le_bytes),
            Self::F16 => each(bytes, |number| widened(u16::from_le_bytes(number))),
            Self::BF16 => each(bytes, |number| {
                f32::from_bits(u32::from(u16::from_le_bytes(number)) << 16)
            }),
            _ => return None,
        })
    }
}

fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&bytes| number(bytes)).collect()
}

/// A half-precision number, without a branch, so that compilers do several at once: a model has millions, and nothing can
/// be seen before they are read.
fn widened(half: u16) -> f32 {
    // With the bits where an f32 has them the exponent is too small by the difference of the biases, for tiny numbers too.
    const BIASES: f32 = f32::from_bits((127 + 127 - 15) << 23);
    let magnitude = f32::from_bits(u32::from(half & 0x7fff) << 13) * BIASES;
    let all_ones = 0x7c00;
    let infinite_or_nan = if half & all_ones == all_ones { 0x7f80_0000 } else { 0 };
    f32::from_bits(magnitude.to_bits() | infinite_or_nan | u32::from(half & 0x8000) << 16)
}

#[cfg(test)]
mod tests {
    use half::{bf16, f16};

    use super::{Number, widened};

    #[test]
    fn every_half_is_widened_exactly() {
        for bits in 0..=u16::MAX {
            let (ours, wanted) = (widened(bits), f16::from_bits(bits).to_f32());
            assert!(
                ours.to_bits() == wanted.to_bits() || (ours.is_nan() && wanted.is_nan()),
                "{bits:#06x}"
            );
        }
    }

    #[test]
    fn numbers_of_other_formats_are_those_of_the_half_crate() {
        let numbers = [0.0, -1.5, 1e-3, 3e38, -2e-40];
        let double: Vec<u8> = numbers
            .iter()
            .flat_map(|&number| f64::from(number).to_le_bytes())
            .collect();
        assert_eq!(Number::F64.widen(&double).as_deref(), Some(&numbers[..]));
        let brain = numbers.map(bf16::from_f32);
        let bytes: Vec<u8> = brain.iter().flat_map(|number| number.to_le_bytes()).collect();
        assert_eq!(Number::BF16.widen(&bytes), Some(brain.map(bf16::to_f32).to_vec()));
        assert_eq!(Number::I64.widen(&[0; 8]), None);
        assert_eq!(Number::parse("BF16"), Some(Number::BF16));
        assert_eq!(Number::parse("F8_E4M3"), None);
    }
}
