//! Colours of another space to sRGB.

use image::DynamicImage;
use moxcms::{DataColorSpace, Layout, RenderingIntent, TransformOptions};

/// The colour space of a picture's pixels, when it is not sRGB.
pub(super) struct ColorProfile {
    profile: moxcms::ColorProfile,
    /// Whether a grey picture is taken as one of three equal channels.
    of_grey_too: bool,
}

impl ColorProfile {
    /// Of an embedded ICC profile; `None` for one that cannot be read, which browsers pass over too, and for inks.
    pub(super) fn from_icc(icc: &[u8]) -> Option<Self> {
        Self::new(moxcms::ColorProfile::new_from_slice(icc).ok()?)
    }

    fn new(profile: moxcms::ColorProfile) -> Option<Self> {
        let known = matches!(profile.color_space, DataColorSpace::Rgb | DataColorSpace::Gray);
        known.then_some(Self {
            profile,
            of_grey_too: false,
        })
    }

    /// Of what a file says of its colours without a profile, which holds for grey too.
    pub(super) fn of_any_picture(profile: moxcms::ColorProfile) -> Self {
        Self {
            profile,
            of_grey_too: true,
        }
    }

    /// The picture in sRGB, 8 bits a channel. A profile of another kind than the picture's, such as one for colours in a grey
    /// picture, has no effect, as in browsers.
    pub(super) fn to_srgb(&self, image: DynamicImage) -> DynamicImage {
        let grey = self.profile.color_space == DataColorSpace::Gray;
        let fits = image.color().has_color() != grey || (self.of_grey_too && !grey);
        if !fits {
            return image;
        }
        let options = TransformOptions {
            rendering_intent: RenderingIntent::RelativeColorimetric,
            prefer_fixed_point: false,
            ..TransformOptions::default()
        };
        let (layout, channels) = if grey { (Layout::Gray, 1) } else { (Layout::Rgb, 3) };
        let srgb = moxcms::ColorProfile::new_srgb();
        // Single precision, and one rounding at the end: that of 8 bits is off by one in a pixel of thirty.
        let Ok(transform) = self.profile.create_transform_f32(layout, &srgb, Layout::Rgb, options) else {
            return image;
        };
        let mut pixels = image.to_rgba8();
        // Row by row, so that the numbers take little memory.
        let width = pixels.width() as usize;
        let mut row = Vec::with_capacity(channels * width);
        let mut converted = vec![0.0; 3 * width];
        for pixels in pixels.chunks_exact_mut(4 * width.max(1)) {
            row.clear();
            for pixel in pixels.chunks_exact(4) {
                row.extend(pixel.iter().take(channels).map(|&value| f32::from(value) / 255.0));
            }
            if transform.transform(&row, &mut converted).is_err() {
                return image;
            }
            for (pixel, color) in pixels.chunks_exact_mut(4).zip(converted.chunks_exact(3)) {
                for (value, number) in pixel.iter_mut().zip(color) {
                    *value = (number * 255.0).round() as u8;
                }
            }
        }
        pixels.into()
    }
}
