//! BatchNormalization and LRN.

use relume::Result;
use relume::graph::{BatchNormSpec, LayerKind, LocalResponseNormSpec};

use super::graph::Graph;
use crate::error::{invalid_at, unsupported_at};
use crate::messages::Node;
use crate::value::Activation;

/// Batch normalisation by the statistics of training.
pub(super) fn batch_norm<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    if node.int("training_mode", 0)? != 0 {
        return Err(unsupported_at(
            node,
            "it is in training mode: call .eval() before the export",
        ));
    }
    if node.int("spatial", 1)? == 0 {
        return Err(unsupported_at(
            node,
            "it has statistics for each position; relume has them for each channel",
        ));
    }
    let x = with_channels(graph, node)?;
    let epsilon = f64::from(node.float("epsilon", 1e-5)?);
    let mut arrays = Vec::new();
    for (at, name) in (1..).zip(["weight", "bias", "running_mean", "running_var"]) {
        let array = graph.weights(node, at, name)?;
        if array.shape != [x.shape[0]] {
            return Err(invalid_at(
                node,
                format!("its {name} has shape {:?} for {} channels", array.shape, x.shape[0]),
            ));
        }
        arrays.push((name, array));
    }
    let spec = LayerKind::BatchNorm(BatchNormSpec { epsilon });
    graph.layers.push(node, spec, &[&x], arrays).map(|y| y.viewed(x.dims))
}

/// LRN: local response normalisation over neighbouring channels. ONNX, too, divides alpha by the size.
pub(super) fn local_response<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = with_channels(graph, node)?;
    let size = node.int("size", 0)?;
    let size = usize::try_from(size)
        .ok()
        .filter(|&size| size > 0)
        .ok_or_else(|| invalid_at(node, format!("its size is {size}")))?;
    if size.is_multiple_of(2) {
        return Err(unsupported_at(
            node,
            format!("its size {size} is even; relume has odd sizes, with as many channels before as after"),
        ));
    }
    let spec = LocalResponseNormSpec {
        size,
        alpha: node.float("alpha", 1e-4)?,
        beta: node.float("beta", 0.75)?,
        k: node.float("bias", 1.0)?,
    };
    graph
        .layers
        .push(node, LayerKind::LocalResponseNorm(spec), &[&x], Vec::new())
        .map(|y| y.viewed(x.dims))
}

/// The input, whose axis 1 must hold the channels.
fn with_channels<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.channels(node, 0)?;
    if x.dims.get(1) != x.shape.first() {
        return Err(unsupported_at(
            node,
            format!(
                "its input has dimensions {:?}, and axis 1 does not hold the channels",
                x.dims
            ),
        ));
    }
    Ok(x)
}
