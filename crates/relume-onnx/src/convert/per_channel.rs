//! Constants that hold one number for each channel, or one for all.

use relume::safetensors::Array;

use crate::value::Activation;

/// `array` as `[1]` or `[C]`, if ONNX's broadcasting gives each channel of `x` one of its numbers.
///
/// # Errors
/// Its shape, if it is another.
pub(super) fn per_channel(array: Array, x: &Activation) -> Result<Array, Vec<usize>> {
    let Array { shape, data } = array;
    if data.len() == 1 && shape.len() <= x.dims.len() {
        return Ok(Array { shape: vec![1], data });
    }
    let channels = x.shape[0];
    // The axis that holds the channels, counted from the end, as broadcasting counts.
    let axis = if x.is_picture() {
        Some(2)
    } else {
        x.dims.iter().rev().position(|&side| side == channels)
    };
    let fits = shape.len() <= x.dims.len()
        && shape
            .iter()
            .rev()
            .enumerate()
            .all(|(at, &side)| if Some(at) == axis { side == channels } else { side == 1 });
    if fits && data.len() == channels {
        Ok(Array {
            shape: vec![channels],
            data,
        })
    } else {
        Err(shape)
    }
}
