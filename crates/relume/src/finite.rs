//! Whether numbers are finite.

/// The position of the first number that is NaN or infinite.
pub(crate) fn first_not_finite(numbers: &[f32]) -> Option<usize> {
    // A loop without an early exit can be vectorised. Positions are searched only on failure.
    if numbers.iter().fold(true, |all, number| all & number.is_finite()) {
        return None;
    }
    numbers.iter().position(|number| !number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::first_not_finite;

    #[test]
    fn the_first_is_found_wherever_it_is() {
        assert_eq!(first_not_finite(&[]), None);
        for length in 1..40 {
            let numbers = vec![f32::MAX; length];
            assert_eq!(first_not_finite(&numbers), None);
            for at in 0..length {
                for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    let mut numbers = numbers.clone();
                    numbers[at..].fill(odd);
                    assert_eq!(first_not_finite(&numbers), Some(at));
                }
            }
        }
    }
}
