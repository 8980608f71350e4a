//! GELU as it is written before operator set 20: `x · 0.5 · (1 + erf(x / √2))`, with the 0.5 wherever the exporter puts it.

use relume::Result;
use relume::graph::{BatchNormSpec, GeluApproximation, GeluSpec, LayerKind};

use super::arithmetic::{EPSILON, line};
use super::graph::Graph;
use crate::error::unsupported_at;
use crate::messages::Node;
use crate::value::{Activation, Erf, Value};

/// How far a factor may be from what it should be, by rounding.
const ROUNDING: f64 = 1e-6;

/// Erf of `x / √2`, which no layer gives by itself.
pub(super) fn erf<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Value<'a>> {
    let scaled = graph.activation(node, 0)?;
    let x = unscaled(graph, &scaled).filter(|(_, factor)| (factor - 0.5_f64.sqrt()).abs() < ROUNDING);
    match x {
        Some((layer, _)) => Ok(Value::Erf(Erf {
            x: Activation { layer, ..scaled },
            factor: 1.0,
            summand: 0.0,
        })),
        None => Err(refusal(node)),
    }
}

/// What `node` makes of an Erf: a sum with a constant, or a product with a constant or with `x`. `None` if it reads none.
pub(super) fn onwards<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Option<Value<'a>>> {
    if node.inputs.len() != 2 || !matches!(node.operator, "Add" | "Mul") {
        return Ok(None);
    }
    let (erf, at) = match (graph.value(node, 0)?, graph.value(node, 1)?) {
        (Value::Erf(erf), _) => (erf.clone(), 1),
        (_, Value::Erf(erf)) => (erf.clone(), 0),
        _ => return Ok(None),
    };
    if let Value::Constant(constant) = graph.value(node, at)? {
        let number = f64::from(constant.scalar()?.ok_or_else(|| refusal(node))?);
        let (factor, summand) = match node.operator {
            "Add" => (erf.factor, erf.summand + number),
            _ => (erf.factor * number, erf.summand * number),
        };
        return Ok(Some(Value::Erf(Erf { factor, summand, ..erf })));
    }
    let other = graph.activation(node, at)?;
    let times = if other.layer == erf.x.layer {
        Some(1.0)
    } else {
        unscaled(graph, &other)
            .filter(|(layer, _)| *layer == erf.x.layer)
            .map(|(_, factor)| factor)
    };
    let is_gelu = node.operator == "Mul" && other.dims == erf.x.dims && (erf.factor - erf.summand).abs() < ROUNDING;
    let Some(times) = times.filter(|_| is_gelu) else {
        return Err(refusal(node));
    };
    let approximate = GeluApproximation::None;
    let kind = LayerKind::Gelu(GeluSpec { approximate });
    let gelu = graph.layers.push(node, kind, &[&erf.x], Vec::new())?;
    let gelu = gelu.viewed(erf.x.dims);
    // The exporter may multiply by 0.5 later.
    let factor = 2.0 * times * erf.factor;
    let factor = if (factor - 1.0).abs() < ROUNDING { 1.0 } else { factor };
    line(graph, node, &gelu, at, vec![(factor, 0.0)]).map(|y| Some(Value::Activation(y)))
}

/// The layer that `scaled` is a multiple of, and how often it is, the same for all channels.
fn unscaled(graph: &Graph<'_>, scaled: &Activation) -> Option<(Option<usize>, f64)> {
    let layer = graph.layers.get(scaled.layer)?;
    let LayerKind::BatchNorm(BatchNormSpec { epsilon: EPSILON }) = layer.kind else {
        return None;
    };
    let ([("weight", factors), ("bias", summands), ..], [input]) = (layer.arrays.as_slice(), layer.inputs.as_slice())
    else {
        return None;
    };
    let &first = factors.data.first()?;
    let same =
        factors.data.iter().all(|&factor| factor == first) && summands.data.iter().all(|&summand| summand == 0.0);
    same.then(|| (*input, f64::from(first)))
}

fn refusal(node: &Node<'_>) -> relume::Error {
    unsupported_at(
        node,
        "it is no part of a GELU, x · 0.5 · (1 + erf(x / √2)), which is all that relume reads with Erf",
    )
}
