//! Add, Sub, Mul and Div: of activations, or with constants for each channel.

use relume::Result;
use relume::graph::{AddSpec, BatchNormSpec, LayerKind};
use relume::safetensors::Array;

use super::graph::Graph;
use super::per_channel::per_channel;
use super::product;
use crate::error::unsupported_at;
use crate::messages::Node;
use crate::value::{Activation, Value};

/// Of a batch normalisation that only multiplies and adds: so little that the square root of 1 and it is 1.
pub(super) const EPSILON: f64 = 1e-12;

/// Add and Sum: of activations of one shape, or with a constant.
pub(super) fn add<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    for at in 0..node.inputs.len() {
        if node.inputs.len() == 2 && matches!(graph.value(node, at)?, Value::Constant(_)) {
            return with_constant(graph, node);
        }
    }
    let mut terms = Vec::with_capacity(node.inputs.len());
    for at in 0..node.inputs.len() {
        terms.push(graph.activation(node, at)?);
    }
    let Some(first) = terms.first().cloned() else {
        return Err(unsupported_at(node, "it adds nothing"));
    };
    if let Some(other) = terms.iter().find(|term| term.dims != first.dims) {
        return Err(unsupported_at(
            node,
            format!(
                "it adds {:?} to {:?}; relume adds activations of one shape",
                other.dims, first.dims
            ),
        ));
    }
    // One may be seen as a vector, and the other be one.
    if terms.iter().any(|term| term.shape != first.shape) {
        terms = terms
            .into_iter()
            .map(|term| graph.settle(node, term))
            .collect::<Result<_>>()?;
    }
    if terms.len() == 1 {
        return Ok(first);
    }
    let inputs: Vec<&Activation> = terms.iter().collect();
    graph
        .layers
        .push(node, LayerKind::Add(AddSpec {}), &inputs, Vec::new())
        .map(|y| y.viewed(first.dims))
}

/// An activation and a constant: a factor or a summand for each channel, or one for all. A Mul may also be
/// of two activations.
pub(super) fn with_constant<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let constant_at = match (graph.value(node, 0)?, graph.value(node, 1)?) {
        (_, Value::Constant(_)) => 1,
        (Value::Constant(_), _) => 0,
        _ if node.operator == "Mul" => return product::product(graph, node),
        _ => {
            return Err(unsupported_at(
                node,
                "both its inputs are activations; relume computes it only with a constant, one number for each channel or one for all",
            ));
        }
    };
    let x = graph.channels(node, 1 - constant_at)?;
    let constant = graph.weights(node, constant_at, "constant")?;
    let numbers = per_channel(constant, &x).map_err(|shape| {
        unsupported_at(
            node,
            format!(
                "its constant has shape {shape:?} for {:?}; relume takes one number for each channel, or one for all",
                x.dims
            ),
        )
    })?;
    let each = |function: fn(f64) -> (f64, f64)| -> Vec<(f64, f64)> {
        numbers.data.iter().map(|&number| function(number.into())).collect()
    };
    let lines = match (node.operator, constant_at) {
        ("Add", _) => each(|c| (1.0, c)),
        ("Sub", 1) => each(|c| (1.0, -c)),
        ("Sub", _) => each(|c| (-1.0, c)),
        ("Mul", _) => each(|c| (c, 0.0)),
        ("Div", 1) => each(|c| (1.0 / c, 0.0)),
        _ => {
            return Err(unsupported_at(
                node,
                "it divides a constant by an activation, which no layer of relume does",
            ));
        }
    };
    line(graph, node, &x, 1 - constant_at, lines)
}

/// `factor · x + summand`, for each channel or for all.
pub(super) fn line<'a>(
    graph: &mut Graph<'a>,
    node: &Node<'a>,
    x: &Activation,
    at: usize,
    mut lines: Vec<(f64, f64)>,
) -> Result<Activation> {
    if lines.iter().all(|&line| line == (1.0, 0.0)) {
        return Ok(x.clone());
    }
    let channels = x.shape[0];
    if let [one] = lines[..] {
        graph.layers.take_room(node, channels)?;
        lines = vec![one; channels];
    }
    // What is added to a convolution or a product without a bias is its bias, if nothing else reads it.
    let name = node.input(at).unwrap_or_default();
    if let (Some(index), Some(layer)) = (x.layer, graph.layers.get(x.layer))
        && layer.takes_bias()
        && layer.output == name
        && graph.is_read_once(name)
        && lines.iter().all(|line| line.0 == 1.0)
    {
        graph
            .layers
            .set_bias(index, lines.iter().map(|line| line.1 as f32).collect());
        return Ok(x.clone());
    }
    // Two in a row are one.
    let mut source = x.clone();
    if let Some(before) = graph.layers.get(x.layer)
        && matches!(before.kind, LayerKind::BatchNorm(BatchNormSpec { epsilon: EPSILON }))
        && let [("weight", factors), ("bias", summands), ..] = before.arrays.as_slice()
        && let [input] = before.inputs[..]
    {
        for (line, (&factor, &summand)) in lines.iter_mut().zip(factors.data.iter().zip(&summands.data)) {
            *line = (line.0 * f64::from(factor), line.0 * f64::from(summand) + line.1);
        }
        source.layer = input;
        // As exporters multiply by 2 and by 0.5.
        if lines.iter().all(|&line| line == (1.0, 0.0)) {
            return Ok(source);
        }
    }
    let array = |number: fn(&(f64, f64)) -> f64| Array {
        shape: vec![channels],
        data: lines.iter().map(|line| number(line) as f32).collect(),
    };
    let arrays = vec![
        ("weight", array(|line| line.0)),
        ("bias", array(|line| line.1)),
        ("running_mean", array(|_| 0.0)),
        ("running_var", array(|_| 1.0)),
    ];
    let kind = LayerKind::BatchNorm(BatchNormSpec { epsilon: EPSILON });
    graph
        .layers
        .push(node, kind, &[&source], arrays)
        .map(|y| y.viewed(x.dims.clone()))
}
