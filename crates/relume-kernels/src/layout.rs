//! The memory layout of pictures in Flex: tensors have the shape `[N, C, H, W]`, but our operations read and write them
//! with the channels last.

use burn::tensor::TensorData;
use burn_flex::FlexTensor;

/// An `[N, C, H, W]` tensor as `[N, H, W, C]`, in shape and in memory. Copies nothing if it is laid out so already, as
/// the results of our operations are.
#[must_use]
pub fn channels_last(tensor: &FlexTensor) -> FlexTensor {
    tensor.permute(&[0, 2, 3, 1]).to_contiguous()
}

/// An `[N, C, H, W]` tensor of numbers that are laid out as `[N, H, W, C]`.
#[must_use]
pub fn channels_first(values: Vec<f32>, [batch, channels, height, width]: [usize; 4]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, [batch, height, width, channels])).permute(&[0, 3, 1, 2])
}

/// The numbers of a contiguous tensor.
///
/// # Panics
/// If it is not contiguous, or not f32.
#[must_use]
pub fn floats(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("a contiguous f32 tensor")
}
