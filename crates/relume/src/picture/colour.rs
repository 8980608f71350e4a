//! From a value on the scale to a colour. Colours are red, green, blue from 0 to 1.

use super::{
    crop::over_white,
    options::{Colors, Sign},
};

pub(super) type Colour = [f32; 3];

/// Blue, near-white and vermillion; the blue and the vermillion are those of Okabe and Ito.
const DIVERGING: [[u8; 3]; 3] = [[0, 114, 178], [247, 247, 247], [213, 94, 0]];

/// Nine evenly spaced colours of viridis (van der Walt and Smith, in the public domain under CC0).
const HEAT: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 45, 123],
    [59, 82, 139],
    [44, 114, 142],
    [33, 145, 140],
    [40, 174, 128],
    [94, 201, 98],
    [173, 220, 48],
    [253, 231, 37],
];

/// Where a value lies on a scale from 0 to 1: signed values have their zero in the middle.
pub(super) fn position(value: f32, sign: Sign) -> f32 {
    match sign {
        Sign::Both => 0.5 + 0.5 * value,
        Sign::Positive | Sign::Negative | Sign::Magnitude => value,
    }
}

/// The colour of a value in [-1, 1] of a single plane.
pub(super) fn of_plane(value: f32, sign: Sign, colors: Colors) -> Colour {
    match colors {
        Colors::Grey => [position(value, sign); 3],
        // Zero is near-white whichever sign is drawn: the colour says on which side of zero a value is.
        Colors::Diverging => along(&DIVERGING, position(value, Sign::Both)),
        Colors::Heat => along(&HEAT, position(value, sign)),
    }
}

/// The colour at `position` (0 to 1) of a row of evenly spaced colours, linear between two neighbours.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss
)]
fn along(colours: &[[u8; 3]], position: f32) -> Colour {
    let place = position.clamp(0.0, 1.0) * colours.len().saturating_sub(1) as f32;
    let below = place.floor();
    let mut pair = colours
        .iter()
        .skip(below as usize)
        .map(|colour| colour.map(|value| f32::from(value) / 255.0));
    let lower = pair.next().unwrap_or_default();
    let upper = pair.next().unwrap_or(lower);
    mix(lower, upper, place - below)
}

/// `under` where `strength` is 0, `upon` where it is 1.
pub(super) fn mix(under: Colour, upon: Colour, strength: f32) -> Colour {
    let [r, g, b] = under;
    let [upon_r, upon_g, upon_b] = upon;
    let mix = |under: f32, upon: f32| under * (1.0 - strength) + upon * strength;
    [mix(r, upon_r), mix(g, upon_g), mix(b, upon_b)]
}

/// The luma (Rec. 709) of an RGBA pixel laid over white, as a grey.
pub(super) fn grey_of([r, g, b, alpha]: [u8; 4]) -> Colour {
    let [r, g, b] = over_white([r, g, b], alpha).map(f32::from);
    [(0.2126 * r + 0.7152 * g + 0.0722 * b) / 255.0; 3]
}

/// An opaque pixel of 8 bits each, rounded to the nearest. Values outside 0 to 1 saturate.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn to_rgba(colour: Colour) -> [u8; 4] {
    let [r, g, b] = colour.map(|value| (value * 255.0 + 0.5).floor() as u8);
    [r, g, b, u8::MAX]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(value: f32, sign: Sign, colors: Colors) -> [u8; 3] {
        let [r, g, b, alpha] = to_rgba(of_plane(value, sign, colors));
        assert_eq!(alpha, 255);
        [r, g, b]
    }

    #[test]
    fn colours_by_hand() {
        use Colors::{Diverging, Grey, Heat};
        use Sign::{Both, Magnitude, Negative, Positive};
        #[rustfmt::skip]
        let table = [
            (-1.0,  Both,      Grey,      [0; 3]),
            (-0.5,  Both,      Grey,      [64; 3]),   // 0.25 · 255 = 63.75
            (0.0,   Both,      Grey,      [128; 3]),  // 127.5 is rounded up
            (1.0,   Both,      Grey,      [255; 3]),
            (0.0,   Positive,  Grey,      [0; 3]),
            (0.5,   Negative,  Grey,      [128; 3]),
            (1.0,   Magnitude, Grey,      [255; 3]),
            (-1.0,  Both,      Diverging, [0, 114, 178]),
            (-0.5,  Both,      Diverging, [124, 181, 213]), // 123.5, 180.5, 212.5
            (0.0,   Both,      Diverging, [247, 247, 247]),
            (0.0,   Positive,  Diverging, [247, 247, 247]),
            (0.25,  Both,      Diverging, [239, 209, 185]), // 238.5, 208.75, 185.25
            (1.0,   Both,      Diverging, [213, 94, 0]),
            (1.0,   Magnitude, Diverging, [213, 94, 0]),
            (0.0,   Positive,  Heat,      [68, 1, 84]),
            (0.125, Positive,  Heat,      [71, 45, 123]),
            (1.0,   Positive,  Heat,      [253, 231, 37]),
            (-1.0,  Both,      Heat,      [68, 1, 84]),
            (0.0,   Both,      Heat,      [33, 145, 140]),
            (1.0,   Both,      Heat,      [253, 231, 37]),
        ];
        for (value, sign, colors, wanted) in table {
            assert_eq!(drawn(value, sign, colors), wanted, "{value} {sign} {colors}");
        }
    }

    #[test]
    fn heat_grows_brighter_all_the_way() {
        let luma = |step: u16| {
            let [r, g, b, _] = to_rgba(of_plane(f32::from(step) / 64.0, Sign::Magnitude, Colors::Heat));
            grey_of([r, g, b, 255])[0]
        };
        for step in 0..64 {
            assert!(luma(step) < luma(step + 1), "{step}");
        }
    }

    #[test]
    fn a_grey_of_a_grey_is_itself() {
        for value in 0..=255 {
            assert_eq!(to_rgba(grey_of([value, value, value, 255])), [value, value, value, 255]);
        }
        // 0.2126 · 255 = 54.2, 0.7152 · 255 = 182.4, 0.0722 · 255 = 18.4
        let greys = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [0, 0, 0, 0]];
        assert_eq!(greys.map(|pixel| to_rgba(grey_of(pixel))[0]), [54, 182, 18, 255]);
    }
}
