//! A blurred picture, in which nothing small is left.

/// The standard deviation of the blur, in pixels of a picture with this side.
const BLUR: f64 = 5.0;
const BLUR_SIDE: f64 = 224.0;

/// Blurred so much that nothing small is left.
pub(super) fn blurred(picture: &[f32], shape @ [_, height, width]: [usize; 3]) -> Vec<f32> {
    gaussian(picture, shape, BLUR * height.min(width) as f64 / BLUR_SIDE)
}

/// Blurred by a Gaussian of this standard deviation, above 0, in pixels, down and across; beyond the border lies what is at the border.
pub(super) fn gaussian(picture: &[f32], [_, height, width]: [usize; 3], deviation: f64) -> Vec<f32> {
    let reach = (2.0 * deviation).ceil() as usize;
    let weights: Vec<f64> = (0..=2 * reach)
        .map(|tap| (-0.5 * ((tap as f64 - reach as f64) / deviation).powi(2)).exp())
        .collect();
    let all: f64 = weights.iter().sum();
    let mut sums = vec![0.0; width];
    let mut row_blurred = |parts: &mut dyn Iterator<Item = (f64, &[f32])>, into: &mut [f32]| {
        sums.fill(0.0);
        for (weight, part) in parts {
            for (sum, &value) in sums.iter_mut().zip(part) {
                *sum += weight * f64::from(value);
            }
        }
        for (into, sum) in into.iter_mut().zip(&sums) {
            *into = (sum / all) as f32;
        }
    };

    let mut across = vec![0.0; picture.len()];
    let mut extended = vec![0.0; width + 2 * reach];
    for (row, into) in picture.chunks(width).zip(across.chunks_mut(width)) {
        for (at, value) in extended.iter_mut().enumerate() {
            *value = row[at.saturating_sub(reach).min(width - 1)];
        }
        let shifted = weights
            .iter()
            .enumerate()
            .map(|(tap, &weight)| (weight, &extended[tap..tap + width]));
        row_blurred(&mut { shifted }, into);
    }
    let mut down = vec![0.0; picture.len()];
    for (plane, into) in across.chunks(height * width).zip(down.chunks_mut(height * width)) {
        for (y, into) in into.chunks_mut(width).enumerate() {
            let rows = weights.iter().enumerate().map(|(tap, &weight)| {
                let there = (y + tap).saturating_sub(reach).min(height - 1);
                (weight, &plane[there * width..][..width])
            });
            row_blurred(&mut { rows }, into);
        }
    }
    down
}

#[cfg(test)]
mod tests {
    use super::blurred;

    #[test]
    fn a_blur_keeps_what_is_even_and_spreads_what_is_not() {
        assert!(
            blurred(&[0.5; 3 * 20 * 30], [3, 20, 30])
                .iter()
                .all(|value| (value - 0.5).abs() < 1e-6)
        );
        let mut point = vec![0.0; 200 * 200];
        point[100 * 200 + 100] = 1.0;
        let spread = blurred(&point, [1, 200, 200]);
        let sum: f32 = spread.iter().sum();
        assert!((sum - 1.0).abs() < 1e-4 && spread[100 * 200 + 100] < 0.02 && spread[100 * 200 + 103] > 0.0);
        assert!((spread[97 * 200 + 100] - spread[100 * 200 + 97]).abs() < 1e-7);
    }
}
