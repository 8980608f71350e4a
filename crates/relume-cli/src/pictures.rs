//! Pictures from files, and drawings into PNG files.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbaImage};
use relume::picture::{Drawing, MAX_PIXELS};
use relume::{Error, ErrorKind, Result};

use crate::files;

/// Decodes a picture and turns it upright, as its Exif orientation says: browsers do, too.
pub(crate) fn open(path: &Path) -> Result<RgbaImage> {
    let bytes = files::read(path)?;
    let fault = |error: image::ImageError| {
        Error::new(
            ErrorKind::InvalidPicture,
            format!("{}: is not a picture that can be decoded: {error}", path.display()),
        )
    };
    let reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| files::fault(path, "cannot be read", error))?;
    let mut decoder = reader.into_decoder().map_err(fault)?;
    let (width, height) = decoder.dimensions();
    // Before anything is decoded: a small file can claim a huge picture.
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Error::new(
            ErrorKind::InvalidPicture,
            format!("{}: {width}×{height} pixels are more than {MAX_PIXELS}", path.display()),
        ));
    }
    let orientation = decoder.orientation().map_err(fault)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(fault)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgba8())
}

/// Writes a drawing as PNG.
pub(crate) fn save(path: &Path, drawing: Drawing) -> Result<()> {
    RgbaImage::from_raw(drawing.width, drawing.height, drawing.rgba)
        .ok_or_else(|| Error::new(ErrorKind::Internal, "a drawing of the wrong size"))
        .and_then(|pixels| save_pixels(path, &pixels))
}

/// Writes pixels as PNG.
pub(crate) fn save_pixels(path: &Path, pixels: &RgbaImage) -> Result<()> {
    let mut bytes = Vec::new();
    pixels
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .map_err(|error| files::fault(path, "cannot be encoded", error))?;
    files::write(path, &bytes)
}
