//! A map made into a picture.

use super::{
    clip::Clip,
    colour::{self, Colour},
    fold::Folded,
    options::DrawOptions,
};
use crate::error::{Error, ErrorKind, Result};
use crate::finite::first_not_finite;

/// A map as a picture, and what a caption needs in order to be honest about its scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Opaque RGBA, 4 · `width` · `height` bytes, row by row from the top.
    pub rgba: Vec<u8>,
    /// How many pixels a row has.
    pub width: u32,
    /// How many rows there are.
    pub height: u32,
    /// The magnitude that is drawn at full strength, in the map's own units: the one that was
    /// [told](DrawOptions::scale), or the map's own, which is 0 for a map that is zero everywhere.
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
///    magnitudes (the outlier rule of Captum); with `clip` 0 it is the largest magnitude. Where a
///    [scale](DrawOptions::scale) is told, it is that one instead. Values are divided by it and clamped to [-1, 1].
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
    let folded = folded(map, shape, options)?;
    let clip = match options.scale {
        Some(scale) => Clip { scale },
        None => Clip::new(folded.values(), options.clip),
    };

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

/// The scale of several maps that are drawn together, each with its `shape` `[C, H, W]`: that of [`draw`], by the same
/// `fold`, `sign` and `clip`, over the values of all of them. It goes into [`DrawOptions::scale`] of each; of maps that are
/// all zero everywhere it is 0.
///
/// ```
/// use relume::picture::{DrawOptions, draw, shared_scale};
///
/// let (weak, strong) = ([0.5, -1.0], [2.0, 4.0]);
/// let options = DrawOptions { clip: 0.0, ..DrawOptions::default() };
/// let scale = shared_scale([(&weak[..], [1, 1, 2]), (&strong[..], [1, 1, 2])], &options)?;
/// assert_eq!(scale, 4.0);
/// let drawing = draw(&weak, [1, 1, 2], &DrawOptions { scale: Some(scale), ..options }, None)?;
/// assert_eq!(drawing.rgba[..4], [143, 143, 143, 255]); // (0.5 + 0.5 · 0.125) · 255
/// # Ok::<(), relume::Error>(())
/// ```
///
/// # Errors
///
/// `invalid-option` where there is no map; else those of [`draw`].
pub fn shared_scale<'a>(maps: impl IntoIterator<Item = (&'a [f32], [usize; 3])>, options: &DrawOptions) -> Result<f32> {
    options.validate()?;
    let mut values = Vec::new();
    for (map, shape) in maps {
        size(map, shape, None)?;
        values.extend_from_slice(folded(map, shape, options)?.values());
    }
    if values.is_empty() {
        return Err(Error::new(
            ErrorKind::InvalidOption,
            "a shared scale is that of one map or more; there is none here",
        ));
    }
    Ok(Clip::new(&values, options.clip).scale)
}

/// A map of a known size, folded, with the sign that is drawn.
fn folded(map: &[f32], shape: [usize; 3], options: &DrawOptions) -> Result<Folded> {
    if let Some(at) = first_not_finite(map) {
        return Err(Error::new(
            ErrorKind::NotFinite,
            format!("value {at} of the map is not a finite number, so the map cannot be drawn"),
        ));
    }
    let mut folded = Folded::new(map, shape, options.fold)?;
    folded.keep(options.sign);
    Ok(folded)
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
mod tests;
