//! How alike two maps of one picture are, by the measures of Adebayo and others 2018 (arXiv 1810.03292).

use serde::Serialize;

use super::{rank_correlation, structural_similarity};
use crate::error::{Error, ErrorKind, Result};

/// How alike two maps are; 1 in each if they are the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MapSimilarity {
    /// Spearman's rank correlation of the sums of the channels, −1 to 1.
    pub rank_correlation: f64,
    /// The same of the sums of the channels' magnitudes: which way a pixel counts does not matter there.
    pub rank_correlation_of_magnitudes: f64,
    /// The structural similarity of the sums of the channels' magnitudes, each divided by its largest; −1 to 1.
    pub structural_similarity: f64,
}

/// Compares two maps `[C, H, W]`. Nothing if a map, or the sums of its channels, are the same number everywhere: that has no order.
///
/// ```
/// let map = [0.5, -1.0, 0.25, 0.0];
/// let same = relume::compare_maps(&map, &map, [1, 2, 2])?;
/// assert_eq!(same.map(|found| found.rank_correlation), Some(1.0));
/// assert_eq!(relume::compare_maps(&map, &[0.0; 4], [1, 2, 2])?, None);
/// # Ok::<(), relume::Error>(())
/// ```
///
/// # Errors
/// `shape-mismatch` if a map has not as many numbers as `shape` says, or none; `not-finite` if one of them is NaN or infinite.
pub fn compare_maps(a: &[f32], b: &[f32], shape: [usize; 3]) -> Result<Option<MapSimilarity>> {
    let [channels, height, width] = shape;
    let wanted = channels.checked_mul(height).and_then(|rows| rows.checked_mul(width));
    for map in [a, b] {
        if map.is_empty() || Some(map.len()) != wanted {
            let message = format!(
                "a map of shape {shape:?} cannot have {} numbers: two maps of one shape are compared",
                map.len()
            );
            return Err(Error::new(ErrorKind::ShapeMismatch, message));
        }
        if map.iter().any(|value| !value.is_finite()) {
            let message = "a map that is compared has a number that is NaN or infinite";
            return Err(Error::new(ErrorKind::NotFinite, message));
        }
    }
    let pixels = height * width;
    let [signed_a, signed_b] = [a, b].map(|map| channel_sums(map, pixels, |value| value));
    let [magnitudes_a, magnitudes_b] = [a, b].map(|map| of_largest(channel_sums(map, pixels, f32::abs)));
    let found = MapSimilarity {
        rank_correlation: rank_correlation(&signed_a, &signed_b),
        rank_correlation_of_magnitudes: rank_correlation(&magnitudes_a, &magnitudes_b),
        structural_similarity: structural_similarity(&magnitudes_a, &magnitudes_b, [height, width], 1.0),
    };
    let numbers = [
        found.rank_correlation,
        found.rank_correlation_of_magnitudes,
        found.structural_similarity,
    ];
    Ok(numbers.iter().all(|value| value.is_finite()).then_some(found))
}

fn channel_sums(map: &[f32], pixels: usize, value: fn(f32) -> f32) -> Vec<f32> {
    let mut sums = vec![0.0; pixels];
    for channel in map.chunks(pixels) {
        for (sum, each) in sums.iter_mut().zip(channel) {
            *sum += value(*each);
        }
    }
    sums
}

fn of_largest(mut plane: Vec<f32>) -> Vec<f32> {
    let most = plane.iter().copied().fold(0.0, f32::max);
    plane.iter_mut().for_each(|value| *value /= most);
    plane
}
