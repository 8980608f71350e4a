//! What a channel of a high layer looks for: its top-activating images, cut to its receptive field, and a map of each.

use std::path::PathBuf;

use clap::Args;
use relume::graph::Region;
use relume::picture::{DrawOptions, Picture, draw};
use relume::{Backend, Error, ErrorKind, Network, ReluRule, Result, Target};
use relume_survey::{Excited, Layer, Survey};

use super::sheet::Sheet;
use crate::run_limit::RunLimit;
use crate::survey::file;
use crate::{files, output, pictures};

/// What lies beyond the picture's edge.
const BEYOND: [u8; 4] = [236, 236, 236, 255];

/// How far a value may be from the surveyed one, relative to it: other processors round differently.
const SAME: f32 = 1e-3;

/// Arguments of `relume figure units`.
#[derive(Args)]
pub(crate) struct Units {
    /// The model file.
    model: PathBuf,
    /// What `relume survey` wrote for it.
    survey: PathBuf,
    /// The folder that was surveyed.
    folder: PathBuf,
    /// The layer.
    #[arg(long)]
    layer: String,
    /// The channels, separated by commas.
    #[arg(long, value_delimiter = ',', required = true)]
    channels: Vec<usize>,
    /// The PNG to write.
    #[arg(long, value_name = "PNG")]
    out: PathBuf,
    /// The rule at every ReLU: backprop, deconvnet or guided.
    #[arg(long, default_value = "guided")]
    method: ReluRule,
    /// How many pixels wide a pixel is drawn.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=64))]
    scale: u16,
    #[command(flatten)]
    run_limit: RunLimit,
}

impl Units {
    pub(super) fn run(&self) -> Result<()> {
        let bytes = files::read(&self.model)?;
        let device = Backend::Flex.device()?;
        let network = self.run_limit.load(&self.model, &bytes, &device)?;
        let survey = file::read(&self.survey)?;
        if survey.about.checksum != crc32fast::hash(&bytes) {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!("{} is a survey of another model file", self.survey.display()),
            ));
        }
        let Layer { field, channels, .. } = self.layer(&survey, &network)?;
        let input = &network.info().input;
        let [_, height, width] = input.shape;
        let tile = [
            field.x.size.unsigned_abs() as usize,
            field.y.size.unsigned_abs() as usize,
        ];
        let columns = survey.about.most;
        let mut sheet = Sheet::new(
            2 * columns * self.channels.len(),
            columns,
            tile,
            self.scale.into(),
            usize::from(self.scale),
        )?;
        for (row, &channel) in self.channels.iter().enumerate() {
            let found = channels.get(channel).ok_or_else(|| {
                let message = format!(
                    "layer `{}` has channels 0 to {}, not {channel}",
                    self.layer,
                    channels.len() - 1
                );
                Error::new(ErrorKind::InvalidTarget, message)
            })?;
            for (column, &Excited { picture, at, value }) in found.iter().enumerate() {
                let path = self.folder.join(&survey.pictures[picture]);
                let pixels = pictures::open(&path)?;
                let prepared = Picture::from_rgba(pixels.as_raw(), pixels.width(), pixels.height())
                    .and_then(|picture| picture.prepare(input))
                    .map_err(files::within(&path))?;
                let trace = network.forward(network.input(prepared.tensor, &device)?)?;
                let target = Target::unit(&self.layer, channel).at(at.0, at.1);
                let map = trace.backward(&target, self.method)?.read()?;
                if (map.target.value - value).abs() > SAME * value.abs() {
                    return Err(Error::new(
                        ErrorKind::InvalidOption,
                        format!(
                            "{}: the unit's activation is {}, but the survey says {value}: is this the picture that was surveyed?",
                            path.display(),
                            map.target.value
                        ),
                    ));
                }
                let drawing = draw(&map.data, map.shape, &DrawOptions::default(), None)?;

                let corner = [
                    field.x.start + at.1 as i64 * field.x.step,
                    field.y.start + at.0 as i64 * field.y.step,
                ];
                let region = field.region(at, [height, width]);
                let place = 2 * row * columns + column;
                sheet.put(place, &cut(&prepared.view, width, region, corner, tile));
                sheet.put(place + columns, &cut(&drawing.rgba, width, region, corner, tile));
            }
        }
        pictures::save_pixels(&self.out, &sheet.into_pixels())?;
        output::print(&format!(
            "{}: for each channel its pictures, then their maps by {}",
            self.out.display(),
            self.method
        ))
    }

    /// The layer, as far as the survey and the network agree about it.
    fn layer<'a>(&self, survey: &'a Survey, network: &Network) -> Result<&'a Layer> {
        let fault = |kind, message| Err(Error::new(kind, message));
        let Some(layer) = survey.layers.iter().find(|layer| layer.name == self.layer) else {
            let names: Vec<_> = survey.layers.iter().map(|layer| layer.name.as_str()).collect();
            return fault(
                ErrorKind::InvalidTarget,
                format!("the survey has no layer `{}`, only {}", self.layer, names.join(", ")),
            );
        };
        let summary = network.summary();
        let there = summary.layers.iter().find(|other| other.name == self.layer);
        if there.is_none_or(|there| there.field != layer.field || there.shape[0] != layer.channels.len()) {
            return fault(
                ErrorKind::InvalidOption,
                format!("layer `{}` of the survey is not that of the model", self.layer),
            );
        }
        Ok(layer)
    }
}

/// The tile, `[width, height]`, whose first pixel is `corner` of a picture with rows of `width`; only `region` of it
/// lies within the picture.
fn cut(rgba: &[u8], width: usize, region: Region, corner: [i64; 2], tile: [usize; 2]) -> Vec<u8> {
    let mut pixels = BEYOND.repeat(tile[0] * tile[1]);
    for y in region.y..region.y + region.height {
        for x in region.x..region.x + region.width {
            let [left, top] = [x as i64 - corner[0], y as i64 - corner[1]].map(|place| place as usize);
            let (to, from) = ((top * tile[0] + left) * 4, (y * width + x) * 4);
            pixels[to..to + 4].copy_from_slice(&rgba[from..from + 4]);
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_that_hangs_over_the_edge_keeps_its_place() {
        // A picture of 2×2; the field begins a row and a column before it.
        let picture: Vec<u8> = (0..16).collect();
        let region = Region {
            y: 0,
            x: 0,
            height: 1,
            width: 2,
        };
        let tile = cut(&picture, 2, region, [-1, -1], [3, 2]);
        let row = |at: usize| &tile[at * 12..(at + 1) * 12];
        assert_eq!(row(0), BEYOND.repeat(3));
        assert_eq!(row(1), [&BEYOND[..], &picture[..8]].concat());
    }
}
