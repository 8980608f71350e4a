//! What goes into a network: a picture's numbers, or numbers that are normalised already.

use std::path::Path;

use relume::picture::Picture;
use relume::safetensors::{Archive, Array};
use relume::{BoundingBox, Error, ErrorKind, Network, Result};

use crate::{files, pictures};

/// A picture as a network sees it.
pub(crate) struct SeenPicture {
    /// `[C, H, W]`, normalised.
    pub(crate) numbers: Vec<f32>,
    /// RGBA.
    pub(crate) view: Vec<u8>,
    /// What that is of the whole picture.
    pub(crate) rectangle: BoundingBox,
}

/// The normalised numbers `[C, H, W]` of a picture, and the picture as the network sees it, RGBA.
pub(crate) fn of_picture(path: &Path, network: &Network) -> Result<(Vec<f32>, Vec<u8>)> {
    let SeenPicture { numbers, view, .. } = seen(path, network)?;
    Ok((numbers, view))
}

/// The picture as the network sees it.
pub(crate) fn seen(path: &Path, network: &Network) -> Result<SeenPicture> {
    let pixels = pictures::open(path)?;
    let picture = Picture::from_rgba(pixels.as_raw(), pixels.width(), pixels.height()).map_err(files::within(path))?;
    let input = &network.info().input;
    let prepared = picture.prepare(input).map_err(files::within(path))?;
    let [left, top, width, height] = picture.seen(input)?;
    Ok(SeenPicture {
        numbers: prepared.tensor,
        view: prepared.view,
        rectangle: BoundingBox {
            left,
            top,
            width,
            height,
        },
    })
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
