//! JPEG by libjpeg, as browsers decode it.

use std::panic::catch_unwind;

use image::{DynamicImage, GrayImage, RgbImage};
use mozjpeg::{ColorSpace, Decompress};
use relume::Result;

use super::{CUT_OFF, invalid};

/// The last two bytes of a whole JPEG.
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];
const NO_END: &str = "its end marker is missing, and nothing else";

/// Decodes a JPEG, which is not yet upright. The text says what is not quite right with it.
pub(super) fn decode(bytes: &[u8]) -> Result<(DynamicImage, Option<&'static str>)> {
    if has_end(bytes) {
        return Ok((pixels(bytes)?, None));
    }
    // libjpeg goes on with zeros where the file ends, and says nothing. What is missing shows by it that other bits in its
    // place give another picture.
    let ended = |filler: &[u8]| pixels(&[bytes, filler, &END_OF_IMAGE].concat());
    match (ended(&[]), ended(&[0b0101_1010; 4096])) {
        (Ok(first), Ok(second)) if first == second => Ok((first, Some(NO_END))),
        _ => Err(invalid(CUT_OFF)),
    }
}

fn pixels(bytes: &[u8]) -> Result<DynamicImage> {
    // libjpeg's fatal errors arrive as panics that no hook hears of.
    let decoded = catch_unwind(|| decompress(bytes));
    let reason = match decoded {
        Ok(Ok(Some(image))) => return Ok(image),
        Ok(Ok(None)) => "it has fewer rows than it says".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
    };
    let reason = reason.strip_prefix("libjpeg fatal error: ").unwrap_or(&reason);
    Err(invalid(&format!("is not a picture that can be decoded: {reason}")))
}

fn decompress(bytes: &[u8]) -> std::io::Result<Option<DynamicImage>> {
    let decoder = Decompress::new_mem(bytes)?;
    let (width, height) = decoder.size();
    let Some((width, height)) = u32::try_from(width).ok().zip(u32::try_from(height).ok()) else {
        return Ok(None);
    };
    let rgb = |pixels| RgbImage::from_raw(width, height, pixels).map(DynamicImage::from);
    Ok(match decoder.color_space() {
        ColorSpace::JCS_GRAYSCALE => {
            let pixels: Vec<u8> = decoder.grayscale()?.read_scanlines()?;
            GrayImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
        ColorSpace::JCS_CMYK | ColorSpace::JCS_YCCK => {
            let inks: Vec<[u8; 4]> = decoder.to_colorspace(ColorSpace::JCS_CMYK)?.read_scanlines()?;
            rgb(inks.into_iter().flat_map(from_inverted_inks).collect())
        }
        _ => {
            let pixels: Vec<[u8; 3]> = decoder.rgb()?.read_scanlines()?;
            rgb(pixels.into_flattened())
        }
    })
}

/// Four inks, inverted as Adobe writes them and as browsers take all of them.
fn from_inverted_inks([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    [cyan, magenta, yellow].map(|ink| {
        let product = u32::from(ink) * u32::from(black) + 128;
        ((product + (product >> 8)) >> 8) as u8
    })
}

/// Whether the end marker is there, after the compressed data; a thumbnail's own, in a segment before, does not count.
pub(super) fn has_end(bytes: &[u8]) -> bool {
    let mut at = 2;
    // Over the segments, each with its length, to the compressed data.
    loop {
        let (Some(0xff), Some(&marker)) = (bytes.get(at), bytes.get(at + 1)) else {
            return false;
        };
        match marker {
            0xff => at += 1,
            0xd9 => return true,
            0x01 | 0xd0..=0xd8 => at += 2,
            0xda => break,
            _ => match (bytes.get(at + 2), bytes.get(at + 3)) {
                (Some(&high), Some(&low)) => at += 2 + usize::from(u16::from_be_bytes([high, low])),
                _ => return false,
            },
        }
    }
    // In compressed data 0xff is always followed by a zero or a marker.
    bytes
        .get(at..)
        .is_some_and(|data| data.windows(2).any(|pair| pair == END_OF_IMAGE))
}
