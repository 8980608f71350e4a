//! Numbers in order.

/// The positions of `values`, the smallest value first; of equal ones, as 0 and −0 are, the first position.
pub(super) fn ascending(values: &[f32]) -> Vec<usize> {
    let value = |index: usize| values[index] + 0.0;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
    order
}

#[cfg(test)]
mod tests {
    use super::ascending;

    #[test]
    fn equal_numbers_stay_as_they_were() {
        assert_eq!(ascending(&[2.0, 0.0, -1.0, -0.0, 2.0]), [2, 1, 3, 0, 4]);
    }
}
