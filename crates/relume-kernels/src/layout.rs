//! How pictures lie in Flex's memory: tensors are `[N, C, H, W]`, our operations read and leave their channels last.

use burn::tensor::TensorData;
use burn_flex::FlexTensor;

/// `[N, C, H, W]` in memory as `[N, H, W, C]`, and in that shape: costs nothing if it lies so, as all that our operations
/// give does.
pub(crate) fn channels_last(tensor: &FlexTensor) -> FlexTensor {
    tensor.permute(&[0, 2, 3, 1]).to_contiguous()
}

/// `[N, C, H, W]` of numbers that lie as `[N, H, W, C]`.
pub(crate) fn channels_first(values: Vec<f32>, [batch, channels, height, width]: [usize; 4]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, [batch, height, width, channels])).permute(&[0, 3, 1, 2])
}

/// The numbers of a tensor that was made contiguous before.
pub(crate) fn floats(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("contiguous f32: made so before")
}
