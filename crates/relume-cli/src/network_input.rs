//! What goes into a network: a picture's numbers, or numbers that are normalised already.

use std::path::Path;

use relume::picture::Picture;
use relume::safetensors::{Archive, Array};
use relume::{Error, ErrorKind, Network, Result};

use crate::{files, pictures};

/// The normalised numbers `[C, H, W]` of a picture, and the picture as the network sees it, RGBA.
pub(crate) fn of_picture(path: &Path, network: &Network) -> Result<(Vec<f32>, Vec<u8>)> {
    let pixels = pictures::open(path)?;
    let prepared = Picture::from_rgba(pixels.as_raw(), pixels.width(), pixels.height())
        .and_then(|picture| picture.prepare(&network.info().input))
        .map_err(files::within(path))?;
    Ok((prepared.tensor, prepared.view))
}

/// The tensor `input`, `[1, C, H, W]`, of a safetensors file.
pub(crate) fn of_tensor(path: &Path, network: &Network) -> Result<Vec<f32>> {
    let bytes = files::read(path)?;
    let archive = Archive::parse(&bytes).map_err(files::within(path))?;
    let Array { shape, data } = archive.array("input").map_err(files::within(path))?;
    let [channels, height, width] = network.info().input.shape;
    let wanted = [1, channels, height, width];
    if shape != wanted {
        return Err(Error::new(
            ErrorKind::ShapeMismatch,
            format!("{}: `input` is {shape:?}, the network takes {wanted:?}", path.display()),
        ));
    }
    Ok(data)
}
