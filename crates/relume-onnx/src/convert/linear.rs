//! Gemm and MatMul: fully connected layers.

use relume::Result;
use relume::graph::{LayerKind, LinearSpec};
use relume::safetensors::Array;

use super::graph::Graph;
use crate::error::{invalid_at, unsupported_at};
use crate::messages::Node;
use crate::value::Activation;

/// `alpha · x · B + beta · C`, with `x` a vector.
pub(super) fn gemm<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.channels(node, 0)?;
    let &[1, features] = x.dims.as_slice() else {
        return Err(unsupported_at(
            node,
            format!(
                "its input has dimensions {:?}; relume multiplies a vector, [1, features]",
                x.dims
            ),
        ));
    };
    if node.int("transA", 0)? != 0 && features != 1 {
        return Err(unsupported_at(
            node,
            "it transposes its input (transA), and relume multiplies a vector",
        ));
    }
    let weight = graph.weights(node, 1, "weight B")?;
    let mut weight = rows_of_outputs(node, weight, node.int("transB", 0)? == 0)?;
    scale(&mut weight, node.float("alpha", 1.0)?);
    let outputs = weight.shape.first().copied().unwrap_or_default();
    let bias = match node.input(2) {
        None => None,
        Some(_) => {
            let mut bias = graph.weights(node, 2, "bias C")?;
            scale(&mut bias, node.float("beta", 1.0)?);
            match bias.shape.as_slice() {
                [] | [1] | [1, 1] => bias
                    .data
                    .resize(outputs, bias.data.first().copied().unwrap_or_default()),
                [length] | [1, length] if *length == outputs => {}
                other => {
                    return Err(invalid_at(
                        node,
                        format!("its bias C has shape {other:?} for {outputs} outputs"),
                    ));
                }
            }
            bias.shape = vec![outputs];
            Some(bias)
        }
    };
    linear(graph, node, &x, weight, bias).map(|y| y.viewed(vec![1, outputs]))
}

/// `x · B` with a constant B.
pub(super) fn matmul<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.channels(node, 0)?;
    let weight = graph.weights(node, 1, "weight B")?;
    if x.dims.last() != Some(&x.count()) {
        return Err(unsupported_at(
            node,
            format!(
                "its input has dimensions {:?}; relume multiplies a vector, [1, features]",
                x.dims
            ),
        ));
    }
    let weight = rows_of_outputs(node, weight, true)?;
    let outputs = weight.shape.first().copied().unwrap_or_default();
    let mut dims = x.dims.clone();
    if let Some(last) = dims.last_mut() {
        *last = outputs;
    }
    linear(graph, node, &x, weight, None).map(|y| y.viewed(dims))
}

fn linear<'a>(
    graph: &mut Graph<'a>,
    node: &Node<'a>,
    x: &Activation,
    weight: Array,
    bias: Option<Array>,
) -> Result<Activation> {
    let &[out_features, features] = weight.shape.as_slice() else {
        return Err(invalid_at(node, "its weight is not a matrix"));
    };
    if features != x.count() {
        return Err(invalid_at(
            node,
            format!("its weight takes {features} numbers, and {} come in", x.count()),
        ));
    }
    let spec = LinearSpec {
        out_features,
        bias: bias.is_some(),
    };
    let arrays = std::iter::once(("weight", weight)).chain(bias.map(|bias| ("bias", bias)));
    graph.layers.push(node, LayerKind::Linear(spec), &[x], arrays.collect())
}

/// A matrix as relume stores it, a row for each output.
fn rows_of_outputs(node: &Node<'_>, weight: Array, transposed: bool) -> Result<Array> {
    let &[rows, columns] = weight.shape.as_slice() else {
        return Err(unsupported_at(
            node,
            format!("its weight has shape {:?}, and is not a matrix", weight.shape),
        ));
    };
    if !transposed || weight.data.is_empty() {
        return Ok(weight);
    }
    let data = (0..columns).flat_map(|column| weight.data.iter().skip(column).step_by(columns).copied());
    Ok(Array {
        data: data.collect(),
        shape: vec![columns, rows],
    })
}

fn scale(array: &mut Array, factor: f32) {
    if factor != 1.0 {
        for value in &mut array.data {
            *value *= factor;
        }
    }
}
