//! Weak localisation (Simonyan, Vedaldi, Zisserman 2013, arXiv 1312.6034, section 3.2): a box around what a map calls important, from a network that
//! never saw a box.
//!
//! As in the paper a pixel counts by the largest magnitude of its channels, and the box is that of the largest connected region. There GraphCut, a
//! segmentation by colour, grows that region from the pixels above the 95 % quantile; here the strengths are blurred, and the region is what lies
//! above a quantile of them. It asks nothing of the picture's colours, so the box is rougher.

use serde::{Deserialize, Serialize};

use super::AttributionMap;
use super::blur::blurred;
use crate::error::{Error, ErrorKind, Result};

/// A rectangle of whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// Where a map's largest strong region is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Located {
    /// The box in the picture as the network saw it.
    pub seen: BoundingBox,
    /// The same in the picture of which that was a part, where this part is known.
    pub original: Option<BoundingBox>,
    /// The share of the sum of the map's magnitudes that lies in it, from 0 to 1: the measure of the energy-based pointing game (Wang and others 2020,
    /// arXiv 1910.01279), there of an annotated box and of positive numbers alone.
    pub share: f64,
}

impl AttributionMap {
    /// The box around the largest connected region of strong pixels; nothing where the map is the same everywhere. `quantile` is the share of pixels
    /// that are not strong, such as 0.8; `part` is the rectangle of a picture that the network saw, to have the box in that picture too: see
    /// `Picture::seen`.
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
    /// if let Some(found) = map.locate(0.8, None)? {
    ///     let seen = found.seen;
    ///     assert!(seen.left + seen.width <= 32 && seen.top + seen.height <= 32);
    ///     println!("{:.0} % of the map", 100.0 * found.share);
    /// }
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for a quantile that is not between 0 and 1.
    pub fn locate(&self, quantile: f64, part: Option<BoundingBox>) -> Result<Option<Located>> {
        locate(&self.data, self.shape, quantile, part)
    }
}

/// The same of any map `[C, H, W]`; see [`AttributionMap::locate`].
///
/// # Errors
/// `invalid-option` for a quantile that is not between 0 and 1; `shape-mismatch` if there are not as many numbers as `shape` says, or none; `not-finite`
/// if one of them is NaN or infinite.
pub fn locate(map: &[f32], shape: [usize; 3], quantile: f64, part: Option<BoundingBox>) -> Result<Option<Located>> {
    // Written so that NaN fails.
    if !(quantile > 0.0 && quantile < 1.0) {
        return Err(Error::new(
            ErrorKind::InvalidOption,
            format!("the quantile of a box lies between 0 and 1; {quantile} does not"),
        ));
    }
    let [channels, height, width] = shape;
    let wanted = channels.checked_mul(height).and_then(|rows| rows.checked_mul(width));
    if map.is_empty() || Some(map.len()) != wanted {
        let message = format!("a map of shape {shape:?} cannot have {} numbers", map.len());
        return Err(Error::new(ErrorKind::ShapeMismatch, message));
    }
    if map.iter().any(|value| !value.is_finite()) {
        let message = "a map whose box is to be found has a number that is NaN or infinite";
        return Err(Error::new(ErrorKind::NotFinite, message));
    }
    let mut strengths = vec![0.0_f32; height * width];
    for plane in map.chunks(height * width) {
        for (strength, value) in strengths.iter_mut().zip(plane) {
            *strength = strength.max(value.abs());
        }
    }
    let seen = strong_region(&blurred(&strengths, [1, height, width]), width, quantile);
    Ok(seen.map(|seen| Located {
        seen,
        original: part.map(|part| seen.within([height, width], part)),
        share: seen.share_of(map, [height, width]),
    }))
}

impl BoundingBox {
    /// What it holds of the sum of a map's magnitudes, from 0 to 1.
    fn share_of(self, map: &[f32], [height, width]: [usize; 2]) -> f64 {
        let (mut inside, mut all) = (0.0, 0.0);
        let (rows, columns) = (self.top..self.top + self.height, self.left..self.left + self.width);
        for (at, value) in map.iter().enumerate() {
            let magnitude = f64::from(value.abs());
            all += magnitude;
            if rows.contains(&(at / width % height)) && columns.contains(&(at % width)) {
                inside += magnitude;
            }
        }
        if all > 0.0 { inside / all } else { 0.0 }
    }

    /// The same box in a larger picture, of which the `height` × `width` pixels that the network saw show this rectangle: it is widened to whole
    /// pixels.
    fn within(self, [height, width]: [usize; 2], rectangle: BoundingBox) -> Self {
        let scaled = |first: usize, count: usize, side: usize, from: usize, to: usize| {
            // In 64 bits also where a machine counts in 32.
            let [first, end, to, side] = [first, first + count, to, side].map(|number| number as u64);
            let begin = (first * to / side) as usize;
            let end = (end * to).div_ceil(side) as usize;
            (from.saturating_add(begin), end - begin)
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
    fn a_box_holds_the_share_of_the_magnitudes_inside_it() {
        #[rustfmt::skip]
        let map = [
            1.0, -2.0, 0.0,
            0.0,  3.0, 0.5,

            0.0,  0.0, 1.0,
            0.5, -1.0, 1.0,
        ];
        // The middle column: 2 + 3 + 1 of 10.
        assert_eq!(rectangle(1, 0, 1, 2).share_of(&map, [2, 3]), 0.6);
        assert_eq!(rectangle(0, 0, 3, 2).share_of(&map, [2, 3]), 1.0);
        assert_eq!(rectangle(0, 0, 3, 2).share_of(&[0.0; 12], [2, 3]), 0.0);
    }

    #[test]
    fn numbers_that_are_no_map_have_no_box() {
        let code = |map: &[f32], shape| locate(map, shape, 0.8, None).map_err(|error| error.code());
        assert_eq!(code(&[1.0; 5], [1, 2, 3]), Err("shape-mismatch"));
        assert_eq!(code(&[], [0, 2, 3]), Err("shape-mismatch"));
        assert_eq!(code(&[1.0; 2], [usize::MAX, 2, 3]), Err("shape-mismatch"));
        assert_eq!(code(&[f32::NAN; 6], [1, 2, 3]), Err("not-finite"));
        assert_eq!(code(&[1.0; 6], [1, 2, 3]), Ok(None));
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
