//! Picture files to pixels, as a browser would show them: so that the command line, training and the page see the same picture.
//!
//! - Embedded colour profiles are converted to sRGB: ICC in JPEG, PNG, WebP and TIFF; in PNG also `cICP`, and `gAMA` with `cHRM`.
//! - Exif orientation is applied, whatever the format.
//! - Of an animation, the first frame is decoded.
//! - Transparency stays; the library lays it over white when it [prepares](relume::picture::Picture::prepare) the picture.
//! - A file that is cut off is refused, except a JPEG that lacks only its end marker.
//!
//! ```no_run
//! let bytes = std::fs::read("cat.jpg").expect("a file");
//! let decoded = relume_pictures::decode(&bytes)?;
//! println!("{} by {} pixels", decoded.pixels.width(), decoded.pixels.height());
//! # Ok::<(), relume::Error>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod color_profile;
pub mod folder;
mod jpeg;
mod png_color;

use std::io::Cursor;

use color_profile::ColorProfile;
use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbaImage};
use relume::picture::MAX_PIXELS;
use relume::{Error, ErrorKind, Result};

/// The most pixels of a picture, however few bytes it has, and how many more for each byte. A file of a few kilobytes can declare
/// pixels that take seconds to decode.
const FREE_PIXELS: u64 = 16_000_000;
const PIXELS_PER_BYTE: u64 = 128;
/// The most scans of a JPEG, and how many of them count as one pass over its pixels.
const MAX_SCANS: usize = 64;
const COMMON_SCANS: usize = 16;
/// The most bytes that the parts of a PNG besides its pixels may have, unpacked: a colour profile, texts, Exif.
const MAX_PNG_METADATA: u64 = 16 << 20;

const CUT_OFF: &str = "is cut off: the file ends before the picture does";

/// A decoded picture.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// sRGB, upright, straight alpha.
    pub pixels: RgbaImage,
    /// A message for the user about a defect that did not prevent decoding.
    pub note: Option<&'static str>,
}

/// Decodes a picture: JPEG, PNG, WebP, GIF, BMP or TIFF.
///
/// # Errors
/// `invalid-picture` for bytes that are not such a picture, that are cut off, or for one of more than [`MAX_PIXELS`] pixels, or of far
/// more pixels than its bytes can tell: 16 million, and 128 for each byte.
pub fn decode(bytes: &[u8]) -> Result<Decoded> {
    let (format, mut decoder) = open(bytes)?;
    let profile = match format {
        ImageFormat::Png => png_color::profile(bytes),
        _ => decoder
            .icc_profile()
            .ok()
            .flatten()
            .and_then(|icc| ColorProfile::from_icc(&icc)),
    };
    let orientation = orientation(&mut decoder);
    let (image, note) = match format {
        ImageFormat::Jpeg => jpeg::decode(bytes, decoder.dimensions())?,
        ImageFormat::Png => match first_frame(bytes)? {
            Some(frame) => (frame, None),
            None => (DynamicImage::from_decoder(decoder).map_err(undecodable)?, None),
        },
        _ => (DynamicImage::from_decoder(decoder).map_err(undecodable)?, None),
    };
    let mut image = match profile {
        Some(profile) => profile.to_srgb(image),
        None => image,
    };
    image.apply_orientation(orientation);
    Ok(Decoded {
        pixels: image.into_rgba8(),
        note,
    })
}

/// Width and height of the upright picture, read from the file's header.
///
/// # Errors
/// As [`decode`].
pub fn size(bytes: &[u8]) -> Result<(u32, u32)> {
    let (_, mut decoder) = open(bytes)?;
    let (width, height) = decoder.dimensions();
    Ok(match orientation(&mut decoder) {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            (height, width)
        }
        _ => (width, height),
    })
}

/// How the picture is to be turned, by its Exif.
fn orientation(decoder: &mut impl ImageDecoder) -> Orientation {
    let exif = decoder.exif_metadata().ok().flatten();
    // In WebP some programs write what begins the segment of a JPEG, and browsers read it.
    let of_exif = exif.and_then(|exif| Orientation::from_exif_chunk(exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif)));
    of_exif
        .or_else(|| decoder.orientation().ok())
        .unwrap_or(Orientation::NoTransforms)
}

/// Reads the header.
fn open(bytes: &[u8]) -> Result<(ImageFormat, impl ImageDecoder + '_)> {
    let format = image::guess_format(bytes).map_err(|_| invalid(&unknown(bytes)))?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(match format {
        ImageFormat::Png => memory_limit(MAX_PNG_METADATA),
        _ => memory_limit(8 * MAX_PIXELS),
    });
    let mut decoder = reader.into_decoder().map_err(|error| match format {
        ImageFormat::Jpeg if !jpeg::has_end(bytes) => invalid(CUT_OFF),
        _ => undecodable(error),
    })?;
    let (width, height) = decoder.dimensions();
    // Before anything is decoded: a small file can claim a huge picture.
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(invalid(&format!(
            "is too large: {width}×{height} pixels; at most {MAX_PIXELS} are allowed"
        )));
    }
    let scans = match format {
        ImageFormat::Jpeg => jpeg::scans(bytes),
        _ => 1,
    };
    if scans > MAX_SCANS {
        return Err(invalid(&format!(
            "has {scans} scans, which takes far longer to decode than a picture should; at most {MAX_SCANS} are allowed"
        )));
    }
    // A pass over all pixels for each scan; common progressive files have ten.
    let passes = scans.div_ceil(COMMON_SCANS).max(1) as u64;
    let allowed = FREE_PIXELS + PIXELS_PER_BYTE * bytes.len() as u64;
    if u64::from(width) * u64::from(height) * passes > allowed {
        return Err(invalid(&format!(
            "declares {width}×{height} pixels, far too many for a file of {} bytes; save it with fewer pixels or less compression",
            bytes.len()
        )));
    }
    if format != ImageFormat::Png {
        // As much as the pixels take, and what is decoded on the way.
        let needed = decoder.total_bytes().saturating_mul(2).saturating_add(MAX_PNG_METADATA);
        decoder.set_limits(memory_limit(needed)).map_err(undecodable)?;
    }
    Ok((format, decoder))
}

/// A decoder takes no more memory than this at once.
fn memory_limit(bytes: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(bytes);
    limits
}

/// The first frame of an animated PNG, which may be another picture than its still image.
fn first_frame(bytes: &[u8]) -> Result<Option<DynamicImage>> {
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), memory_limit(MAX_PNG_METADATA)).map_err(undecodable)?;
    // The frames' own pixels, three at a time, count too; how many there are was checked when the file was opened.
    let (width, height) = decoder.dimensions();
    let frames = 3 * 4 * u64::from(width) * u64::from(height);
    let decoder =
        PngDecoder::with_limits(Cursor::new(bytes), memory_limit(MAX_PNG_METADATA + frames)).map_err(undecodable)?;
    if !decoder.is_apng().map_err(undecodable)? {
        return Ok(None);
    }
    let first = decoder.apng().map_err(undecodable)?.into_frames().next();
    first
        .map(|frame| Ok(frame.map_err(undecodable)?.into_buffer().into()))
        .transpose()
}

fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::InvalidPicture, what)
}

fn undecodable(error: ImageError) -> Error {
    let cut_off = match &error {
        ImageError::IoError(error) => error.kind() == std::io::ErrorKind::UnexpectedEof,
        error => error.to_string().to_lowercase().contains("unexpected end"),
    };
    if cut_off {
        invalid(CUT_OFF)
    } else {
        invalid(&format!("cannot be decoded as a picture: {error}"))
    }
}

/// What the bytes are, when they are no picture.
fn unknown(bytes: &[u8]) -> String {
    let start = bytes.get(..bytes.len().min(256)).unwrap_or_default();
    let text = String::from_utf8_lossy(start).trim_start().to_lowercase();
    let what = if bytes.is_empty() {
        "is an empty file"
    } else if text.starts_with("<!doctype html") || text.starts_with("<html") {
        "is a web page (HTML), not a picture"
    } else if text.starts_with("<svg") || text.contains("<svg") {
        "is an SVG drawing; save it as PNG first"
    } else if text.starts_with("version https://git-lfs") {
        "is a Git LFS pointer, which only stands for the picture: fetch it with `git lfs pull`"
    } else if start
        .get(4..12)
        .is_some_and(|brand| brand.starts_with(b"ftyphei") || brand.starts_with(b"ftypmif"))
    {
        "is a HEIC picture, as many phones save them; save it as JPEG first"
    } else if start.get(4..12) == Some(b"ftypavif") {
        "is an AVIF picture; save it as PNG or JPEG first"
    } else {
        "cannot be decoded as a picture; supported formats are JPEG, PNG, WebP, GIF, BMP and TIFF"
    };
    what.to_owned()
}
