//! Pictures and their maps by the three rules, a row each.

use std::path::PathBuf;

use clap::Args;
use relume::picture::{DrawOptions, Picture, draw};
use relume::{Backend, ReluRule, Result};

use super::sheet::Sheet;
use crate::run_limit::RunLimit;
use crate::target::TargetArg;
use crate::{files, output, pictures};

/// Arguments of `relume figure rows`.
#[derive(Args)]
pub(crate) struct Rows {
    /// The model file.
    model: PathBuf,
    /// The pictures.
    #[arg(required = true)]
    pictures: Vec<PathBuf>,
    /// The PNG to write.
    #[arg(long, value_name = "PNG")]
    out: PathBuf,
    /// What to explain: top; a class by its number, class:K, or by its name, or a part of it that no other class has;
    /// LAYER:CHANNEL or LAYER:CHANNEL@ROW,COLUMN.
    #[arg(long, default_value = "top")]
    target: TargetArg,
    /// How many pixels wide a pixel is drawn.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=64))]
    scale: u16,
    /// The share of the sum of all magnitudes that is clipped in each map; large pictures need more than small ones.
    #[arg(long, default_value_t = 0.02)]
    clip: f32,
    #[command(flatten)]
    run_limit: RunLimit,
}

impl Rows {
    pub(super) fn run(&self) -> Result<()> {
        let options = DrawOptions {
            clip: self.clip,
            ..DrawOptions::default()
        };
        options.validate()?;
        let device = Backend::Flex.device()?;
        let network = self.run_limit.load(&self.model, &files::read(&self.model)?, &device)?;
        let target = self.target.resolve(&network.info().classes)?;
        let input = &network.info().input;
        let [_, height, width] = input.shape;
        let columns = 1 + ReluRule::ALL.len();
        let mut sheet = Sheet::new(
            columns * self.pictures.len(),
            columns,
            [width, height],
            self.scale.into(),
            2 * usize::from(self.scale),
        )?;
        for (row, path) in self.pictures.iter().enumerate() {
            let pixels = pictures::open(path)?;
            let prepared = Picture::from_rgba(pixels.as_raw(), pixels.width(), pixels.height())
                .and_then(|picture| picture.prepare(input))
                .map_err(files::within(path))?;
            sheet.put(row * columns, &prepared.view);
            let trace = network.forward(network.input(prepared.tensor, &device)?)?;
            for (column, rule) in ReluRule::ALL.into_iter().enumerate() {
                let map = trace.backward(&target, rule)?.read()?;
                let drawing = draw(&map.data, map.shape, &options, None)?;
                sheet.put(row * columns + 1 + column, &drawing.rgba);
            }
        }
        pictures::save_pixels(&self.out, &sheet.into_pixels())?;
        output::print(&format!("{}: picture, backprop, deconvnet, guided", self.out.display()))
    }
}
