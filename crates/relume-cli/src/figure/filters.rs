//! The weights of a convolution that reads the picture, each filter drawn in colour.

use std::path::PathBuf;

use clap::Args;
use image::RgbaImage;
use relume::weights::Array;
use relume::{Error, ErrorKind, Model, Result};

use super::sheet::Sheet;
use crate::{files, output, pictures};

/// Arguments of `relume figure filters`.
#[derive(Args)]
pub(crate) struct Filters {
    /// The model file.
    model: PathBuf,
    /// The PNG to write.
    #[arg(long, value_name = "PNG")]
    out: PathBuf,
    /// A convolution with three input channels.
    #[arg(long, default_value = "conv1")]
    layer: String,
    /// Filters side by side.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    columns: u16,
    /// How many pixels wide a weight is drawn.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    scale: u16,
}

impl Filters {
    pub(super) fn run(&self) -> Result<()> {
        let model = Model::read(&files::read(&self.model)?).map_err(files::within(&self.model))?;
        let pixels = self.draw(model.array(&format!("{}.weight", self.layer)))?;
        pictures::save_pixels(&self.out, &pixels)?;
        output::print(&format!("{}: the filters of {}", self.out.display(), self.layer))
    }

    fn draw(&self, weight: Option<&Array>) -> Result<RgbaImage> {
        let Some(Array { shape, data }) = weight else {
            return Err(Error::new(
                ErrorKind::InvalidTarget,
                format!(
                    "there is no layer `{}` with weights; relume info lists the layers",
                    self.layer
                ),
            ));
        };
        let [count, 3, height, width] = shape[..] else {
            return Err(Error::new(
                ErrorKind::InvalidTarget,
                format!(
                    "the weights of `{}` are {shape:?}: only filters over three channels have colours",
                    self.layer
                ),
            ));
        };
        let mut sheet = Sheet::new(
            count,
            usize::from(self.columns).min(count),
            [width, height],
            self.scale.into(),
            usize::from(self.scale) / 4 + 1,
        )?;
        for (index, filter) in data.chunks(3 * height * width).enumerate() {
            sheet.put(index, &colours(filter));
        }
        Ok(sheet.into_pixels())
    }
}

/// Zero is middle grey; each filter is scaled to its own largest weight, all three colours alike.
fn colours(filter: &[f32]) -> Vec<u8> {
    let largest = filter
        .iter()
        .fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()));
    let plane = filter.len() / 3;
    let shade = |weight: f32| (127.5 + 127.5 * weight / largest).round() as u8;
    (0..plane)
        .flat_map(|at| {
            [
                shade(filter[at]),
                shade(filter[plane + at]),
                shade(filter[2 * plane + at]),
                255,
            ]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::colours;

    #[test]
    fn zero_is_grey_and_the_largest_weight_full() {
        // One pixel each of red 2, green −2, blue 0.
        assert_eq!(colours(&[2.0, -2.0, 0.0]), [255, 0, 128, 255]);
        assert_eq!(colours(&[0.0; 3]), [128, 128, 128, 255]);
    }
}
