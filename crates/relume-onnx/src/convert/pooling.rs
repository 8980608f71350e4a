//! Pooling: over windows, and over all positions.

use relume::Result;
use relume::graph::{AvgPool2dSpec, GlobalAvgPoolSpec, LayerKind, MaxPool2dSpec};

use super::graph::Graph;
use super::window::Window;
use crate::error::unsupported_at;
use crate::messages::Node;
use crate::value::Activation;

/// MaxPool. Zeros that a Pad has put before it take part in the maximum, which padding does not: they become a layer.
pub(super) fn max<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = picture(graph, node)?;
    let [_, height, width] = x.shape;
    let window = Window::of(node, [height, width], None)?;
    let spec = MaxPool2dSpec {
        kernel: window.kernel,
        stride: window.stride,
        padding: window.padding,
        dilation: window.dilation,
        ceil_mode: node.int("ceil_mode", 0)? != 0,
    };
    graph.layers.push(node, LayerKind::MaxPool2d(spec), &[&x], Vec::new())
}

/// AveragePool. Zeros that a Pad has put before it are padding that counts in the mean.
pub(super) fn average<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let mut x = graph.padded(node, 0)?;
    let ceil_mode = node.int("ceil_mode", 0)? != 0;
    let counts = node.int("count_include_pad", 0)? != 0;
    let own = node.text("auto_pad", "NOTSET")? != "NOTSET"
        || node.ints("pads")?.is_some_and(|pads| pads.iter().any(|&pad| pad != 0));
    // With ceil_mode the size of the output depends on which zeros are padding.
    if x.padding != [0; 4] && (ceil_mode || (own && !counts)) {
        x = graph.activation(node, 0)?;
    }
    let Some(&[height, width]) = x.dims.last_chunk().filter(|_| x.is_picture()) else {
        return Err(not_a_picture(node, &x));
    };
    let window = Window::of(node, [height, width], None)?;
    if window.dilation != [1, 1] {
        return Err(unsupported_at(
            node,
            format!(
                "it has dilations {:?}; relume averages over windows without",
                window.dilation
            ),
        ));
    }
    let mut padding = window.padding;
    for (size, before) in padding.iter_mut().zip(x.padding) {
        *size += before;
    }
    let spec = AvgPool2dSpec {
        kernel: window.kernel,
        stride: window.stride,
        padding,
        ceil_mode,
        count_include_pad: counts || x.padding != [0; 4],
    };
    graph.layers.push(node, LayerKind::AvgPool2d(spec), &[&x], Vec::new())
}

/// GlobalAveragePool.
pub(super) fn global_average<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.activation(node, 0)?;
    let axes: Vec<usize> = (2..x.dims.len()).collect();
    mean_over(graph, node, &x, &axes, true)
}

/// GlobalMaxPool: a window over all of it.
pub(super) fn global_max<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = picture(graph, node)?;
    let [_, height, width] = x.shape;
    let spec = MaxPool2dSpec {
        kernel: [height, width],
        stride: [1, 1],
        padding: [0; 4],
        dilation: [1, 1],
        ceil_mode: false,
    };
    graph.layers.push(node, LayerKind::MaxPool2d(spec), &[&x], Vec::new())
}

/// ReduceMean over height and width.
pub(super) fn reduce_mean<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.activation(node, 0)?;
    let axes = graph.axes(node, x.dims.len())?.unwrap_or_default();
    let keep = node.int("keepdims", 1)? != 0;
    mean_over(graph, node, &x, &axes, keep)
}

/// The mean over `axes`, which must be those of the positions: height and width, or both as one.
fn mean_over<'a>(
    graph: &mut Graph<'a>,
    node: &Node<'a>,
    x: &Activation,
    axes: &[usize],
    keep: bool,
) -> Result<Activation> {
    let [_, height, width] = x.shape;
    let reduced = |(axis, _): &(usize, &usize)| axes.contains(axis);
    let sides = || x.dims.iter().enumerate();
    let over: usize = sides().filter(reduced).map(|(_, side)| side).product();
    let first_over = sides()
        .filter(reduced)
        .filter(|(_, side)| **side != 1)
        .map(|(axis, _)| axis)
        .min();
    let last_kept = sides()
        .filter(|side| !reduced(side) && *side.1 != 1)
        .map(|(axis, _)| axis)
        .max();
    let positions_last = first_over.is_none_or(|first| last_kept.is_none_or(|last| last < first));
    if axes.is_empty() || over != height * width || !positions_last {
        return Err(unsupported_at(
            node,
            format!(
                "it takes the mean over axes {axes:?} of {:?}; relume has the mean over height and width",
                x.dims
            ),
        ));
    }
    let dims: Vec<usize> = if keep {
        sides()
            .map(|(axis, &side)| if axes.contains(&axis) { 1 } else { side })
            .collect()
    } else {
        sides().filter(|side| !reduced(side)).map(|(_, &side)| side).collect()
    };
    if height * width == 1 {
        return Ok(x.viewed(dims));
    }
    let mean = graph
        .layers
        .push(node, LayerKind::GlobalAvgPool(GlobalAvgPoolSpec {}), &[x], Vec::new())?;
    Ok(mean.viewed(dims))
}

/// The first input, which must have height and width.
fn picture<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.activation(node, 0)?;
    if x.is_picture() {
        Ok(x)
    } else {
        Err(not_a_picture(node, &x))
    }
}

fn not_a_picture(node: &Node<'_>, x: &Activation) -> relume::Error {
    unsupported_at(
        node,
        format!(
            "its input has dimensions {:?}; relume pools [1, channels, height, width]",
            x.dims
        ),
    )
}
