//! The memory layout of pictures in Flex: tensors have the shape `[N, C, H, W]`, but our operations read and write them
//! with the channels last.

use std::sync::Arc;

use burn::backend::Flex;
use burn::tensor::{Bytes, Float, Tensor, TensorData};
use burn_flex::FlexTensor;

use crate::pixels::{Pixels, PixelsIn};

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

/// A tensor on Flex of these numbers, in row-major order.
///
/// # Panics
/// If their count is not the product of `shape`.
#[must_use]
pub fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
    Tensor::from_primitive::<Flex>(FlexTensor::from_data(TensorData::new(values, shape)))
}

/// The numbers of a tensor on Flex, in row-major order.
///
/// # Panics
/// If it is not f32, lies on another device than Flex's, or is tracked by autodiff.
#[must_use]
pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    floats(&flex(tensor).to_contiguous()).to_vec()
}

/// The numbers of a contiguous tensor.
///
/// # Panics
/// If it is not contiguous, or not f32.
#[must_use]
pub fn floats(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("a contiguous f32 tensor")
}

/// A tensor as Flex has it.
///
/// # Panics
/// If it lies on another device than Flex's, or is tracked by autodiff.
pub(crate) fn flex<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    tensor
        .try_into_primitive::<Flex>()
        .expect("a tensor on Flex, without autodiff")
}

/// The `[N, C, H, W]` tensor of pictures whose numbers have the channels last.
pub(crate) fn pictures(values: Vec<f32>, shape: [usize; 4]) -> Tensor<4> {
    Tensor::<4, Float>::from_primitive::<Flex>(channels_first(values, shape))
}

/// The `[1, C, H, W]` tensor of one picture whose numbers have the channels last.
pub(crate) fn picture(values: Vec<f32>, [channels, height, width]: [usize; 3]) -> Tensor<4> {
    pictures(values, [1, channels, height, width])
}

/// One picture's numbers with the channels last.
///
/// # Panics
/// As [`flex`], and for a batch.
pub(crate) fn pixels(tensor: Tensor<4>) -> FlexTensor {
    assert_eq!(tensor.dims()[0], 1, "one picture");
    channels_last(&flex(tensor))
}

/// One picture's numbers, of which each pixel's channels lie side by side; of a picture that is some channels of another, the
/// pixels lie further apart than they have channels.
pub(crate) struct PixelRows {
    tensor: FlexTensor,
    /// Numbers from the start of one pixel to the start of the next.
    pitch: usize,
    /// How many numbers from the first pixel's first channel to the last pixel's last, both included.
    span: usize,
}

impl PixelRows {
    /// Copies nothing if the numbers are laid out so already.
    ///
    /// # Panics
    /// As [`pixels`].
    pub(crate) fn of(tensor: Tensor<4>) -> Self {
        let [batch, channels, height, width] = tensor.dims();
        assert_eq!(batch, 1, "one picture");
        let tensor = flex(tensor).permute(&[0, 2, 3, 1]);
        let [row, pixel, channel] = [1, 2, 3].map(|axis| usize::try_from(tensor.layout().strides()[axis]).unwrap_or(0));
        let side_by_side = height > 0 && channel == 1 && pixel >= channels && row == width * pixel;
        let (tensor, pitch) = if side_by_side {
            (tensor, pixel)
        } else {
            (tensor.to_contiguous(), channels)
        };
        let span = Pixels { numbers: (), pitch }.span(height * width, channels);
        Self { tensor, pitch, span }
    }

    /// As kernels read them.
    ///
    /// # Panics
    /// If they are not f32.
    pub(crate) fn pixels(&self) -> PixelsIn<'_> {
        Pixels {
            numbers: &self.tensor.storage()[self.tensor.layout().start_offset()..][..self.span],
            pitch: self.pitch,
        }
    }
}

/// The memory that holds a tensor's numbers, and where in it they begin. As long as it is kept here nobody can write to it, so
/// numbers that lie elsewhere are other numbers.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    memory: Arc<Bytes>,
    at: usize,
}

impl Source {
    /// # Panics
    /// As [`floats`].
    pub(crate) fn of(tensor: &FlexTensor) -> Self {
        Self {
            memory: tensor.data_arc(),
            at: floats(tensor).as_ptr().addr(),
        }
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.memory, &other.memory) && self.at == other.at
    }
}
