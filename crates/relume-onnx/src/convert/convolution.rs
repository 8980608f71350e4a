//! Conv.

use relume::Result;
use relume::graph::{Conv2dSpec, LayerKind};

use super::graph::Graph;
use super::window::Window;
use crate::error::{invalid_at, unsupported_at};
use crate::messages::Node;
use crate::value::Activation;

/// A convolution over height and width. Zeros that a Pad has put before it become part of its padding.
pub(super) fn conv<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let mut x = graph.padded(node, 0)?;
    if !x.is_picture() {
        x = graph.channels(node, 0)?;
    }
    let weight = graph.weights(node, 1, "weight")?;
    let &[out_channels, per_group, height, width] = weight.shape.as_slice() else {
        let axes = weight.shape.len().saturating_sub(2);
        return Err(unsupported_at(
            node,
            format!("it convolves over {axes} axes; relume convolves over two, height and width"),
        ));
    };
    let [_, _, rows, columns] = *x.dims.as_slice() else {
        return Err(unsupported_at(
            node,
            format!(
                "its input has dimensions {:?}, not [1, channels, height, width]",
                x.dims
            ),
        ));
    };
    let window = Window::of(node, [rows, columns], Some([height, width]))?;
    let groups = usize::try_from(node.int("group", 1)?).unwrap_or(0);
    if per_group.checked_mul(groups) != Some(x.shape[0]) {
        return Err(invalid_at(
            node,
            format!(
                "its weights of shape {:?}, in {groups} groups, do not fit {} channels",
                weight.shape, x.shape[0]
            ),
        ));
    }
    let mut arrays = vec![("weight", weight)];
    if node.input(2).is_some() {
        let bias = graph.weights(node, 2, "bias")?;
        if bias.shape != [out_channels] {
            return Err(invalid_at(
                node,
                format!("its bias has shape {:?} for {out_channels} channels", bias.shape),
            ));
        }
        arrays.push(("bias", bias));
    }
    let mut padding = window.padding;
    for (size, before) in padding.iter_mut().zip(x.padding) {
        *size += before;
    }
    let spec = Conv2dSpec {
        out_channels,
        kernel: window.kernel,
        stride: window.stride,
        padding,
        dilation: window.dilation,
        groups,
        bias: arrays.len() > 1,
    };
    graph.layers.push(node, LayerKind::Conv2d(spec), &[&x], arrays)
}
