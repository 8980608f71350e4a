//! From a network's numbers back to pixels.

use super::spec::InputSpec;
use crate::error::{Error, ErrorKind, Result};

impl InputSpec {
    /// The pixels that normalised numbers `[C, H, W]` stand for: opaque RGBA, 4 · H · W bytes. What lies beyond black or white is cut off, and the
    /// rest rounded to the nearest of the 256 values.
    ///
    /// ```
    /// # let spec = relume::zoo::architecture("all-cnn-c")?.info.input;
    /// let pixels = spec.pixels(&vec![0.0; 3 * 32 * 32])?;
    /// assert_eq!(pixels[..4], [128, 128, 128, 255]); // the mean, 0.5
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-model` when the spec does not [validate](Self::validate), `shape-mismatch` for another number of values, `not-finite` for NaN.
    pub fn pixels(&self, numbers: &[f32]) -> Result<Vec<u8>> {
        self.validate()?;
        let [channels, height, width] = self.shape;
        if numbers.len() != channels * height * width {
            return Err(Error::new(
                ErrorKind::ShapeMismatch,
                format!(
                    "a picture for this network has {channels}×{height}×{width} numbers, {} were given",
                    numbers.len()
                ),
            ));
        }
        if let Some(at) = numbers.iter().position(|number| number.is_nan()) {
            return Err(Error::new(
                ErrorKind::NotFinite,
                format!("the picture is not a number at position {at}"),
            ));
        }
        let planes: Vec<Vec<u8>> = numbers
            .chunks(height * width)
            .zip(self.mean.iter().zip(&self.std))
            .map(|(plane, (&mean, &std))| plane.iter().map(|&number| self.pixel(number, mean, std)).collect())
            .collect();
        let value = |channel: usize, pixel: usize| {
            // A grey network's one plane is all three colours.
            let plane = planes.get(channel).or_else(|| planes.first());
            plane.and_then(|plane| plane.get(pixel)).copied().unwrap_or_default()
        };
        Ok((0..height * width)
            .flat_map(|pixel| [value(0, pixel), value(1, pixel), value(2, pixel), u8::MAX])
            .collect())
    }

    /// The inverse of [`normalise`](Self::normalise), to the nearest pixel.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn pixel(&self, number: f32, mean: f32, std: f32) -> u8 {
        let [lo, hi] = self.range.map(f64::from);
        let value = f64::from(number) * f64::from(std) + f64::from(mean);
        ((value - lo) / (hi - lo) * 255.0).round().clamp(0.0, 255.0) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(channels: usize, range: [f32; 2], mean: f32, std: f32) -> InputSpec {
        InputSpec {
            shape: [channels, 1, 256],
            range,
            mean: vec![mean; channels],
            std: vec![std; channels],
            crop: 1.0,
        }
    }

    #[test]
    fn every_pixel_comes_back_from_its_number() {
        for (range, mean, std) in [
            ([0.0, 1.0], 0.485, 0.229),
            ([0.0, 255.0], 127.0, 128.0),
            ([1.0, 0.0], 0.0, 2.0),
            ([-1.0, 1.0], 0.1, 0.3),
        ] {
            for channels in [1, 3] {
                let spec = spec(channels, range, mean, std);
                let numbers: Vec<f32> = spec.lookup_tables().concat();
                let wanted: Vec<u8> = (0..=u8::MAX).flat_map(|value| [value, value, value, 255]).collect();
                assert_eq!(spec.pixels(&numbers).unwrap(), wanted, "{range:?}");
            }
        }
    }

    #[test]
    fn what_no_pixel_shows_is_cut_off_or_refused() {
        let spec = spec(3, [0.0, 1.0], 0.5, 0.25);
        let mut numbers = vec![1e30; 3 * 256];
        numbers[0] = f32::NEG_INFINITY;
        let pixels = spec.pixels(&numbers).unwrap();
        assert_eq!((pixels[0], pixels[1]), (0, 255));
        assert_eq!(spec.pixels(&numbers[1..]).unwrap_err().kind(), ErrorKind::ShapeMismatch);
        numbers[7] = f32::NAN;
        assert_eq!(spec.pixels(&numbers).unwrap_err().kind(), ErrorKind::NotFinite);
    }
}
