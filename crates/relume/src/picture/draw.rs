//! A map made into a picture.

use super::{
    clip::Clip,
    colour::{self, Colour},
    fold::Folded,
    options::DrawOptions,
};
use crate::error::{Error, ErrorKind, Result};

/// A map as a picture, and what a caption needs in order to be honest about its scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Opaque RGBA, 4 · `width` · `height` bytes, row by row from the top.
    pub rgba: Vec<u8>,
    /// How many pixels a row has.
    pub width: u32,
    /// How many rows there are.
    pub height: u32,
    /// The magnitude that is drawn as full strength, in the map's own units; 0 for a map that is zero everywhere.
    pub scale: f32,
    /// The share of pixels, from 0 to 1, of which some value lies beyond the scale.
    pub clipped: f32,
}

/// Draws a signed map of `shape` `[C, H, W]`, given row by row.
///
/// 1. The channels are [folded](DrawOptions::fold), then the [sign](DrawOptions::sign) is picked. The rgb fold wants
///    three channels, or one, which is drawn like the plane of the others; the others take any number, so an activation can
///    be drawn as well.
/// 2. The scale is the smallest value such that magnitudes up to it carry at least `1 - clip` of the sum of all
///    magnitudes (the outlier rule of Captum); with `clip` 0 it is the largest magnitude. Values are divided by it and
///    clamped to [-1, 1].
/// 3. A value becomes a colour: in the rgb fold each channel is its own, `0.5 + 0.5 v` for both signs and `v` for one;
///    in the others [`colors`](DrawOptions::colors) says which. A map that is zero everywhere is drawn as the colour
///    of 0.
/// 4. With `over`, the RGBA pixels of a picture of the map's size, the picture lies below in grey, and shows through
///    where the map is weak: the map's colour has the opacity `|v|` (in the rgb fold the largest of the three).
///
/// # Errors
///
/// - `invalid-option`: see [`DrawOptions::validate`].
/// - `shape-mismatch`: `map` or `over` does not have the length that `shape` asks for, a side is 0, or a map that has
///   neither three channels nor one is folded to rgb.
/// - `not-finite`: the map, or a sum over its channels, holds NaN or an infinity.
pub fn draw(map: &[f32], shape: [usize; 3], options: &DrawOptions, over: Option<&[u8]>) -> Result<Drawing> {
    options.validate()?;
    let (width, height) = size(map, shape, over)?;
    if let Some(at) = map.iter().position(|value| !value.is_finite()) {
        return Err(Error::new(
            ErrorKind::NotFinite,
            format!("value {at} of the map is not a finite number, so the map cannot be drawn"),
        ));
    }

    let mut folded = Folded::new(map, shape, options.fold)?;
    folded.keep(options.sign);
    let clip = Clip::new(folded.values(), options.clip);

    let (rgba, cut) = match &folded {
        Folded::Rgb(pixels) => (
            paint(over, pixels, |value| {
                let value = value.map(|v| clip.apply(v));
                let strength = value.into_iter().map(f32::abs).fold(0.0, f32::max);
                (value.map(|v| colour::position(v, options.sign)), strength)
            }),
            pixels
                .iter()
                .filter(|value| value.iter().any(|&v| clip.cuts(v)))
                .count(),
        ),
        Folded::Plane(plane) => (
            paint(over, plane, |value| {
                let value = clip.apply(value);
                (colour::of_plane(value, options.sign, options.colors), value.abs())
            }),
            plane.iter().filter(|&&value| clip.cuts(value)).count(),
        ),
    };
    Ok(Drawing {
        clipped: share(cut, rgba.len() / 4),
        rgba,
        width,
        height,
        scale: clip.scale,
    })
}

/// The `(width, height)` of the drawing, once every length is known to fit.
fn size(map: &[f32], shape: [usize; 3], over: Option<&[u8]>) -> Result<(u32, u32)> {
    let [channels, height, width] = shape;
    let pixels = height.checked_mul(width);
    let values = pixels.and_then(|pixels| pixels.checked_mul(channels));
    let problem = if values == Some(0) {
        "has no pixels to draw".to_owned()
    } else if values != Some(map.len()) {
        format!("does not have {} values", map.len())
    } else if let Some(over) = over.filter(|over| pixels.and_then(|p| p.checked_mul(4)) != Some(over.len())) {
        format!(
            "cannot be drawn over a picture of {} bytes of RGBA; their sizes must be equal",
            over.len()
        )
    } else if let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) {
        return Ok((width, height));
    } else {
        "is too wide or too high to draw".to_owned()
    };
    Err(Error::new(
        ErrorKind::ShapeMismatch,
        format!("a map of shape {shape:?} {problem}"),
    ))
}

/// One RGBA pixel for each value. `look` gives a value's colour, and its opacity over a picture.
fn paint<T: Copy>(over: Option<&[u8]>, values: &[T], look: impl Fn(T) -> (Colour, f32)) -> Vec<u8> {
    let looks = values.iter().map(|&value| look(value));
    match over {
        None => looks.flat_map(|(colour, _)| colour::to_rgba(colour)).collect(),
        Some(over) => looks
            .zip(over.as_chunks().0)
            .flat_map(|((colour, strength), &below)| {
                colour::to_rgba(colour::mix(colour::grey_of(below), colour, strength))
            })
            .collect(),
    }
}

#[allow(clippy::cast_precision_loss)]
fn share(part: usize, whole: usize) -> f32 {
    part as f32 / whole as f32
}

#[cfg(test)]
mod tests {
    use super::{
        super::options::{Colors, Fold, Sign},
        *,
    };

    fn options(fold: Fold, sign: Sign, clip: f32, colors: Colors) -> DrawOptions {
        DrawOptions {
            fold,
            sign,
            clip,
            colors,
        }
    }

    // Two pixels, three channels: (2, -1, 0) and (0, 4, -4).
    const MAP: [f32; 6] = [2.0, 0.0, -1.0, 4.0, 0.0, -4.0];

    #[test]
    fn drawings_by_hand() {
        use Colors::{Diverging, Grey};
        use Fold::{Max, Rgb, Sum};
        use Sign::{Both, Magnitude, Negative, Positive};
        #[rustfmt::skip]
        let table = [
            // fold, sign, colors, scale, first pixel, second pixel
            (Rgb, Both,      Grey,      4.0, [191, 96, 128],  [128, 255, 0]), // 0.75, 0.375, 0.5; 0.5, 1, 0
            (Rgb, Positive,  Grey,      4.0, [128, 0, 0],     [0, 255, 0]),
            (Rgb, Negative,  Grey,      4.0, [0, 64, 0],      [0, 0, 255]),
            (Rgb, Magnitude, Grey,      4.0, [128, 64, 0],    [0, 255, 255]),
            (Max, Both,      Grey,      4.0, [191, 191, 191], [255, 255, 255]), // 2 and 4
            (Max, Negative,  Grey,      0.0, [0, 0, 0],       [0, 0, 0]),
            (Sum, Both,      Grey,      1.0, [255, 255, 255], [128, 128, 128]), // 1 and 0
            (Sum, Both,      Diverging, 1.0, [213, 94, 0],    [247, 247, 247]),
        ];
        for (fold, sign, colors, scale, [r, g, b], [r2, g2, b2]) in table {
            let drawing = draw(&MAP, [3, 1, 2], &options(fold, sign, 0.0, colors), None).unwrap();
            assert_eq!(drawing.rgba, [r, g, b, 255, r2, g2, b2, 255], "{fold} {sign} {colors}");
            assert_eq!((drawing.width, drawing.height), (2, 1));
            assert_eq!((drawing.scale, drawing.clipped), (scale, 0.0));
        }
    }

    #[test]
    fn what_is_clipped_is_said() {
        // Magnitudes 1, 1, 1, 5 with clip 0.5: 4 of 8 are wanted, so 5 is needed; with 0.625, 3 are wanted.
        let map = [1.0, -1.0, 1.0, -5.0];
        let drawn = |clip| {
            draw(
                &map,
                [1, 2, 2],
                &options(Fold::Sum, Sign::Both, clip, Colors::Grey),
                None,
            )
            .unwrap()
        };
        assert_eq!((drawn(0.5).scale, drawn(0.5).clipped), (5.0, 0.0));
        assert_eq!((drawn(0.625).scale, drawn(0.625).clipped), (1.0, 0.25));
        assert_eq!((drawn(0.625).width, drawn(0.625).height), (2, 2));
        // In rgb, one pixel counts once, however many of its channels are clipped: 1, 1, 1, 1, 9, 9 with 4 of 22.
        let map = [1.0, 9.0, 1.0, -9.0, 1.0, 1.0];
        let drawing = draw(
            &map,
            [3, 1, 2],
            &DrawOptions {
                clip: 0.875,
                ..DrawOptions::default()
            },
            None,
        )
        .unwrap();
        assert_eq!((drawing.scale, drawing.clipped), (1.0, 0.5));
        assert_eq!(drawing.rgba, [255, 255, 255, 255, 255, 0, 255, 255]);
    }

    #[test]
    fn over_a_picture_the_map_is_as_opaque_as_it_is_strong() {
        // Pixels of grey 100, red (luma 54.213), transparent black (white).
        let over = [100, 100, 100, 255, 255, 0, 0, 255, 0, 0, 0, 0];
        let diverging = options(Fold::Sum, Sign::Both, 0.0, Colors::Diverging);
        let drawing = draw(&[0.0, 2.0, -1.0], [1, 1, 3], &diverging, Some(&over)).unwrap();
        // Third: half of white 255 and half of (123.5, 180.5, 212.5), which is half-way to blue.
        assert_eq!(drawing.rgba, [100, 100, 100, 255, 213, 94, 0, 255, 189, 218, 234, 255]);

        // rgb: (0.5, -0.25, 0) is drawn as (0.75, 0.375, 0.5) with the opacity 0.5, (0, 0, 1) with 1.
        let map = [0.5, 0.0, -0.25, 0.0, 0.0, 1.0];
        let unclipped = DrawOptions {
            clip: 0.0,
            ..DrawOptions::default()
        };
        let drawing = draw(&map, [3, 1, 2], &unclipped, Some(&over[..8])).unwrap();
        // 50 + 95.625, 50 + 47.8125, 50 + 63.75
        assert_eq!(drawing.rgba, [146, 98, 114, 255, 128, 128, 255, 255]);
    }

    #[test]
    fn a_map_of_zeros_is_drawn_as_the_colour_of_zero() {
        let table = [
            (Fold::Rgb, Sign::Both, Colors::Grey, [128, 128, 128, 255]),
            (Fold::Rgb, Sign::Magnitude, Colors::Grey, [0, 0, 0, 255]),
            (Fold::Max, Sign::Both, Colors::Diverging, [247, 247, 247, 255]),
            (Fold::Sum, Sign::Positive, Colors::Heat, [68, 1, 84, 255]),
        ];
        for (fold, sign, colors, colour) in table {
            let drawing = draw(&[0.0; 12], [3, 2, 2], &options(fold, sign, 0.02, colors), None).unwrap();
            assert_eq!(drawing.rgba, colour.repeat(4));
            assert_eq!((drawing.scale, drawing.clipped), (0.0, 0.0));
            let over = [30, 30, 30, 255].repeat(4);
            let drawing = draw(&[0.0; 12], [3, 2, 2], &options(fold, sign, 0.02, colors), Some(&over)).unwrap();
            assert_eq!(drawing.rgba, over, "where there is nothing to say, the picture shows");
        }
    }

    #[test]
    fn a_map_times_any_power_of_two_looks_the_same() {
        let map: Vec<f32> = (0..75_u16).map(|i| f32::from(i * 37 % 101) - 50.0).collect();
        for &fold in Fold::ALL {
            for &sign in Sign::ALL {
                let options = options(fold, sign, 0.02, Colors::Grey);
                let wanted = draw(&map, [3, 5, 5], &options, None).unwrap();
                for factor in [1.0_f32 / 1024.0, 0.5, 4096.0] {
                    let scaled: Vec<f32> = map.iter().map(|v| v * factor).collect();
                    let drawing = draw(&scaled, [3, 5, 5], &options, None).unwrap();
                    assert_eq!(drawing.rgba, wanted.rgba);
                    assert_eq!(drawing.scale, wanted.scale * factor);
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let plain = DrawOptions::default();
        let huge = usize::MAX / 2;
        let table = [
            (ErrorKind::ShapeMismatch, vec![0.0; 5], [3, 1, 2], None),
            (ErrorKind::ShapeMismatch, vec![0.0; 7], [3, 1, 2], None),
            (ErrorKind::ShapeMismatch, vec![], [3, 0, 2], None),
            (ErrorKind::ShapeMismatch, vec![], [0, 1, 1], None),
            (ErrorKind::ShapeMismatch, vec![], [huge, huge, 0], None),
            (ErrorKind::ShapeMismatch, vec![0.0; 6], [huge, huge, huge], None),
            (ErrorKind::ShapeMismatch, vec![0.0; 8], [2, 2, 2], None),
            (ErrorKind::ShapeMismatch, vec![0.0; 6], [3, 1, 2], Some(vec![0; 7])),
            (ErrorKind::ShapeMismatch, vec![0.0; 6], [3, 1, 2], Some(vec![])),
            (ErrorKind::NotFinite, vec![0.0, f32::NAN, 0.0], [3, 1, 1], None),
            (ErrorKind::NotFinite, vec![0.0, 0.0, f32::NEG_INFINITY], [3, 1, 1], None),
        ];
        for (kind, map, shape, over) in table {
            let error = draw(&map, shape, &plain, over.as_deref()).unwrap_err();
            assert_eq!(error.kind(), kind, "{shape:?}: {error:?}");
        }
        let error = draw(&MAP, [3, 1, 2], &DrawOptions { clip: 1.0, ..plain }, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
        let error = draw(
            &MAP,
            [3, 1, 2],
            &DrawOptions {
                colors: Colors::Heat,
                ..plain
            },
            None,
        )
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
    }
}
