//! Softmax and LogSoftmax over the classes, as the end of the network. They are left out: what is explained is the logit before
//! them, because a probability also depends on the other classes.

use relume::Result;

use super::graph::{Graph, axis};
use crate::error::unsupported_at;
use crate::messages::Node;
use crate::value::Activation;

/// What goes in, marked: only the output may follow.
pub(super) fn softmax<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.activation(node, 0)?;
    // Before operator set 13 all axes from this one on are taken together.
    let together = graph.opset < 13;
    let along = axis(node, node.int("axis", if together { 1 } else { -1 })?, x.dims.len())?;
    let over: usize = match x.dims.get(along..).unwrap_or_default() {
        axes if together => axes.iter().product(),
        axes => axes.first().copied().unwrap_or_default(),
    };
    if over != x.count() {
        return Err(unsupported_at(
            node,
            format!(
                "it goes along axis {along} of {:?}; relume takes one over all classes, at the end",
                x.dims
            ),
        ));
    }
    Ok(Activation {
        after_softmax: true,
        ..x
    })
}
