//! Enlarging a plane.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::error::{Error, ErrorKind};

/// How a plane comes to another size.
///
/// ```
/// use relume::Interpolation;
///
/// assert_eq!("nearest".parse(), Ok(Interpolation::Nearest));
/// assert_eq!(Interpolation::default().name(), "bilinear");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// Between the four pixels around: the centres of pixels lie half a pixel inside (`align_corners=False` in PyTorch).
    #[default]
    Bilinear,
    /// Row `i` of `H` is row ⌊i · h / H⌋ of `h`, and columns alike: `nearest` in PyTorch.
    Nearest,
}

impl Interpolation {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Bilinear, Self::Nearest];

    /// Its name, as [`FromStr`] reads it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bilinear => "bilinear",
            Self::Nearest => "nearest",
        }
    }

    /// `plane`, `[height, width]`, at another size.
    pub(super) fn resized(self, plane: &[f32], size: [usize; 2], wanted: [usize; 2]) -> Vec<f32> {
        match self {
            Self::Bilinear => bilinear(plane, size, wanted),
            Self::Nearest => nearest(plane, size, wanted),
        }
    }
}

impl fmt::Display for Interpolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Interpolation {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|one| one.name() == name).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidOption,
                format!("there is no interpolation `{name}`; choose bilinear or nearest"),
            )
        })
    }
}

fn bilinear(plane: &[f32], [height, width]: [usize; 2], [rows, columns]: [usize; 2]) -> Vec<f32> {
    let vertical: Vec<_> = (0..rows).map(|row| taps(row, rows, height)).collect();
    let horizontal: Vec<_> = (0..columns).map(|column| taps(column, columns, width)).collect();
    let at = |y: usize, x: usize| plane[y * width + x];
    let mut resized = Vec::with_capacity(rows * columns);
    for &(top, bottom, below) in &vertical {
        for &(left, right, beside) in &horizontal {
            let upper = at(top, left) * (1.0 - beside) + at(top, right) * beside;
            let lower = at(bottom, left) * (1.0 - beside) + at(bottom, right) * beside;
            resized.push(upper * (1.0 - below) + lower * below);
        }
    }
    resized
}

/// The two pixels of `from` that pixel `index` of `to` lies between, and how much the second counts.
fn taps(index: usize, to: usize, from: usize) -> (usize, usize, f32) {
    let place = ((index as f64 + 0.5) * from as f64 / to as f64 - 0.5).max(0.0);
    let first = (place as usize).min(from - 1);
    (first, (first + 1).min(from - 1), (place - first as f64) as f32)
}

fn nearest(plane: &[f32], [height, width]: [usize; 2], [rows, columns]: [usize; 2]) -> Vec<f32> {
    let row = |row: usize| &plane[(row * height / rows) * width..][..width];
    (0..rows)
        .flat_map(|y| (0..columns).map(move |x| row(y)[x * width / columns]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bilinear_pixels_lie_half_a_pixel_inside() {
        // torch.nn.functional.interpolate(mode="bilinear") of [[0, 1], [2, 3]].
        let wanted = [
            0.0, 0.25, 0.75, 1.0, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2.0, 2.25, 2.75, 3.0,
        ];
        assert_eq!(bilinear(&[0.0, 1.0, 2.0, 3.0], [2, 2], [4, 4]), wanted);
        assert_eq!(bilinear(&[7.0], [1, 1], [2, 3]), [7.0; 6]);
    }

    #[test]
    fn nearest_pixels_are_those_of_pytorch() {
        // torch.nn.functional.interpolate(mode="nearest") of [[0, 1, 2], [3, 4, 5]] to 3 × 5, and to 1 × 2.
        let plane = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let wanted = [
            0.0, 0.0, 1.0, 1.0, 2.0, 0.0, 0.0, 1.0, 1.0, 2.0, 3.0, 3.0, 4.0, 4.0, 5.0,
        ];
        assert_eq!(nearest(&plane, [2, 3], [3, 5]), wanted);
        assert_eq!(nearest(&plane, [2, 3], [1, 2]), [0.0, 1.0]);
    }
}
