//! The channels of a map made into what is drawn: three planes, or one.

use super::options::{Fold, Sign};
use crate::error::{Error, ErrorKind, Result};

/// A map after folding, pixel by pixel, row by row.
#[derive(Debug, PartialEq)]
pub(super) enum Folded {
    Rgb(Vec<[f32; 3]>),
    Plane(Vec<f32>),
}

impl Folded {
    /// Folds a finite map `[C, H, W]`, with `C · H · W` values and no side of 0.
    pub(super) fn new(map: &[f32], [channels, height, width]: [usize; 3], fold: Fold) -> Result<Self> {
        let mut planes = map.chunks_exact(height * width);
        let folded = match fold {
            // A map of one plane, of a grey picture, is that plane.
            Fold::Rgb if channels == 1 => Self::Plane(map.to_vec()),
            Fold::Rgb => {
                let (3, Some(red), Some(green), Some(blue)) = (channels, planes.next(), planes.next(), planes.next())
                else {
                    return Err(Error::new(
                        ErrorKind::ShapeMismatch,
                        format!("a map of {channels} channels cannot be drawn as rgb; choose the fold max or sum"),
                    ));
                };
                let pixels = red.iter().zip(green).zip(blue);
                Self::Rgb(pixels.map(|((&r, &g), &b)| [r, g, b]).collect())
            }
            Fold::Max => Self::Plane(accumulate(
                planes,
                |kept, value| {
                    if value.abs() > kept.abs() { value } else { kept }
                },
            )),
            Fold::Sum => Self::Plane(accumulate(planes, |sum, value| sum + value)),
        };
        // Finite values can have a sum that is not.
        if folded.values().iter().all(|value| value.is_finite()) {
            Ok(folded)
        } else {
            Err(Error::new(
                ErrorKind::NotFinite,
                "the map's values are too large to be summed; choose the fold max",
            ))
        }
    }

    /// Keeps the part of every value that `sign` names.
    pub(super) fn keep(&mut self, sign: Sign) {
        let values = match self {
            Self::Rgb(pixels) => pixels.as_flattened_mut(),
            Self::Plane(plane) => plane,
        };
        for value in values {
            *value = match sign {
                Sign::Both => *value,
                Sign::Positive => value.max(0.0),
                Sign::Negative => (-*value).max(0.0),
                Sign::Magnitude => value.abs(),
            };
        }
    }

    /// Every value, in the order of the pixels.
    pub(super) fn values(&self) -> &[f32] {
        match self {
            Self::Rgb(pixels) => pixels.as_flattened(),
            Self::Plane(plane) => plane,
        }
    }
}

/// Folds the planes onto the first one.
fn accumulate<'a>(mut planes: impl Iterator<Item = &'a [f32]>, step: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let mut kept = planes.next().unwrap_or_default().to_vec();
    for plane in planes {
        for (kept, &value) in kept.iter_mut().zip(plane) {
            *kept = step(*kept, value);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    // Two pixels, three channels: (1, -3, 2) and (-4, 4, 0.5).
    const MAP: [f32; 6] = [1.0, -4.0, -3.0, 4.0, 2.0, 0.5];

    #[test]
    fn folds_by_hand() {
        let fold = |fold| Folded::new(&MAP, [3, 1, 2], fold).unwrap();
        assert_eq!(fold(Fold::Rgb), Folded::Rgb(vec![[1.0, -3.0, 2.0], [-4.0, 4.0, 0.5]]));
        assert_eq!(
            fold(Fold::Max),
            Folded::Plane(vec![-3.0, -4.0]),
            "of -4 and 4 the first is kept"
        );
        assert_eq!(fold(Fold::Sum), Folded::Plane(vec![0.0, 0.5]));
    }

    #[test]
    fn signs_by_hand() {
        let table = [
            (Sign::Both, [-3.0, 0.0, 2.0]),
            (Sign::Positive, [0.0, 0.0, 2.0]),
            (Sign::Negative, [3.0, 0.0, 0.0]),
            (Sign::Magnitude, [3.0, 0.0, 2.0]),
        ];
        for (sign, wanted) in table {
            let mut plane = Folded::Plane(vec![-3.0, 0.0, 2.0]);
            plane.keep(sign);
            assert_eq!(plane.values(), wanted, "{sign}");
            let mut rgb = Folded::Rgb(vec![[-3.0, 0.0, 2.0]]);
            rgb.keep(sign);
            assert_eq!(rgb, Folded::Rgb(vec![wanted]), "{sign}");
        }
    }

    #[test]
    fn any_number_of_channels_folds_to_one_plane_but_only_three_or_one_to_rgb() {
        for channels in [1, 2, 4, 6] {
            let shape = [channels, 1, MAP.len() / channels];
            let map = &MAP[..channels * shape[2]];
            for fold in [Fold::Max, Fold::Sum] {
                assert_eq!(Folded::new(map, shape, fold).unwrap().values().len(), shape[2]);
            }
            match Folded::new(map, shape, Fold::Rgb) {
                Ok(folded) => assert_eq!((channels, folded), (1, Folded::Plane(map.to_vec()))),
                Err(error) => assert_eq!((channels > 1, error.kind()), (true, ErrorKind::ShapeMismatch)),
            }
        }
        assert_eq!(
            Folded::new(&MAP, [1, 2, 3], Fold::Sum).unwrap(),
            Folded::Plane(MAP.to_vec()),
            "one channel is its own sum"
        );
    }

    #[test]
    fn a_sum_beyond_f32_is_an_error() {
        let map = [f32::MAX; 3];
        let error = Folded::new(&map, [3, 1, 1], Fold::Sum).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFinite);
        assert_eq!(Folded::new(&map, [3, 1, 1], Fold::Max).unwrap().values(), [f32::MAX]);
    }
}
