//! JPEG by libjpeg, as browsers decode it.

use std::panic::catch_unwind;

use image::{DynamicImage, GrayImage, RgbImage};
use mozjpeg::{ColorSpace, Decompress};
use relume::Result;

use super::{CUT_OFF, invalid};

/// The last two bytes of a whole JPEG.
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];
/// What every scan begins with.
const START_OF_SCAN: [u8; 2] = [0xff, 0xda];
const NO_END: &str = "the JPEG end marker is missing; the picture itself is complete";

/// Decodes a JPEG, which is not yet upright, of the `size` that its header was read to have. The text says what is not quite right with it.
pub(super) fn decode(bytes: &[u8], size: (u32, u32)) -> Result<(DynamicImage, Option<&'static str>)> {
    if has_end(bytes) {
        return Ok((pixels(bytes, size)?, None));
    }
    // Where the file ends libjpeg goes on with zeros, and says nothing. So the file is decoded twice, with different bits after
    // its end: if the results differ, pixel data are missing.
    // Half of the marker may be there.
    let whole = bytes.len() - bytes.iter().rev().take_while(|&&byte| byte == 0xff).count();
    let bytes = bytes.get(..whole).unwrap_or_default();
    let ended = |filler: &[u8]| pixels(&[bytes, filler, &END_OF_IMAGE].concat(), size);
    match (ended(&[]), ended(&[0b0101_1010; 4096])) {
        (Ok(first), Ok(second)) if first == second => Ok((first, Some(NO_END))),
        _ => Err(invalid(CUT_OFF)),
    }
}

fn pixels(bytes: &[u8], size: (u32, u32)) -> Result<DynamicImage> {
    // libjpeg's fatal errors arrive as panics that no hook hears of.
    let decoded = catch_unwind(|| decompress(bytes, size));
    let reason = match decoded {
        Ok(Ok(Some(image))) => return Ok(image),
        Ok(Ok(None)) => "it has fewer rows than its header declares".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
    };
    let reason = reason.strip_prefix("libjpeg fatal error: ").unwrap_or(&reason);
    Err(invalid(&format!("cannot be decoded as a picture: {reason}")))
}

/// `size` is what another reader found, within our limit. A file can be made in which the two find different headers.
fn decompress(bytes: &[u8], size: (u32, u32)) -> std::io::Result<Option<DynamicImage>> {
    let decoder = Decompress::new_mem(bytes)?;
    let (width, height) = size;
    if decoder.size() != (width as usize, height as usize) {
        return Err(std::io::Error::other("it has two headers that contradict each other"));
    }
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
    if bytes.ends_with(&END_OF_IMAGE) {
        return true;
    }
    match first_scan(bytes) {
        Some(Start::Scan(at)) => markers(bytes, at).any(|pair| pair == END_OF_IMAGE),
        Some(Start::End) => true,
        None => false,
    }
}

/// How many scans there are; a progressive picture has several, each of which goes over all pixels.
pub(super) fn scans(bytes: &[u8]) -> usize {
    match first_scan(bytes) {
        // What phones append to a picture, such as a film, is none of its scans.
        Some(Start::Scan(at)) => markers(bytes, at)
            .take_while(|pair| *pair != END_OF_IMAGE)
            .filter(|pair| *pair == START_OF_SCAN)
            .count(),
        Some(Start::End) | None => 0,
    }
}

/// What comes after the segments at the beginning.
enum Start {
    /// A scan, whose marker lies here.
    Scan(usize),
    End,
}

/// Over the segments, each with its length, to the compressed data. What lies between segments is passed over.
fn first_scan(bytes: &[u8]) -> Option<Start> {
    let mut at = 2;
    loop {
        match (*bytes.get(at)?, *bytes.get(at + 1)?) {
            (0xff, 0xd9) => return Some(Start::End),
            (0xff, 0xda) => return Some(Start::Scan(at)),
            (0xff, 0x01 | 0xd0..=0xd8) => at += 2,
            (0xff, 1..=0xfe) => {
                let length = [*bytes.get(at + 2)?, *bytes.get(at + 3)?];
                at += 2 + usize::from(u16::from_be_bytes(length));
            }
            _ => at += 1,
        }
    }
}

/// The pairs of bytes from `at` on. In compressed data 0xff is always followed by a zero or a marker.
fn markers(bytes: &[u8], at: usize) -> impl Iterator<Item = [u8; 2]> {
    let data = bytes.get(at..).unwrap_or_default();
    data.array_windows().copied()
}
