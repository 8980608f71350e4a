//! The window of a convolution or a pooling: its attributes, and padding that is given by a word.

use relume::Result;
use relume::graph::Padding;

use crate::error::{invalid_at, unsupported_at};
use crate::messages::Node;

/// The largest kernel, stride, dilation or padding that a layer takes.
const LARGEST: usize = 1024;

/// Sizes are `[vertical, horizontal]`.
pub(super) struct Window {
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) dilation: [usize; 2],
    /// `[top, left, bottom, right]`, in ONNX as in relume.
    pub(super) padding: Padding,
}

impl Window {
    /// The window of `node` over `[height, width]` pixels; `kernel` is that of a convolution's weights.
    pub(super) fn of(node: &Node<'_>, [height, width]: [usize; 2], kernel: Option<[usize; 2]>) -> Result<Self> {
        if let Some(axes) = node.ints("kernel_shape")?
            && axes.len() != 2
        {
            return Err(unsupported_at(
                node,
                format!("its window has {} axes; relume takes two, height and width", axes.len()),
            ));
        }
        let kernel = match kernel {
            Some(kernel) if node.sizes("kernel_shape", kernel)? != kernel => {
                return Err(invalid_at(
                    node,
                    format!("its kernel_shape is not that of its weights, {kernel:?}"),
                ));
            }
            Some(kernel) => kernel,
            None => node.sizes("kernel_shape", [0, 0])?,
        };
        let mut window = Self {
            kernel,
            stride: node.sizes("strides", [1, 1])?,
            dilation: node.sizes("dilations", [1, 1])?,
            padding: [0; 4],
        };
        let sizes = [window.kernel, window.stride, window.dilation];
        if sizes.as_flattened().iter().any(|size| !(1..=LARGEST).contains(size)) {
            return Err(unsupported_at(
                node,
                format!("its kernel, strides and dilations {sizes:?} must lie between 1 and {LARGEST}"),
            ));
        }
        window.padding = match node.text("auto_pad", "NOTSET")? {
            "NOTSET" | "" => node.sizes("pads", [0; 4])?,
            "VALID" => [0; 4],
            "SAME_UPPER" => window.same([height, width], false),
            "SAME_LOWER" => window.same([height, width], true),
            _ => {
                return Err(invalid_at(
                    node,
                    "its auto_pad is none of NOTSET, VALID, SAME_UPPER and SAME_LOWER",
                ));
            }
        };
        if window.padding.iter().any(|&size| size > LARGEST) {
            return Err(unsupported_at(
                node,
                format!("its pads {:?} are larger than {LARGEST}", window.padding),
            ));
        }
        Ok(window)
    }

    /// Padding for an output of `input / stride`, rounded up; of an odd number the larger part goes after, or before if `lower`.
    fn same(&self, input: [usize; 2], lower: bool) -> Padding {
        let axis = |axis: usize| {
            let pick = |sizes: [usize; 2]| if axis == 0 { sizes[0] } else { sizes[1] };
            let (size, stride) = (pick(input), pick(self.stride));
            let span = (pick(self.kernel) - 1) * pick(self.dilation) + 1;
            let total = ((size.div_ceil(stride).max(1) - 1) * stride + span).saturating_sub(size);
            let less = total / 2;
            if lower {
                [total - less, less]
            } else {
                [less, total - less]
            }
        };
        let ([top, bottom], [left, right]) = (axis(0), axis(1));
        [top, left, bottom, right]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 5 pixels, stride 2, give 3; the windows of 4 span 8, so 3 zeros are needed.
    #[test]
    fn odd_padding_goes_to_the_named_side() {
        let window = Window {
            kernel: [4, 3],
            stride: [2, 1],
            dilation: [1, 2],
            padding: [0; 4],
        };
        assert_eq!(window.same([5, 7], false), [1, 2, 2, 2]);
        assert_eq!(window.same([5, 7], true), [2, 2, 1, 2]);
    }
}
