//! How alike two maps are.

use super::order::ascending;

/// Spearman's rank correlation of two lists of one length: that of their ranks, equal numbers sharing the mean of theirs. 1: the same order; −1: the
/// reverse; NaN if one of them has no order, all its numbers being equal.
///
/// ```
/// use relume::rank_correlation;
///
/// assert_eq!(rank_correlation(&[1.0, 2.0, 30.0], &[-3.0, 0.0, 0.5]), 1.0);
/// ```
#[must_use]
pub fn rank_correlation(a: &[f32], b: &[f32]) -> f64 {
    let [a, b] = [a, b].map(ranks);
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

fn ranks(numbers: &[f32]) -> Vec<f64> {
    let order = ascending(numbers);
    // 0 and −0 are equal.
    let value = |index: usize| numbers[index] + 0.0;
    let mut ranks = vec![0.0; numbers.len()];
    let mut first = 0;
    while first < order.len() {
        let equal = order[first..]
            .iter()
            .take_while(|&&index| value(index) == value(order[first]))
            .count()
            .max(1);
        for &index in &order[first..first + equal] {
            ranks[index] = first as f64 + (equal as f64 + 1.0) / 2.0;
        }
        first += equal;
    }
    ranks
}

/// The side of the window over which structures are compared, and the deviation of its weights.
const WINDOW: usize = 11;
const DEVIATION: f64 = 1.5;

/// The structural similarity of two planes, `[height, width]`, whose numbers span `range` (Wang, Bovik, Sheikh, Simoncelli 2004): the mean over
/// all places of Gaussian windows of 11 × 11, as large as fit where a plane is smaller. 1: the same.
#[must_use]
pub fn structural_similarity(a: &[f32], b: &[f32], [height, width]: [usize; 2], range: f64) -> f64 {
    let [rows, columns] = [height, width].map(|side| weights(side.min(WINDOW)));
    let (c1, c2) = ((0.01 * range).powi(2), (0.03 * range).powi(2));
    let (mut sum, mut places) = (0.0, 0.0);
    // The window's weights are products of one for the row and one for the column, so its sums are taken down first, then across.
    let mut down = [(); MOMENTS].map(|()| vec![0.0; width]);
    for top in 0..=height - rows.len() {
        down.iter_mut().for_each(|sums| sums.fill(0.0));
        for (weight, y) in rows.iter().zip(top..) {
            let [a, b] = [a, b].map(|plane| &plane[y * width..][..width]);
            for (at, (&a, &b)) in a.iter().zip(b).enumerate() {
                for (sums, value) in down.iter_mut().zip(moments(a, b)) {
                    sums[at] += weight * value;
                }
            }
        }
        for left in 0..=width - columns.len() {
            let [a, b, aa, bb, ab] = [0, 1, 2, 3, 4].map(|moment: usize| {
                let sums = &down[moment][left..];
                columns.iter().zip(sums).map(|(weight, sum)| weight * sum).sum::<f64>()
            });
            sum += (2.0 * a * b + c1) * (2.0 * (ab - a * b) + c2)
                / ((a * a + b * b + c1) * (aa - a * a + bb - b * b + c2));
            places += 1.0;
        }
    }
    sum / places
}

/// How many numbers [`moments`] gives.
const MOMENTS: usize = 5;

/// What the means, variances and covariance of two planes are made of.
fn moments(a: f32, b: f32) -> [f64; MOMENTS] {
    let [a, b] = [a, b].map(f64::from);
    [a, b, a * a, b * b, a * b]
}

fn weights(side: usize) -> Vec<f64> {
    let middle = (side as f64 - 1.0) / 2.0;
    let weights: Vec<f64> = (0..side)
        .map(|at| (-0.5 * ((at as f64 - middle) / DEVIATION).powi(2)).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_share_their_rank() {
        // The ranks are 2, 3.5, 3.5, 5, 1 and 3, 4.5, 4.5, 2, 1, so it is 3.5 / 9.5.
        let found = rank_correlation(&[1.0, 2.0, 2.0, 3.0, 0.0], &[4.0, 5.0, 5.0, 1.0, 0.0]);
        assert!((found - 3.5 / 9.5).abs() < 1e-12, "{found}");
        assert!(rank_correlation(&[1.0, 1.0], &[0.0, 2.0]).is_nan());
        assert!((rank_correlation(&[-0.0, 0.0, 1.0], &[5.0, 5.0, 6.0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn structures_are_compared_as_wang_and_others_do() {
        let plane = |slope: f64, start: f64| -> Vec<f32> {
            (0..20 * 17)
                .map(|at| (slope * f64::from(at) + start).sin() as f32)
                .collect()
        };
        let (a, b) = (plane(0.37, 0.0), plane(0.29, 1.0));
        assert!((structural_similarity(&a, &a, [20, 17], 2.0) - 1.0).abs() < 1e-12);
        // By PyTorch's convolutions, in 64 bits.
        assert!((structural_similarity(&a, &b, [20, 17], 2.0) - 0.001_829_319_752_434_682_7).abs() < 1e-6);
        assert!((structural_similarity(&a[..9], &a[..9], [3, 3], 2.0) - 1.0).abs() < 1e-12);
    }
}
