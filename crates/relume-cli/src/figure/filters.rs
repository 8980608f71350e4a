//! What the first convolutions look for, without a picture: a patch for each filter.

use std::path::PathBuf;

use clap::Args;
use image::RgbaImage;
use relume::graph::Region;
use relume::network::LayerSummary;
use relume::{Backend, Error, ErrorKind, Network, ReluRule, Result, Target, Trace};

use super::sheet::Sheet;
use crate::progress::bar;
use crate::run_limit::RunLimit;
use crate::{files, output, pictures};

/// The kinds of layer through which a deconvnet's signal does not depend on the picture.
const WITHOUT_PICTURE: [&str; 11] = [
    "conv2d",
    "linear",
    "relu",
    "avg_pool2d",
    "global_avg_pool",
    "add",
    "concat",
    "flatten",
    "batch_norm",
    "dropout",
    "softmax",
];

/// Arguments of `relume figure filters`.
#[derive(Args)]
pub(crate) struct Filters {
    /// The model file.
    model: PathBuf,
    /// The PNG to write.
    #[arg(long, value_name = "PNG")]
    out: PathBuf,
    /// A convolution before the first max-pooling.
    #[arg(long, default_value = "conv1")]
    layer: String,
    /// Patches side by side.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    columns: u16,
    /// How many pixels wide a pixel is drawn.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    scale: u16,
    #[command(flatten)]
    run_limit: RunLimit,
}

impl Filters {
    pub(super) fn run(&self) -> Result<()> {
        let device = Backend::Flex.device()?;
        let network = self.run_limit.load(&self.model, &files::read(&self.model)?, &device)?;
        self.check(&network)?;
        // A zero input will do: without a max-pooling on its path, a deconvnet's backward pass does not depend on it.
        let zero_input = vec![0.0; network.info().input.shape.iter().product()];
        let trace = network.forward(network.input(zero_input, &device)?)?;
        pictures::save_pixels(&self.out, &self.draw(&network, &trace)?)?;
        output::print(&format!("{}: the filters of {}", self.out.display(), self.layer))
    }

    /// Checks that the layer is a convolution, and that no layer before it needs a picture.
    fn check(&self, network: &Network) -> Result<()> {
        let fault = |message: String| Err(Error::new(ErrorKind::InvalidTarget, message));
        let name = &self.layer;
        let layers = network.summary().layers;
        match layers.iter().position(|layer| layer.name == name) {
            None => fault(format!("there is no layer `{name}`; relume info lists the layers")),
            Some(at) if layers[at].kind != "conv2d" => fault(format!(
                "layer `{name}` is not a convolution, but a {}",
                layers[at].kind
            )),
            Some(at) => match layers[..at].iter().find(|layer| !WITHOUT_PICTURE.contains(&layer.kind)) {
                Some(before) if before.kind == "max_pool2d" => fault(format!(
                    "layer `{name}` comes after a max-pooling, whose switches need a picture: relume explain draws its units"
                )),
                Some(before) => fault(format!(
                    "layer `{name}` comes after `{}`, a {}, whose gradient needs a picture: relume explain draws its units",
                    before.name, before.kind
                )),
                None => Ok(()),
            },
        }
    }

    fn draw(&self, network: &Network, trace: &Trace) -> Result<RgbaImage> {
        let summary = network.summary();
        let shape = summary.layers.iter().find(|layer| layer.name == self.layer);
        let [count, rows, columns] = shape.map_or([1; 3], |&LayerSummary { shape, .. }| shape);
        let at = (rows / 2, columns / 2);
        let field = network.receptive_field(&self.layer, at)?;
        let mut sheet = Sheet::new(
            count,
            usize::from(self.columns).min(count),
            [field.width, field.height],
            self.scale.into(),
            usize::from(self.scale) / 4 + 1,
        )?;
        let bar = bar(count, "filters");
        for channel in 0..count {
            let target = Target::unit(&self.layer, channel).at(at.0, at.1);
            let map = trace.backward(&target, ReluRule::Deconvnet)?.read()?;
            sheet.put(channel, &colours(&cut(&map.data, map.shape, field), map.shape[0]));
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(sheet.into_pixels())
    }
}

/// The part `field` of a map, `[C, H, W]`.
fn cut(map: &[f32], [planes, height, width]: [usize; 3], field: Region) -> Vec<f32> {
    (0..planes)
        .flat_map(|plane| (field.y..field.y + field.height).map(move |y| (plane * height + y) * width + field.x))
        .flat_map(|start| &map[start..start + field.width])
        .copied()
        .collect()
}

/// Zero is middle grey; each patch, of three planes or of one, is scaled to its own largest value, all colours alike.
fn colours(patch: &[f32], planes: usize) -> Vec<u8> {
    let largest = patch
        .iter()
        .fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    let plane = patch.len() / planes;
    let shade = |value: f32| (127.5 + 127.5 * value / largest).round() as u8;
    (0..plane)
        .flat_map(|at| {
            let [red, green, blue] = [0, 1, 2].map(|part: usize| shade(patch[part.min(planes - 1) * plane + at]));
            [red, green, blue, 255]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use relume::zoo;

    use super::*;

    fn filters(layer: &str) -> Filters {
        Filters {
            model: PathBuf::new(),
            out: PathBuf::new(),
            layer: layer.into(),
            columns: 96,
            scale: 1,
            run_limit: RunLimit::default(),
        }
    }

    #[test]
    fn zero_is_grey_and_the_largest_weight_full() {
        // One pixel each of red 2, green −2, blue 0.
        assert_eq!(colours(&[2.0, -2.0, 0.0], 3), [255, 0, 128, 255]);
        assert_eq!(colours(&[0.0; 3], 3), [128, 128, 128, 255]);
        // Two pixels of a grey network.
        assert_eq!(colours(&[2.0, -2.0], 1), [255, 255, 255, 255, 0, 0, 0, 255]);
    }

    #[test]
    fn the_patches_of_the_first_layer_are_its_filters() {
        let device = Backend::Flex.device().expect("a device");
        let model = zoo::seeded("model-c", 2).expect("a model");
        let weights = model.array("conv1.weight").expect("weights").clone();
        let network = Network::new(model, &device).expect("a network");
        let zero_input = network.input(vec![0.0; 3 * 32 * 32], &device).expect("an input");
        let trace = network.forward(zero_input).expect("a trace");
        let drawn = filters("conv1").draw(&network, &trace).expect("a sheet");
        let mut sheet = Sheet::new(96, 96, [3, 3], 1, 1).expect("a sheet");
        for (channel, filter) in weights.data.chunks(27).enumerate() {
            sheet.put(channel, &colours(filter, 3));
        }
        let expected = sheet.into_pixels();
        let apart = drawn
            .as_raw()
            .iter()
            .zip(expected.as_raw())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert_eq!((drawn.dimensions(), apart <= Some(1)), (expected.dimensions(), true));
    }

    #[test]
    fn layers_that_need_a_picture_are_refused() {
        let device = Backend::Flex.device().expect("a device");
        let network = Network::new(zoo::seeded("model-c", 2).expect("a model"), &device).expect("a network");
        let refusal = |layer| {
            filters(layer)
                .check(&network)
                .expect_err("a refusal")
                .message()
                .to_owned()
        };
        assert!(refusal("conv3").contains("after a max-pooling"));
        assert!(refusal("relu1").contains("not a convolution"));
        assert!(refusal("conv99").contains("no layer"));
        assert!(filters("conv2").check(&network).is_ok());
    }
}
