//! Pixels as the numbers that a network reads.

use burn::tensor::{Device, Tensor, TensorData};
use relume::picture::InputSpec;

/// Pixels, `[N, C, height, width]`, normalised as the page and `relume explain` do it, bit for bit.
pub(crate) fn normalised(pixels: &[u8], [height, width]: [usize; 2], input: &InputSpec, device: &Device) -> Tensor<4> {
    let tables = input.lookup_tables();
    let mut values = Vec::with_capacity(pixels.len());
    for (plane, table) in pixels.chunks(height * width).zip(tables.iter().cycle()) {
        values.extend(plane.iter().map(|&pixel| table[usize::from(pixel)]));
    }
    let channels = tables.len();
    let shape = [pixels.len() / (channels * height * width), channels, height, width];
    Tensor::from_data(TensorData::new(values, shape), device)
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};
    use relume::picture::Picture;
    use relume::{Backend, read, zoo};

    use super::normalised;
    use crate::data::{self, Split};

    /// A picture file of a model's own size is the same to a network that explains it and to one that learns from it, with
    /// transparent pixels, too.
    #[test]
    fn a_file_becomes_the_numbers_that_the_page_reads() {
        let opaque = RgbaImage::from_fn(32, 32, |x, y| Rgba([8 * x as u8, 8 * y as u8 + 7, (x * y) as u8, 255]));
        let half = RgbaImage::from_fn(32, 32, |x, y| {
            Rgba([8 * x as u8, (x * y) as u8, 200, (8 * y + x / 5) as u8])
        });
        let pictures = [opaque, half];
        let folder = tempfile::tempdir().expect("a folder");
        let classes = ["cat", "dog"].map(str::to_owned);
        for (class, picture) in classes.iter().zip(&pictures) {
            let place = folder.path().join(class);
            std::fs::create_dir(&place).expect("a folder");
            picture.save(place.join("1.png")).expect("a picture");
        }
        let set = data::read(folder.path(), Split::Test, [3, 32, 32], &classes, &|_, _| ()).expect("a set");
        let device = Backend::Flex.device().expect("Flex");
        for name in ["all-cnn-c", "squeezenet-1.1", "efficientnet-lite0"] {
            let mut input = zoo::architecture(name).expect("known").info.input;
            (input.shape, input.crop) = ([3, 32, 32], 1.0);
            let page = pictures.iter().flat_map(|picture| {
                let picture = Picture::from_rgba(picture.as_raw(), 32, 32).expect("sound");
                picture.prepare(&input).expect("it fits").tensor
            });
            let (ours, shape) = read(normalised(&set.pixels, [32, 32], &input, &device)).expect("numbers");
            assert_eq!(shape, [2, 3, 32, 32]);
            assert!(ours.into_iter().map(f32::to_bits).eq(page.map(f32::to_bits)), "{name}");
        }
    }
}
