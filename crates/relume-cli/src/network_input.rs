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
    let [channels, height, width] = network.info().input.shape;
    tensor(path, "input", |_| [1, channels, height, width])
}

/// A tensor of a safetensors file, which has to have the shape that `wanted` says of its own.
pub(crate) fn tensor(path: &Path, name: &str, wanted: impl Fn(&[usize]) -> [usize; 4]) -> Result<Vec<f32>> {
    let bytes = files::read(path)?;
    let archive = Archive::parse(&bytes).map_err(files::within(path))?;
    let Array { shape, data } = archive.array(name).map_err(files::within(path))?;
    let wanted = wanted(&shape);
    if shape == wanted {
        return Ok(data);
    }
    Err(Error::new(
        ErrorKind::ShapeMismatch,
        format!(
            "{}: `{name}` is {shape:?}, the network takes {wanted:?}",
            path.display()
        ),
    ))
}
