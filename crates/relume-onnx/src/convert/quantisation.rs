//! QuantizeLinear and DequantizeLinear. Weights in eight bits are read as the numbers they stand for
//! (`constant_folding`); activations are left in 32 bits.

use relume::Result;
use relume::graph::{LayerKind, ReluSpec};

use super::graph::Graph;
use crate::constant::Constant;
use crate::error::unsupported_at;
use crate::messages::{ElementType, Node};
use crate::value::{Activation, Value};

/// An activation that is brought to eight bits. Where these begin at 0, negative numbers become 0: tools that quantise a network
/// leave out a ReLU there, which is put back.
pub(super) fn quantise<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Value<'a>> {
    let x = graph.activation(node, 0)?;
    let scale = graph.constant(node, 1)?.map_or(Ok(None), Constant::scalar)?;
    if scale.is_none() {
        return Err(unsupported_at(
            node,
            "it has several scales, or none; relume reads activations with one",
        ));
    }
    let (lowest, zero) = match graph.constant(node, 2)? {
        None => (0.0, 0.0),
        Some(point) => match (point.element, point.scalar()?) {
            (Some(ElementType::Uint8 | ElementType::Uint16), Some(zero)) => (0.0, zero),
            (Some(ElementType::Int8), Some(zero)) => (-128.0, zero),
            (Some(ElementType::Int16), Some(zero)) => (-32768.0, zero),
            _ => {
                return Err(unsupported_at(
                    node,
                    "its zero point is not one integer of 8 or 16 bits",
                ));
            }
        },
    };
    graph.quantised += 1;
    let needs_relu = zero <= lowest && graph.layers.get(x.layer).is_some_and(|layer| !layer.non_negative);
    if !needs_relu {
        return Ok(Value::Quantised(x));
    }
    let relu = LayerKind::Relu(ReluSpec::default());
    let y = graph.layers.push(node, relu, &[&x], Vec::new())?;
    Ok(Value::Quantised(Activation { dims: x.dims, ..y }))
}

/// An activation that is brought back.
pub(super) fn dequantise<'a>(graph: &Graph<'a>, node: &Node<'a>) -> Result<Value<'a>> {
    match graph.value(node, 0)? {
        Value::Quantised(activation) => Ok(Value::Activation(activation.clone())),
        _ => Err(unsupported_at(
            node,
            "its input was not brought to eight bits by a QuantizeLinear",
        )),
    }
}
