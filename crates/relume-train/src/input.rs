//! Pixels as the numbers that a network reads.

use burn::tensor::{Device, Tensor, TensorData};
use relume::picture::InputSpec;

/// Pixels, `[N, 3, height, width]`, as the network takes them.
pub(crate) fn normalised(pixels: &[u8], [height, width]: [usize; 2], input: &InputSpec, device: &Device) -> Tensor<4> {
    let [low, high] = input.range;
    let mut values = Vec::with_capacity(pixels.len());
    for (index, plane) in pixels.chunks(height * width).enumerate() {
        let (mean, std) = (input.mean[index % 3], input.std[index % 3]);
        values.extend(
            plane
                .iter()
                .map(|&pixel| (low + f32::from(pixel) / 255.0 * (high - low) - mean) / std),
        );
    }
    let shape = [pixels.len() / (3 * height * width), 3, height, width];
    Tensor::from_data(TensorData::new(values, shape), device)
}
