//! Random numbers by a formula, the same on every machine and in every language: splitmix64's finaliser (Steele, Lea, Flood
//! 2014).

/// The number in [−1, 1) at `position`.
#[must_use]
pub fn uniform(position: u64) -> f32 {
    (mix(position) >> 40) as f32 / 8_388_608.0 - 1.0
}

/// The finaliser itself: every bit of the result depends on every bit of `position`.
#[must_use]
#[inline]
pub fn mix(position: u64) -> u64 {
    let z = position.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::uniform;

    #[test]
    fn the_first_numbers_are_splitmix64s() {
        // splitmix64 from state 0 and 1 gives e220a8397b1dcdaf and 910a2dec89025cc1 (the generator's published outputs).
        assert_eq!(uniform(0), (0x00e2_20a8 as f32) / 8_388_608.0 - 1.0);
        assert_eq!(uniform(1), (0x0091_0a2d as f32) / 8_388_608.0 - 1.0);
    }
}
