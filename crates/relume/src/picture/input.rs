//! From the pixels of a picture to the tensor a network reads.

use image::imageops::{self, FilterType};

use super::{crop::Crop, grey::luminance, spec::InputSpec};
use crate::error::{Error, ErrorKind, Result};

/// The largest picture that is read: 64 megapixels, 256 MB as RGBA.
pub const MAX_PIXELS: u64 = 64_000_000;

/// A picture to be looked at: straight (not premultiplied) sRGB RGBA, 8 bits each, row by row from the top.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    pixels: &'a [u8],
    width: u32,
    height: u32,
}

impl<'a> Picture<'a> {
    /// Borrows `pixels`: 4 · `width` · `height` bytes, as a canvas's `ImageData` holds them.
    ///
    /// # Errors
    ///
    /// `invalid-picture` when a side is 0, when there are more than [`MAX_PIXELS`], or when the number of bytes does
    /// not fit the sides.
    pub fn from_rgba(pixels: &'a [u8], width: u32, height: u32) -> Result<Self> {
        let count = u64::from(width) * u64::from(height);
        let problem = if count == 0 {
            "has no pixels".to_owned()
        } else if count > MAX_PIXELS {
            format!(
                "is larger than {} megapixels; make it smaller first",
                MAX_PIXELS / 1_000_000
            )
        } else if pixels.len() as u64 != 4 * count {
            format!("takes {} bytes of RGBA, and {} were given", 4 * count, pixels.len())
        } else {
            return Ok(Self { pixels, width, height });
        };
        Err(Error::new(
            ErrorKind::InvalidPicture,
            format!("a picture of {width}×{height} pixels {problem}"),
        ))
    }

    /// How many pixels a row has.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// How many rows there are.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// The rectangle that a network of this `spec` sees of the picture: `[left, top, width, height]`, in its pixels.
    ///
    /// ```
    /// use relume::picture::Picture;
    /// # let spec = relume::zoo::architecture("all-cnn-c")?.info.input; // 32 × 32
    /// let pixels = vec![0; 4 * 100 * 60];
    /// assert_eq!(Picture::from_rgba(&pixels, 100, 60)?.seen(&spec)?, [20, 0, 60, 60]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `invalid-model` when `spec` does not [validate](InputSpec::validate).
    pub fn seen(&self, spec: &InputSpec) -> Result<[usize; 4]> {
        self.crop(spec).map(|(crop, _)| crop.rectangle())
    }

    /// What the network sees, and how wide and high it wants it to be.
    fn crop(&self, spec: &InputSpec) -> Result<(Crop<'a>, (u32, u32))> {
        spec.validate()?;
        let [_, height, width] = spec.shape;
        let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
            return Err(Error::new(ErrorKind::InvalidModel, "input.shape is too large"));
        };
        let size = (width, height);
        Ok((
            Crop::centred(self.pixels, (self.width, self.height), size, spec.crop),
            size,
        ))
    }

    /// Makes of the picture what the network reads.
    ///
    /// The centred rectangle that `spec.crop` names is resampled to the input's size by Catmull-Rom, its support
    /// widened when the picture shrinks, so that fine detail does not alias; a rectangle that has the size already is
    /// taken as it is, bit for bit. The result is rounded to 8 bits before it is normalised, as it is when a
    /// network is trained on picture files: so the view holds exactly what the network saw.
    ///
    /// For a network of one channel colours become grey by their [luminance].
    ///
    /// Transparent pixels are laid over white. A network knows only opaque pictures, the colour stored under a
    /// transparent pixel is arbitrary (often black), and white is the paper that cut-out pictures are drawn for.
    ///
    /// # Errors
    ///
    /// `invalid-model` when `spec` does not [validate](InputSpec::validate).
    pub fn prepare(&self, spec: &InputSpec) -> Result<Prepared> {
        let (crop, (width, height)) = self.crop(spec)?;
        // `resize` returns a plain copy when the sizes agree.
        let mut rgb = imageops::resize(&crop, width, height, FilterType::CatmullRom).into_raw();

        let (pixels, _) = rgb.as_chunks_mut::<3>();
        if spec.shape[0] == 1 {
            for pixel in pixels.iter_mut() {
                *pixel = [luminance(*pixel); 3];
            }
        }
        let mut tensor = Vec::with_capacity(spec.shape.iter().product());
        for (channel, table) in spec.lookup_tables().iter().enumerate() {
            let value = |pixel: &[u8; 3]| table.get(usize::from(*pixel.get(channel)?)).copied();
            tensor.extend(pixels.iter().filter_map(value));
        }
        let view = pixels.iter().flat_map(|&[r, g, b]| [r, g, b, u8::MAX]).collect();
        Ok(Prepared { tensor, view })
    }
}

/// A picture as the network sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// `[C, H, W]`, row by row, normalised: the network's input.
    pub tensor: Vec<f32>,
    /// The same pixels before they were normalised: opaque RGBA, 4 · H · W bytes.
    pub view: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(height: usize, width: usize) -> InputSpec {
        InputSpec {
            shape: [3, height, width],
            range: [0.0, 255.0],
            mean: vec![0.0; 3],
            std: vec![1.0; 3],
            crop: 1.0,
        }
    }

    /// Opaque pixels, each different from its neighbours and from their mirror image.
    fn pattern(width: u32, height: u32) -> Vec<u8> {
        (0..width * height)
            .flat_map(|i| [(i * 7) as u8, (i * 13 + 5) as u8, (i / width * 31) as u8, 255])
            .collect()
    }

    #[test]
    fn a_picture_of_the_right_size_is_taken_as_it_is() {
        let pixels = pattern(7, 5);
        let seen = Picture::from_rgba(&pixels, 7, 5).unwrap().prepare(&spec(5, 7)).unwrap();
        assert_eq!(seen.view, pixels);
        let planes: Vec<f32> = (0..3)
            .flat_map(|c| pixels.iter().skip(c).step_by(4).map(|&p| f32::from(p)))
            .collect();
        assert_eq!(seen.tensor, planes);
    }

    #[test]
    fn a_crop_of_the_right_size_is_taken_as_it_is() {
        // 9×6 for a 4×4 input at crop 2/3: the largest square is 6×6, of which 4×4 from (2, 1).
        let pixels = pattern(9, 6);
        let spec = InputSpec {
            crop: 2.0 / 3.0,
            ..spec(4, 4)
        };
        let seen = Picture::from_rgba(&pixels, 9, 6).unwrap().prepare(&spec).unwrap();
        let wanted: Vec<u8> = (1..5)
            .flat_map(|y| pixels[4 * (y * 9 + 2)..4 * (y * 9 + 6)].to_vec())
            .collect();
        assert_eq!(seen.view, wanted);
    }

    #[test]
    fn shrinking_weighs_each_pixel_by_the_widened_catmull_rom_kernel() {
        // Eight pixels to two: an output covers 4 pixels, so the kernel k is 4 times as wide. Output 0 has its centre
        // at 1.5, and pixels 0 to 7 are 0.375, 0.125, 0.125, 0.375, 0.625, 0.875, 1.125 and 1.375 kernel units away.
        // With k(a) = 1.5 a³ - 2.5 a² + 1 below 1 and -0.5 a³ + 2.5 a² - 4 a + 2 from 1 to 2 they weigh 0.727539,
        // 0.963867, 0.963867, 0.727539, 0.389648, 0.090820, -0.047852 and -0.073242: together 3.742188.
        // Pixels 0 and 1 are white, the others black: 255 · (0.727539 + 0.963867) / 3.742188 = 115.3. Output 1 mirrors
        // output 0, so there the white pixels weigh -0.073242 and -0.047852: below 0, clamped to black.
        let mut pixels = [0, 0, 0, 255].repeat(8);
        pixels[..8].fill(255);
        let seen = Picture::from_rgba(&pixels, 8, 1).unwrap().prepare(&spec(1, 8)).unwrap();
        assert_eq!(seen.view, pixels, "nothing to shrink yet");
        // Four equal rows make the proportions 2:1 without a change of the sums.
        let seen = Picture::from_rgba(&pixels.repeat(4), 8, 4)
            .unwrap()
            .prepare(&spec(1, 2))
            .unwrap();
        assert_eq!(seen.view, [115, 115, 115, 255, 0, 0, 0, 255]);
    }

    #[test]
    fn transparent_pixels_lie_over_white() {
        // 255 - alpha + value · alpha / 255: 100 at alpha 128 is 127 + 50.2.
        let table = [
            ([0, 0, 0, 0], [255, 255, 255]),
            ([9, 80, 255, 255], [9, 80, 255]),
            ([100, 0, 255, 128], [177, 127, 255]),
            ([0, 0, 0, 1], [254, 254, 254]),
        ];
        for (pixel, [r, g, b]) in table {
            let seen = Picture::from_rgba(&pixel, 1, 1).unwrap().prepare(&spec(1, 1)).unwrap();
            assert_eq!(seen.view, [r, g, b, 255], "{pixel:?}");
        }
    }

    #[test]
    fn a_cut_out_has_no_dark_fringe() {
        // Left half opaque white, right half transparent black: white wherever it is resampled.
        let row: Vec<u8> = (0..16).flat_map(|x| if x < 8 { [255; 4] } else { [0; 4] }).collect();
        let seen = Picture::from_rgba(&row.repeat(16), 16, 16)
            .unwrap()
            .prepare(&spec(5, 5))
            .unwrap();
        assert!(seen.view.iter().all(|&v| v == 255));
    }

    #[test]
    fn a_flat_picture_stays_flat_at_every_size_and_crop() {
        for (width, height) in [(1, 1), (1, 5000), (5000, 1), (2, 3), (33, 31), (640, 7)] {
            for (out_height, out_width) in [(1, 1), (32, 32), (5, 7), (1, 64), (224, 3)] {
                for crop in [1e-6, 0.333, 0.875, 1.0] {
                    let pixels = [200, 30, 7, 255].repeat((width * height) as usize);
                    let spec = InputSpec {
                        crop,
                        ..spec(out_height, out_width)
                    };
                    let seen = Picture::from_rgba(&pixels, width, height)
                        .unwrap()
                        .prepare(&spec)
                        .unwrap();
                    assert_eq!(seen.tensor.len(), 3 * out_height * out_width);
                    assert_eq!(seen.view, [200, 30, 7, 255].repeat(out_height * out_width));
                }
            }
        }
    }

    #[test]
    fn turning_the_picture_turns_the_view() {
        let (width, height) = (23_u32, 17_u32);
        let pixels = pattern(width, height);
        let turned: Vec<u8> = (0..width)
            .flat_map(|x| (0..height).map(move |y| (y * width + x) as usize))
            .flat_map(|i| pixels[4 * i..4 * i + 4].to_vec())
            .collect();
        let view = |pixels: &[u8], w, h, spec| Picture::from_rgba(pixels, w, h).unwrap().prepare(&spec).unwrap().view;
        let upright = view(&pixels, width, height, spec(6, 9));
        let lying = view(&turned, height, width, spec(9, 6));
        for (y, x) in (0..6).flat_map(|y| (0..9).map(move |x| (y, x))) {
            for c in 0..4 {
                // Sums are taken in another order, so a last bit may round the other way.
                let (a, b) = (upright[4 * (y * 9 + x) + c], lying[4 * (x * 6 + y) + c]);
                assert!(a.abs_diff(b) <= 1, "({y}, {x}, {c}): {a} and {b}");
            }
        }
    }

    #[test]
    fn pictures_that_cannot_be_are_refused() {
        for (bytes, width, height) in [
            (0, 0, 0),
            (0, 0, 5),
            (0, 5, 0),
            (15, 2, 2),
            (17, 2, 2),
            (12, 2, 2),
            (0, 8001, 8000),
            (0, u32::MAX, u32::MAX),
        ] {
            let error = Picture::from_rgba(&vec![0; bytes], width, height).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPicture, "{width}×{height}");
        }
        let error = Picture::from_rgba(&[], 8001, 8000).unwrap_err();
        assert!(error.message().contains("64 megapixels"), "{}", error.message());
    }
}
