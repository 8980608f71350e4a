//! Deletion and insertion (Petsiuk, Das, Saenko 2018, arXiv 1806.07421): what becomes of the answer while the pixels that a map calls important
//! are taken away, or given back, the most important first.

use std::ops::Range;

use super::Target;
use super::blur::blurred;
use super::order::ascending;
use crate::backend::read;
use crate::error::{Error, ErrorKind, Result};
use crate::network::Trace;
use crate::splitmix64::mix;

/// The most points of a curve.
const MAX_POINTS: usize = 10_000;
/// What is done to the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// They become 0, the mean of the training pictures. A good map makes the curve fall early.
    Deletion,
    /// They come back into a blurred picture. A good map makes the curve rise early.
    Insertion,
}

/// The answer against the share of pixels that were changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// From 0 to 1.
    pub shares: Vec<f64>,
    /// At each share the probability of the class; the value itself if the target is a unit of another layer, or the network has one class.
    pub values: Vec<f64>,
    /// The area under these points, by trapezoids.
    pub area: f64,
}

impl Trace {
    /// The curve of `target` while pixels change, those with the largest `importance`, `[H, W]`, first; of equal ones the first in row order.
    ///
    /// ```
    /// use relume::{Backend, Change, Network, ReluRule, Target, importance, zoo};
    ///
    /// let device = Backend::Flex.device()?;
    /// let network = Network::new(zoo::seeded("all-cnn-c", 1)?, &device)?;
    /// let trace = network.forward(network.input(vec![0.5; 3 * 32 * 32], &device)?)?;
    /// let map = trace.backward(&Target::top(), ReluRule::Guided)?.read()?;
    /// let curve = trace.curve(&Target::top(), &importance(&map.data, 32 * 32)?, Change::Deletion, 8)?;
    /// assert_eq!((curve.shares.len(), curve.shares[8]), (9, 1.0));
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`backward`](Self::backward); `invalid-option` for no points or more than 10 000, `shape-mismatch` for another number of pixels.
    pub fn curve(&self, target: &Target, importance: &[f32], change: Change, points: usize) -> Result<Curve> {
        self.curve_part(target, importance, change, points, 0..points.saturating_add(1))
    }

    /// Only some of the curve's `points + 1` places, `part`, so that several workers can share them.
    ///
    /// # Errors
    /// As [`curve`](Self::curve); `invalid-option` if there are no such places.
    pub fn curve_part(
        &self,
        target: &Target,
        importance: &[f32],
        change: Change,
        points: usize,
        part: Range<usize>,
    ) -> Result<Curve> {
        let (picture, [_, channels, height, width]) = read(self.picture().clone())?;
        let plane = height * width;
        if !(1..=MAX_POINTS).contains(&points) {
            let message = format!("a curve has 1 to {MAX_POINTS} points, not {points}");
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        if part.start >= part.end || part.end > points + 1 {
            let message = format!("of a curve's {} places {part:?} cannot be computed", points + 1);
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        if importance.len() != plane {
            let message = format!(
                "the importance has {} numbers for {height} × {width} pixels",
                importance.len()
            );
            return Err(Error::new(ErrorKind::ShapeMismatch, message));
        }
        let unit = self.explained_unit(target)?;
        let target = Target::unit(unit.layer, unit.channel).at(unit.at.0, unit.at.1);
        let unimportance: Vec<f32> = importance.iter().map(|value| -value).collect();
        let order = ascending(&unimportance);
        let (mut shown, replacement) = match change {
            Change::Deletion => (picture.clone(), vec![0.0; picture.len()]),
            Change::Insertion => (blurred(&picture, [channels, height, width]), picture),
        };
        let device = self.picture().device();
        let mut curve = Curve {
            shares: Vec::with_capacity(part.len()),
            values: Vec::with_capacity(part.len()),
            area: 0.0,
        };
        let mut changed = 0;
        for point in part {
            // In 64 bits also where a machine counts in 32.
            let until = (plane as u64 * point as u64 / points as u64) as usize;
            for &pixel in &order[changed..until] {
                for channel in 0..channels {
                    shown[channel * plane + pixel] = replacement[channel * plane + pixel];
                }
            }
            changed = until;
            let run = self.network().forward(self.network().input(shown.clone(), &device)?)?;
            curve.shares.push(until as f64 / plane as f64);
            curve.values.push(run.answer(&target)?);
        }
        let pairs = curve.shares.windows(2).zip(curve.values.windows(2));
        curve.area = pairs
            .map(|(share, value)| (share[1] - share[0]) * f64::midpoint(value[0], value[1]))
            .sum();
        Ok(curve)
    }

    /// The probability of the target's class; of a unit that is no class, and of the only one, its value.
    pub(super) fn answer(&self, target: &Target) -> Result<f64> {
        let unit = self.explained_unit(target)?;
        let scores = self.scores()?;
        // Of one class the probability is always 1.
        if unit.layer != self.network().logits_layer() || scores.len() == 1 {
            return Ok(f64::from(unit.value));
        }
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = scores.iter().map(|&score| f64::from(score - most).exp()).sum();
        Ok(f64::from(unit.value - most).exp() / sum)
    }

    /// How strong the edges are, `[H, W]`: the length of Sobel's gradient of the mean of the channels. It knows nothing of the network: a map
    /// that does no better explains nothing.
    ///
    /// # Errors
    /// `internal` if the device fails.
    pub fn edges(&self) -> Result<Vec<f32>> {
        let (picture, [_, channels, height, width]) = read(self.picture().clone())?;
        let plane = height * width;
        let grey: Vec<f32> = (0..plane)
            .map(|pixel| {
                (0..channels)
                    .map(|channel| picture[channel * plane + pixel])
                    .sum::<f32>()
                    / channels as f32
            })
            .collect();
        // Beyond the border lies what is at the border.
        let at = |y: usize, x: usize, dy: usize, dx: usize| {
            let [y, x] = [(y + dy, height), (x + dx, width)].map(|(place, side)| place.saturating_sub(1).min(side - 1));
            grey[y * width + x]
        };
        let edge = |pixel: usize| {
            let (y, x) = (pixel / width, pixel % width);
            let across = [0, 1, 2].map(|d| at(y, x, d, 2) - at(y, x, d, 0));
            let down = [0, 1, 2].map(|d| at(y, x, 2, d) - at(y, x, 0, d));
            let slope = |[first, middle, last]: [f32; 3]| first + 2.0 * middle + last;
            slope(across).hypot(slope(down))
        };
        Ok((0..plane).map(edge).collect())
    }
}

/// How important a map calls each of the picture's `pixels`: the sum of its channels' magnitudes, for a map `[C, H, W]` of `pixels` = H · W.
///
/// # Errors
/// `shape-mismatch` if the map has not one or more numbers for each pixel.
pub fn importance(map: &[f32], pixels: usize) -> Result<Vec<f32>> {
    if pixels == 0 || map.is_empty() || !map.len().is_multiple_of(pixels) {
        let message = format!(
            "a map has one or more numbers for each of the {pixels} pixels, not {} in all",
            map.len()
        );
        return Err(Error::new(ErrorKind::ShapeMismatch, message));
    }
    let mut sums = vec![0.0; pixels];
    for channel in map.chunks(pixels) {
        for (sum, value) in sums.iter_mut().zip(channel) {
            *sum += value.abs();
        }
    }
    Ok(sums)
}

/// Pixels in an order that means nothing, the same for the same seed on every machine.
#[must_use]
pub fn random_importance(pixels: usize, seed: u64) -> Vec<f32> {
    let number = |pixel: usize| (mix(mix(seed).wrapping_add(pixel as u64)) >> 40) as f32;
    (0..pixels).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_by_chance_is_the_same_for_the_same_seed() {
        assert_eq!(random_importance(100, 3), random_importance(100, 3));
        assert_ne!(random_importance(100, 3), random_importance(100, 4));
    }
}
