//! The part of a picture that a network looks at, read in place.

use image::{GenericImageView, Rgb};

/// A centred window of RGBA pixels, laid over white as it is read. The resampler reads through it, so a large
/// picture is never copied whole.
pub(super) struct Crop<'a> {
    pixels: &'a [u8],
    /// How many pixels a row of the whole picture has.
    row: usize,
    /// `(x, y)` of the window's upper left pixel.
    origin: (usize, usize),
    /// `(width, height)` of the window.
    size: (u32, u32),
}

impl<'a> Crop<'a> {
    /// The window of a picture of `(width, height)` whose sides are `fraction` of the largest rectangle with the
    /// proportions of `target`, to the nearest pixel; an odd remainder leaves one more pixel right and below.
    pub(super) fn centred(pixels: &'a [u8], (width, height): (u32, u32), target: (u32, u32), fraction: f32) -> Self {
        let (target_width, target_height) = (f64::from(target.0), f64::from(target.1));
        // Multiplied first: the products are whole and exact, so what divides evenly stays whole.
        let widest = f64::from(height) * target_width / target_height;
        let highest = f64::from(width) * target_height / target_width;
        let size = (side(width, widest, fraction), side(height, highest, fraction));
        Self {
            pixels,
            row: width as usize,
            origin: (((width - size.0) / 2) as usize, ((height - size.1) / 2) as usize),
            size,
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn side(length: u32, limit: f64, fraction: f32) -> u32 {
    let length = f64::from(length);
    (f64::from(fraction) * length.min(limit)).round().clamp(1.0, length) as u32
}

impl Crop<'_> {
    /// `[left, top, width, height]` in the whole picture.
    pub(super) fn rectangle(&self) -> [usize; 4] {
        let (left, top) = self.origin;
        [left, top, self.size.0 as usize, self.size.1 as usize]
    }
}

impl GenericImageView for Crop<'_> {
    type Pixel = Rgb<u8>;

    fn dimensions(&self) -> (u32, u32) {
        self.size
    }

    fn get_pixel(&self, x: u32, y: u32) -> Rgb<u8> {
        let at = 4 * ((self.origin.1 + y as usize) * self.row + self.origin.0 + x as usize);
        match self.pixels.get(at..at + 4) {
            Some(&[r, g, b, alpha]) => Rgb(over_white([r, g, b], alpha)),
            _ => Rgb([u8::MAX; 3]),
        }
    }
}

/// Lays a straight-alpha colour over white, in whole numbers, rounded to the nearest: what
/// [`Picture::prepare`](super::Picture::prepare) makes of transparent pixels.
///
/// ```
/// use relume::picture::over_white;
///
/// assert_eq!(over_white([0, 100, 255], 255), [0, 100, 255]);
/// assert_eq!(over_white([0, 100, 255], 51), [204, 224, 255]); // a fifth of the colour, four fifths of white
/// ```
#[must_use]
#[allow(clippy::cast_possible_truncation)]
pub fn over_white(colour: [u8; 3], alpha: u8) -> [u8; 3] {
    if alpha == u8::MAX {
        return colour;
    }
    let alpha = u32::from(alpha);
    colour.map(|value| ((u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_centred_and_has_the_targets_proportions() {
        #[rustfmt::skip]
        let table = [
            // picture, target, fraction, origin, size
            ((640, 480),  (224, 224), 1.0,   (80, 0),    (480, 480)),
            ((480, 640),  (224, 224), 1.0,   (0, 80),    (480, 480)),
            ((640, 480),  (224, 224), 0.875, (110, 30),  (420, 420)),
            ((256, 256),  (224, 224), 0.875, (16, 16),   (224, 224)),
            ((37, 32),    (32, 32),   1.0,   (2, 0),     (32, 32)),
            ((100, 100),  (4, 3),     1.0,   (0, 12),    (100, 75)),
            ((100, 100),  (3, 4),     1.0,   (12, 0),    (75, 100)),
            // 7 · 0.5 = 3.5 is rounded up.
            ((7, 7),      (1, 1),     0.5,   (1, 1),     (4, 4)),
            ((1, 5000),   (32, 32),   1.0,   (0, 2499),  (1, 1)),
            ((5000, 1),   (32, 32),   0.1,   (2499, 0),  (1, 1)),
            // 1 · 5 / 7 is rounded to 1: a window never has an empty side.
            ((1, 1),      (7, 5),     1.0,   (0, 0),     (1, 1)),
            ((3, 3),      (4096, 1),  1.0,   (0, 1),     (3, 1)),
        ];
        for (picture, target, fraction, origin, size) in table {
            let crop = Crop::centred(&[], picture, target, fraction);
            assert_eq!(
                (crop.origin, crop.size),
                (origin, size),
                "{picture:?} for {target:?} at {fraction}"
            );
        }
    }

    #[test]
    fn any_window_lies_inside_its_picture() {
        for width in 1..20 {
            for height in 1..20 {
                for target in [(1, 1), (2, 3), (5, 1), (4096, 4096), (1, 4096)] {
                    for fraction in [f32::MIN_POSITIVE, 0.1, 0.5, 0.99, 1.0] {
                        let crop = Crop::centred(&[], (width, height), target, fraction);
                        let (x, y) = crop.origin;
                        assert!(crop.size.0 >= 1 && x as u32 + crop.size.0 <= width);
                        assert!(crop.size.1 >= 1 && y as u32 + crop.size.1 <= height);
                    }
                }
            }
        }
    }

    #[test]
    fn over_white_is_the_exact_blend_rounded() {
        for alpha in 0..=255_u8 {
            for value in 0..=255_u8 {
                let exact = (f64::from(value) * f64::from(alpha) + 255.0 * f64::from(255 - alpha)) / 255.0;
                let [got, ..] = over_white([value; 3], alpha);
                assert!((f64::from(got) - exact).abs() <= 0.5, "{value} at {alpha}");
            }
        }
    }
}
