//! The number format: the upper half of an f32.

/// The nearest number of 8 bits' precision, ties to even; NaN stays NaN.
#[inline]
pub(super) fn round(value: f32) -> u16 {
    let bits = value.to_bits();
    let rounded = if value.is_nan() {
        // Rounding could carry over and turn the NaN into a number.
        bits | 0x40_0000
    } else {
        bits.wrapping_add(0x7FFF + (bits >> 16 & 1))
    };
    (rounded >> 16) as u16
}

/// Two rounded numbers in one, the first in the lower half.
#[inline]
pub(super) fn pair(first: f32, second: f32) -> u32 {
    u32::from(round(first)) | u32::from(round(second)) << 16
}

/// The same number as f32.
#[inline]
pub(super) fn widen(value: u16) -> f32 {
    f32::from_bits(u32::from(value) << 16)
}

#[cfg(test)]
mod tests {
    use super::{pair, round, widen};

    #[test]
    fn rounds_to_the_nearest_and_to_even() {
        for (value, expected) in [
            (1.0, 1.0),
            (-0.0, -0.0),
            (1.0 + 1.0 / 256.0, 1.0),                // half way, below it is even
            (1.0 + 3.0 / 256.0, 1.0 + 4.0 / 256.0),  // half way, above it is even
            (1.0 + 1.01 / 256.0, 1.0 + 2.0 / 256.0), // beyond the half
            (f32::MAX, f32::INFINITY),
            (f32::NEG_INFINITY, f32::NEG_INFINITY),
        ] {
            assert_eq!(widen(round(value)).to_bits(), f32::to_bits(expected), "{value}");
        }
        for bits in [0x7F80_0001, 0x7FFF_FFFF, 0xFFFF_FFFF, 0xFF80_0001] {
            assert!(widen(round(f32::from_bits(bits))).is_nan(), "{bits:x}");
        }
        assert_eq!(pair(1.0, -2.0), 0xC000_3F80);
    }
}
