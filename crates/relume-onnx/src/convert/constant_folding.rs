//! Nodes that depend on no picture: constants, and what exporters compute of them and of the dimensions of an activation.

use relume::Result;

use super::graph::{Graph, axis};
use super::{constant_lists as lists, reshape};
use crate::constant::{Constant, MAX_INTS};
use crate::error::{invalid_at, unsupported_at};
use crate::messages::{ElementType, Node, Tensor};
use crate::value::Value;

/// What `node` gives, if that is a constant.
pub(super) fn fold<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Option<Constant<'a>>> {
    match node.operator {
        "Constant" => return constant(node).map(Some),
        "Shape" => return shape(graph, node).map(Some),
        _ => {}
    }
    let mut inputs = Vec::new();
    for at in 0..node.inputs.len() {
        if node.input(at).is_some() {
            match graph.value(node, at)? {
                Value::Constant(constant) => inputs.push(constant.clone()),
                _ => return Ok(None),
            }
        }
    }
    let Some(first) = inputs.first() else { return Ok(None) };
    let viewed = |dims| Some(Constant { dims, ..first.clone() });
    Ok(match node.operator {
        "Identity" => Some(first.clone()),
        "Reshape" => {
            let wanted = graph
                .ints(node, 1)?
                .ok_or_else(|| invalid_at(node, "its shape is missing"))?;
            viewed(reshape::reshaped(node, &first.dims, &wanted)?)
        }
        "Flatten" => viewed(reshape::flattened(node, &first.dims)?),
        "Squeeze" => viewed(reshape::squeezed(graph, node, &first.dims)?),
        "Unsqueeze" => viewed(reshape::unsqueezed(graph, node, &first.dims)?),
        "Cast" => cast(graph, node, first)?,
        "Transpose" => Some(lists::transpose(graph, node, first)?),
        "ConstantOfShape" => Some(filled(graph, node, first)?),
        "DequantizeLinear" => Some(dequantise(graph, node)?),
        _ => {
            let list = lists::fold(graph, node, &inputs)?;
            // A list of a few bytes in the file can make many, node after node.
            graph.layers.take_room(node, list.as_ref().map_or(0, Constant::count))?;
            list
        }
    })
}

/// Constant: a tensor or numbers in an attribute.
fn constant<'a>(node: &Node<'a>) -> Result<Constant<'a>> {
    if let Some(tensor) = node.attribute("value").and_then(|attribute| attribute.tensor.clone()) {
        return Ok(Constant::stored(tensor));
    }
    if node.attribute("value_int").is_some() {
        return Ok(Constant::of_ints(Vec::new(), vec![node.int("value_int", 0)?]));
    }
    if node.attribute("value_float").is_some() {
        return Ok(Constant::of_floats(Vec::new(), vec![node.float("value_float", 0.0)?]));
    }
    if let Some(ints) = node.ints("value_ints")? {
        return Ok(Constant::of_ints(vec![ints.len()], ints.to_vec()));
    }
    if let Some(floats) = node.attribute("value_floats") {
        return Ok(Constant::of_floats(vec![floats.floats.len()], floats.floats.clone()));
    }
    Err(unsupported_at(
        node,
        "its value is a text, sparse or missing; relume reads tensors and numbers",
    ))
}

/// Shape: the dimensions, as integers. The batch is 1.
fn shape<'a>(graph: &Graph<'a>, node: &Node<'a>) -> Result<Constant<'a>> {
    let dims = match graph.value(node, 0)? {
        Value::Constant(constant) => &constant.dims,
        Value::Activation(activation) | Value::ChannelsLast(activation) | Value::Quantised(activation) => {
            &activation.dims
        }
        Value::Erf(erf) => &erf.x.dims,
        Value::Absent => {
            return Err(unsupported_at(
                node,
                "its input is an output of an earlier node that relume does not compute",
            ));
        }
    };
    let clamped = |end: i64| {
        let end = if end < 0 {
            end.saturating_add_unsigned(dims.len() as u64)
        } else {
            end
        };
        usize::try_from(end).unwrap_or(0).min(dims.len())
    };
    let (start, end) = (clamped(node.int("start", 0)?), clamped(node.int("end", i64::MAX)?));
    let ints: Vec<i64> = dims
        .get(start..end)
        .unwrap_or_default()
        .iter()
        .map(|&side| side as i64)
        .collect();
    Ok(Constant::of_ints(vec![ints.len()], ints))
}

/// Cast: floats of all widths are one here.
fn cast<'a>(graph: &mut Graph<'a>, node: &Node<'a>, from: &Constant<'a>) -> Result<Option<Constant<'a>>> {
    let to = ElementType::of(node.int("to", 0)?);
    match (from.is_float(), to.is_float()) {
        (true, true) | (false, false) => Ok(Some(from.clone())),
        (false, true) => {
            let floats = graph.read(node, from)?.into_owned();
            Ok(Some(Constant::of_floats(from.dims.clone(), floats)))
        }
        (true, false) if from.count() <= MAX_INTS => {
            let ints = from.floats()?.iter().map(|&value| value as i64).collect();
            Ok(Some(Constant::of_ints(from.dims.clone(), ints)))
        }
        _ => Ok(None),
    }
}

/// ConstantOfShape: one number, many times.
fn filled<'a>(graph: &mut Graph<'a>, node: &Node<'a>, shape: &Constant<'a>) -> Result<Constant<'a>> {
    let shape = shape
        .ints()?
        .ok_or_else(|| invalid_at(node, "its shape is not a short list of integers"))?;
    let dims: Option<Vec<usize>> = shape.iter().map(|&side| usize::try_from(side).ok()).collect();
    let dims = dims
        .filter(|dims| dims.len() <= 8)
        .ok_or_else(|| invalid_at(node, format!("its shape is {shape:?}")))?;
    let count = dims
        .iter()
        .try_fold(1_usize, |product, &side| product.checked_mul(side))
        .unwrap_or(usize::MAX);
    graph.layers.take_room(node, count)?;
    let value = node.attribute("value").and_then(|attribute| attribute.tensor.as_ref());
    match value {
        Some(tensor) if !tensor.element.is_float() => {
            let int = tensor.ints()?.first().copied().unwrap_or_default();
            Ok(Constant::of_ints(dims, vec![int; count]))
        }
        _ => {
            let value = value
                .map(Tensor::floats)
                .transpose()?
                .and_then(|floats| floats.first().copied());
            Ok(Constant::of_floats(dims, vec![value.unwrap_or_default(); count]))
        }
    }
}

/// Weights in eight bits: `(number − zero point) · scale`, with one scale, or one for each step along an axis.
fn dequantise<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Constant<'a>> {
    if node.int("block_size", 0)? != 0 {
        return Err(unsupported_at(
            node,
            "it has a scale for each block; relume reads one for each channel, or one for all",
        ));
    }
    let mut weights = graph.weights(node, 0, "numbers")?;
    let scale = graph.weights(node, 1, "scale")?;
    let zero = match node.input(2) {
        Some(_) => Some(graph.weights(node, 2, "zero point")?),
        None => None,
    };
    if zero.as_ref().is_some_and(|zero| zero.data.len() != scale.data.len()) {
        return Err(invalid_at(node, "it has not as many zero points as scales"));
    }
    // How many numbers lie side by side under one scale.
    let (along, run) = if scale.data.len() == 1 {
        (1, weights.data.len())
    } else {
        let at = axis(node, node.int("axis", 1)?, weights.shape.len())?;
        let (_, after) = weights.shape.split_at_checked(at + 1).unwrap_or_default();
        (
            weights.shape.get(at).copied().unwrap_or_default(),
            after.iter().product(),
        )
    };
    if scale.data.len() != along {
        return Err(invalid_at(
            node,
            format!("it has {} scales for {along} channels", scale.data.len()),
        ));
    }
    let zeros = zero.map_or_else(|| vec![0.0; along], |zero| zero.data);
    let channels = scale.data.iter().zip(&zeros).cycle();
    for (numbers, (scale, zero)) in weights.data.chunks_mut(run.max(1)).zip(channels) {
        for number in numbers {
            *number = (*number - zero) * scale;
        }
    }
    Ok(Constant::of_floats(weights.shape, weights.data))
}
