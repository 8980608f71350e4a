//! What a network wants its input to be.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// The longest side of a network's input, in pixels.
const MAX_SIDE: usize = 4096;

/// What a network wants its input to be: the `input` entry of a model file.
///
/// A pixel value `p` in 0..=255 of channel `c` becomes `(lo + p / 255 · (hi - lo) - mean[c]) / std[c]`, where
/// `[lo, hi]` is the range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// `[C, H, W]`; `C` is 3 (red, green, blue) or 1 (grey), `H` and `W` are 1 to 4096 pixels.
    pub shape: [usize; 3],
    /// What pixel values 0 and 255 become before `mean` and `std` are applied.
    pub range: [f32; 2],
    /// Taken from each channel, in units of `range`: `[C]`.
    pub mean: Vec<f32>,
    /// What each channel is then divided by, in units of `range`; above 0: `[C]`.
    pub std: Vec<f32>,
    /// How much of the picture the network sees: the fraction, above 0 and at most 1, of the sides of the largest
    /// centred rectangle with the input's proportions.
    pub crop: f32,
}

impl InputSpec {
    /// Checks every promise of the fields.
    ///
    /// # Errors
    ///
    /// `invalid-model`, naming the field.
    pub fn validate(&self) -> Result<()> {
        let [channels, height, width] = self.shape;
        let [lo, hi] = self.range;
        if ![1, 3].contains(&channels) {
            return Err(Error::new(
                ErrorKind::InvalidModel,
                format!("input.shape starts with {channels}; pictures have 3 channels, or 1 if they are grey"),
            ));
        }
        for (name, values) in [("mean", &self.mean), ("std", &self.std)] {
            if values.len() != channels {
                return Err(Error::new(
                    ErrorKind::InvalidModel,
                    format!("input.{name} has {} numbers for {channels} channels", values.len()),
                ));
            }
        }
        if [height, width].iter().any(|side| !(1..=MAX_SIDE).contains(side)) {
            return Err(Error::new(
                ErrorKind::InvalidModel,
                format!("input.shape asks for pictures of {width}×{height}; each side must be 1 to {MAX_SIDE}"),
            ));
        }
        // Written so that NaN fails each of them.
        if !(lo.is_finite() && hi.is_finite() && lo != hi) {
            return Err(Error::new(
                ErrorKind::InvalidModel,
                format!("input.range is [{lo}, {hi}]; it must be two different finite numbers"),
            ));
        }
        if !(self.crop > 0.0 && self.crop <= 1.0) {
            return Err(Error::new(
                ErrorKind::InvalidModel,
                format!("input.crop is {}; it must be above 0 and at most 1", self.crop),
            ));
        }
        for (c, (&mean, &std)) in self.mean.iter().zip(&self.std).enumerate() {
            if !(mean.is_finite() && std.is_finite() && std > 0.0) {
                return Err(Error::new(
                    ErrorKind::InvalidModel,
                    format!("channel {c} has input.mean {mean} and input.std {std}; both must be finite, std above 0"),
                ));
            }
            // The formula is linear in the pixel value: when both ends are finite, so is all between.
            if ![0, u8::MAX].iter().all(|&p| self.normalise(p, mean, std).is_finite()) {
                return Err(Error::new(
                    ErrorKind::InvalidModel,
                    format!("channel {c}: range, mean {mean} and std {std} take pixels beyond what f32 holds"),
                ));
            }
        }
        Ok(())
    }

    /// What the network reads for each 8-bit value, a table for each channel. This is the only way from pixels to numbers:
    /// what trains or evaluates a network feeds it what [`Picture::prepare`](super::Picture::prepare) does, bit for bit.
    ///
    /// ```
    /// # let spec = relume::zoo::architecture("all-cnn-c")?.info.input;
    /// assert_eq!(spec.lookup_tables()[0][255], 2.0); // (1 − 0.5) / 0.25
    /// # Ok::<(), relume::Error>(())
    /// ```
    #[must_use]
    pub fn lookup_tables(&self) -> Vec<[f32; 256]> {
        let table = |(&mean, &std): (&f32, &f32)| {
            let mut table = [0.0; 256];
            for (value, pixel) in table.iter_mut().zip(0..=u8::MAX) {
                *value = self.normalise(pixel, mean, std);
            }
            table
        };
        self.mean.iter().zip(&self.std).map(table).collect()
    }

    /// What the network reads for `pixel`. Reckoned in f64 and rounded once, so that a range of [0, 255] gives whole
    /// numbers back.
    #[allow(clippy::cast_possible_truncation)]
    pub(super) fn normalise(&self, pixel: u8, mean: f32, std: f32) -> f32 {
        let [lo, hi] = self.range.map(f64::from);
        let value = lo + f64::from(pixel) * (hi - lo) / 255.0;
        ((value - f64::from(mean)) / f64::from(std)) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> InputSpec {
        InputSpec {
            shape: [3, 8, 8],
            range: [0.0, 1.0],
            mean: vec![0.0; 3],
            std: vec![1.0; 3],
            crop: 1.0,
        }
    }

    #[test]
    fn a_pixel_is_scaled_to_the_range_then_normalised() {
        #[rustfmt::skip]
        let table = [
            // range, mean, std, expected for pixels 0, 51 and 255
            ([0.0, 1.0],   0.0,   1.0,   [0.0, 0.2, 1.0]),
            ([-1.0, 1.0],  0.0,   1.0,   [-1.0, -0.6, 1.0]),
            ([0.0, 255.0], 127.0, 128.0, [-0.992_187_5, -0.593_75, 1.0]),
            ([1.0, 0.0],   0.0,   2.0,   [0.5, 0.4, 0.0]),
            // ImageNet's red: -0.485 / 0.229, (0.2 - 0.485) / 0.229, (1 - 0.485) / 0.229
            ([0.0, 1.0],   0.485, 0.229, [-2.117_903_8, -1.244_541_5, 2.248_908_3]),
        ];
        for (range, mean, std, expected) in table {
            let spec = InputSpec { range, ..spec() };
            for (pixel, wanted) in [0, 51, 255].into_iter().zip(expected) {
                let got: f32 = spec.normalise(pixel, mean, std);
                // mean and std are themselves rounded to f32
                assert!(
                    (got - wanted).abs() <= 3e-7 * wanted.abs(),
                    "{range:?}, {pixel}: {got} for {wanted}"
                );
            }
        }
    }

    #[test]
    fn pixel_values_survive_the_range_of_8_bits_exactly() {
        let spec = InputSpec {
            range: [0.0, 255.0],
            ..spec()
        };
        for pixel in 0..=255 {
            assert_eq!(spec.normalise(pixel, 0.0, 1.0), f32::from(pixel));
        }
    }

    #[test]
    fn specs_that_cannot_be_are_refused_by_the_name_of_the_field() {
        spec().validate().unwrap();
        type Spoil = fn(&mut InputSpec);
        let table: [(&str, Spoil); 18] = [
            ("input.shape", |s| s.shape[0] = 2),
            ("input.mean", |s| s.shape[0] = 1),
            ("input.mean", |s| s.mean.clear()),
            ("input.std", |s| s.std.push(1.0)),
            ("input.shape", |s| s.shape[1] = 0),
            ("input.shape", |s| s.shape[2] = 4097),
            ("input.shape", |s| s.shape = [3, usize::MAX, usize::MAX]),
            ("input.range", |s| s.range[1] = f32::NAN),
            ("input.range", |s| s.range[0] = f32::NEG_INFINITY),
            ("input.range", |s| s.range = [1.0, 1.0]),
            ("input.mean", |s| s.mean[2] = f32::NAN),
            ("input.std", |s| s.std[1] = 0.0),
            ("input.std", |s| s.std[2] = -1.0),
            ("input.std", |s| s.std[0] = f32::INFINITY),
            ("f32", |s| s.std[1] = f32::MIN_POSITIVE * 1e-5),
            ("input.crop", |s| s.crop = 0.0),
            ("input.crop", |s| s.crop = 1.001),
            ("input.crop", |s| s.crop = f32::NAN),
        ];
        for (named, spoil) in table {
            let mut spec = spec();
            spoil(&mut spec);
            let error = spec.validate().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidModel, "{spec:?}");
            assert!(error.message().contains(named), "{}", error.message());
        }
    }

    #[test]
    fn json_must_have_every_field_and_no_other() {
        let json = r#"{"shape":[3,8,8],"range":[0.0,1.0],"mean":[0.0,0.0,0.0],"std":[1.0,1.0,1.0],"crop":1.0}"#;
        assert_eq!(serde_json::from_str::<InputSpec>(json).unwrap(), spec());
        assert_eq!(serde_json::to_string(&spec()).unwrap(), json);
        for (what, with) in [
            (r#","crop":1.0"#, ""),
            ("crop", "zoom"),
            ("[3,8,8]", "[3,8]"),
            ("[3,8,8]", "[3,8,-8]"),
        ] {
            assert!(
                serde_json::from_str::<InputSpec>(&json.replace(what, with)).is_err(),
                "{with}"
            );
        }
        let unbounded = json.replace("[0.0,1.0]", "[0.0,1e39]");
        assert!(serde_json::from_str::<InputSpec>(&unbounded).map_or(true, |spec| spec.validate().is_err()));
    }
}
