//! Pictures from files, and drawings into PNG files.

use std::io::Cursor;
use std::path::Path;

use image::{ImageFormat, RgbaImage};
use relume::picture::Drawing;
use relume::{Error, ErrorKind, Result};

use crate::{files, output};

/// Decodes a picture as the page would show it. What is not quite right with the file is noted on standard error.
pub(crate) fn open(path: &Path) -> Result<RgbaImage> {
    let bytes = files::read(path)?;
    let decoded = relume_pictures::decode(&bytes)
        .map_err(|error| Error::new(error.kind(), format!("{}: {}", path.display(), error.message())))?;
    if let Some(note) = decoded.note {
        output::note(&format!("{}: {note}", path.display()));
    }
    Ok(decoded.pixels)
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
