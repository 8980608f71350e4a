//! Mul of two activations: an activation function written out, or a layer of its own.

use relume::Result;
use relume::graph::{HardSwishSpec, LayerKind, MishSpec, MulSpec, SiluSpec, SoftplusSpec};

use super::graph::Graph;
use crate::error::unsupported_at;
use crate::messages::Node;
use crate::value::Activation;

/// The product of two activations.
pub(super) fn product<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let (a, b) = (graph.activation(node, 0)?, graph.activation(node, 1)?);
    if let Some((kind, x)) = written_out(graph, &a, &b) {
        return graph
            .layers
            .push(node, kind, &[x], Vec::new())
            .map(|y| y.viewed(x.dims.clone()));
    }
    let refusal = || {
        unsupported_at(
            node,
            format!(
                "it multiplies {:?} by {:?}; relume multiplies activations of one shape, or by a number for each channel, \
                 [1, channels, 1, 1], or for each position, [1, 1, height, width]",
                a.dims, b.dims
            ),
        )
    };
    let dims = broadcast(&a.dims, &b.dims).ok_or_else(refusal)?;
    let same = a.dims == b.dims && a.shape == b.shape;
    let (a, b) = if same || (is_aligned(&a) && is_aligned(&b)) {
        (a, b)
    } else if dims.iter().filter(|&&side| side != 1).count() <= 1 {
        // Vectors, one of which may have been channels of several pixels.
        (graph.settle(node, a)?, graph.settle(node, b)?)
    } else {
        return Err(refusal());
    };
    graph
        .layers
        .push(node, LayerKind::Mul(MulSpec {}), &[&a, &b], Vec::new())
        .map(|y| y.viewed(dims))
}

/// `x · sigmoid(x)`, `x · hard_sigmoid(x)` and `x · tanh(softplus(x))`, in either order: the function and `x`.
fn written_out<'x>(graph: &Graph<'_>, a: &'x Activation, b: &'x Activation) -> Option<(LayerKind, &'x Activation)> {
    for (x, gate) in [(a, b), (b, a)] {
        let Some(layer) = graph.layers.get(gate.layer).filter(|_| x.dims == gate.dims) else {
            continue;
        };
        let of_x = layer.inputs == [x.layer];
        let kind = match &layer.kind {
            LayerKind::Sigmoid(_) if of_x => LayerKind::Silu(SiluSpec {}),
            LayerKind::HardSigmoid(_) if of_x => LayerKind::HardSwish(HardSwishSpec {}),
            LayerKind::Tanh(_) => {
                let before = layer.inputs.first().and_then(|&input| graph.layers.get(input));
                match before {
                    Some(before)
                        if before.inputs == [x.layer]
                            && matches!(before.kind, LayerKind::Softplus(SoftplusSpec { beta: 1.0 })) =>
                    {
                        LayerKind::Mish(MishSpec {})
                    }
                    _ => continue,
                }
            }
            _ => continue,
        };
        return Some((kind, x));
    }
    None
}

/// The dimensions of the result, as ONNX has it: axes are matched from the end, and a side of 1 serves all of the other's.
fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let side = |dims: &[usize], at: usize| match (at + dims.len()).checked_sub(rank) {
        Some(at) => dims.get(at).copied().unwrap_or(1),
        None => 1,
    };
    let sides = (0..rank).map(|at| match (side(a, at), side(b, at)) {
        (side, 1) | (1, side) => Some(side),
        (side, other) => (side == other).then_some(side),
    });
    sides.collect()
}

/// Whether its last three axes are channels, height and width, with sides of 1 before them that may be left out: then the
/// layer multiplies what ONNX does.
fn is_aligned(x: &Activation) -> bool {
    let mut dims = x.dims.iter().rev();
    let ends = x
        .shape
        .iter()
        .rev()
        .all(|&side| dims.next().copied().unwrap_or(1) == side);
    ends && dims.all(|&side| side == 1)
}
