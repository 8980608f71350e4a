//! Weak localisation (Simonyan, Vedaldi, Zisserman 2013, arXiv 1312.6034, section 3.2): a box around what a map calls important, from a network that
//! never saw a box.
//!
//! As in the paper a pixel counts by the largest magnitude of its channels, and the box is that of the largest connected region. There GraphCut, a
//! segmentation by colour, grows that region from the pixels above the 95 % quantile; here the strengths are blurred, and the region is what lies
//! above a quantile of them. It asks nothing of the picture's colours, so the box is rougher.

use serde::Serialize;

use super::AttributionMap;
use super::blur::blurred;
use crate::error::{Error, ErrorKind, Result};

/// A rectangle of whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BoundingBox {
    /// The column of its leftmost pixels.
    pub left: usize,
    /// The row of its uppermost pixels.
    pub top: usize,
    /// How many columns it has.
    pub width: usize,
    /// How many rows.
    pub height: usize,
}

impl AttributionMap {
    /// The box around the largest connected region of strong pixels, in pixels of the picture as the network saw it; nothing where the map is the same
    /// everywhere. `quantile` is the share of pixels that are not strong, such as 0.8.
    ///
    /// The strengths are blurred by a Gaussian, whose standard deviation is 5 pixels where a side has 224; pixels are connected also across corners.
    ///
    /// ```
    /// use relume::{Backend, Network, ReluRule, Target, zoo};
    ///
    /// let device = Backend::Flex.device()?;
    /// let network = Network::new(zoo::seeded("all-cnn-c", 1)?, &device)?;
    /// let picture = (0..3 * 32 * 32).map(|at| (at as f32).sin()).collect();
    /// let trace = network.forward(network.input(picture, &device)?)?;
    /// let map = trace.backward(&Target::top(), ReluRule::Backprop)?.read()?;
    /// if let Some(found) = map.locate(0.8)? {
    ///     assert!(found.left + found.width <= 32 && found.top + found.height <= 32);
    /// }
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for a quantile that is not between 0 and 1.
    pub fn locate(&self, quantile: f64) -> Result<Option<BoundingBox>> {
        // Written so that NaN fails.
        if !(quantile > 0.0 && quantile < 1.0) {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!("the quantile of a box lies between 0 and 1, not at {quantile}"),
            ));
        }
        let [_, height, width] = self.shape;
        let mut strengths = vec![0.0_f32; height * width];
        for plane in self.data.chunks(height * width) {
            for (strength, value) in strengths.iter_mut().zip(plane) {
                *strength = strength.max(value.abs());
            }
        }
        Ok(strong_region(&blurred(&strengths, [1, height, width]), width, quantile))
    }
}

impl BoundingBox {
    /// The same box in a larger picture, of which the `height` × `width` pixels that the network saw show this rectangle: it is widened to whole
    /// pixels. See `Picture::seen`.
    #[must_use]
    pub fn within(self, [height, width]: [usize; 2], rectangle: BoundingBox) -> Self {
        let scaled = |first: usize, count: usize, side: usize, from: usize, to: usize| {
            // In 64 bits also where a machine counts in 32.
            let [first, end, to, side] = [first, first + count, to, side].map(|number| number as u64);
            let begin = (first * to / side) as usize;
            let end = (end * to).div_ceil(side) as usize;
            (from + begin, end - begin)
        };
        let (left, columns) = scaled(self.left, self.width, width, rectangle.left, rectangle.width);
        let (top, rows) = scaled(self.top, self.height, height, rectangle.top, rectangle.height);
        Self {
            left,
            top,
            width: columns,
            height: rows,
        }
    }
}

/// The box of the largest connected region of pixels stronger than the share `quantile` of all; of equally large ones, the first in row order.
fn strong_region(strengths: &[f32], width: usize, quantile: f64) -> Option<BoundingBox> {
    let mut sorted = strengths.to_vec();
    sorted.sort_by(f32::total_cmp);
    let rank = (quantile * sorted.len() as f64).ceil() as usize;
    let strongest = *sorted.last()?;
    // At least the strongest pixels lie above the limit, unless all are equally strong.
    let below = sorted.iter().rev().copied().find(|&strength| strength < strongest)?;
    let limit = sorted.get(rank.saturating_sub(1)).copied()?.min(below);
    let mut strong: Vec<bool> = strengths.iter().map(|&strength| strength > limit).collect();
    let mut largest: Option<(usize, BoundingBox)> = None;
    for start in 0..strong.len() {
        if strong[start] {
            let (count, found) = take_region(&mut strong, width, start);
            if largest.is_none_or(|(most, _)| count > most) {
                largest = Some((count, found));
            }
        }
    }
    largest.map(|(_, found)| found)
}

/// Takes the region of pixel `start` out of the strong ones: how many pixels it has, and its box.
fn take_region(strong: &mut [bool], width: usize, start: usize) -> (usize, BoundingBox) {
    let height = strong.len() / width;
    let (mut left, mut right, mut top, mut bottom) = (width, 0, height, 0);
    let mut count = 0;
    let mut waiting = vec![start];
    strong[start] = false;
    while let Some(pixel) = waiting.pop() {
        let (y, x) = (pixel / width, pixel % width);
        (left, right) = (left.min(x), right.max(x));
        (top, bottom) = (top.min(y), bottom.max(y));
        count += 1;
        for row in y.saturating_sub(1)..(y + 2).min(height) {
            for column in x.saturating_sub(1)..(x + 2).min(width) {
                let beside = row * width + column;
                if std::mem::take(&mut strong[beside]) {
                    waiting.push(beside);
                }
            }
        }
    }
    let found = BoundingBox {
        left,
        top,
        width: right + 1 - left,
        height: bottom + 1 - top,
    };
    (count, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn rectangle(left: usize, top: usize, width: usize, height: usize) -> BoundingBox {
        BoundingBox {
            left,
            top,
            width,
            height,
        }
    }

    #[test]
    fn the_largest_region_is_boxed_corners_included() {
        #[rustfmt::skip]
        let strengths = [
            9.0, 0.0, 0.0, 0.0, 0.0,
            0.0, 0.0, 0.0, 0.0, 5.0,
            0.0, 0.0, 0.0, 5.0, 0.0,
            8.0, 8.0, 0.0, 0.0, 5.0,
        ];
        // 6 of 20 pixels are above 0.
        assert_eq!(strong_region(&strengths, 5, 0.7), Some(rectangle(3, 1, 2, 3)));
        // The strongest three alone.
        assert_eq!(strong_region(&strengths, 5, 0.85), Some(rectangle(0, 3, 2, 1)));
        assert_eq!(strong_region(&strengths, 5, 0.01), Some(rectangle(3, 1, 2, 3)));
        assert_eq!(strong_region(&[2.0; 20], 5, 0.5), None, "none is stronger than another");
    }

    #[test]
    fn a_box_in_the_whole_picture_covers_what_it_covers_in_the_view() {
        // The view of 10 × 10 shows 25 × 20 pixels, 100 columns and 7 rows inside.
        let seen = rectangle(100, 7, 25, 20);
        let within = |found: BoundingBox| found.within([10, 10], seen);
        assert_eq!(within(rectangle(0, 0, 10, 10)), seen);
        assert_eq!(within(rectangle(2, 3, 4, 1)), rectangle(105, 13, 10, 2));
        // Column 1 is 2.5 to 5: widened to whole pixels.
        assert_eq!(within(rectangle(1, 0, 1, 10)), rectangle(102, 7, 3, 20));
    }
}
