//! Concat over the channels.

use relume::Result;
use relume::graph::{ConcatSpec, LayerKind};

use super::graph::{Graph, axis};
use crate::error::{invalid_at, unsupported_at};
use crate::messages::Node;
use crate::value::Activation;

/// Activations one after the other along the channels.
pub(super) fn concat<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let mut parts = Vec::with_capacity(node.inputs.len());
    for at in 0..node.inputs.len() {
        parts.push(graph.channels(node, at)?);
    }
    let Some(first) = parts.first().cloned() else {
        return Err(invalid_at(node, "it has no input"));
    };
    let along = axis(node, node.int("axis", 1)?, first.dims.len())?;
    let channels_axis = if first.is_picture() {
        Some(1)
    } else {
        first.dims.iter().position(|&side| side == first.shape[0])
    };
    // A vector of one number has no axis that is its channels.
    if Some(along) != channels_axis || parts.iter().any(|part| part.dims.len() != first.dims.len()) {
        return Err(unsupported_at(
            node,
            format!(
                "it joins {:?} along axis {along}; relume joins along the channels",
                first.dims
            ),
        ));
    }
    if parts.len() == 1 {
        return Ok(first);
    }
    let inputs: Vec<&Activation> = parts.iter().collect();
    let y = graph
        .layers
        .push(node, LayerKind::Concat(ConcatSpec {}), &inputs, Vec::new())?;
    let mut dims = first.dims;
    if let Some(side) = dims.get_mut(along) {
        *side = y.shape[0];
    }
    Ok(y.viewed(dims))
}
