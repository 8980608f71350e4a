//! Activations.

use relume::Result;
use relume::graph::{
    EluSpec, GeluApproximation, GeluSpec, HardSigmoidSpec, HardSwishSpec, LayerKind, LeakyReluSpec, MishSpec,
    PreluSpec, ReluSpec, SeluSpec, SigmoidSpec, SoftplusSpec, TanhSpec,
};

use super::graph::Graph;
use super::per_channel::per_channel;
use crate::error::unsupported_at;
use crate::messages::Node;
use crate::value::Activation;

/// A function of each number by itself.
pub(super) fn activation<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    if node.operator == "PRelu" {
        return prelu(graph, node);
    }
    let Some(kind) = kind(graph, node)? else {
        return graph.padded(node, 0);
    };
    let x = graph.activation(node, 0)?;
    graph
        .layers
        .push(node, kind, &[&x], Vec::new())
        .map(|y| y.viewed(x.dims))
}

/// The kind of layer that it is; `None` if it changes nothing.
fn kind(graph: &Graph<'_>, node: &Node<'_>) -> Result<Option<LayerKind>> {
    Ok(Some(match node.operator {
        "Relu" => LayerKind::Relu(ReluSpec::default()),
        "Clip" => return clip(graph, node),
        "LeakyRelu" => match node.float("alpha", 0.01)? {
            0.0 => LayerKind::Relu(ReluSpec::default()),
            1.0 => return Ok(None),
            slope => LayerKind::LeakyRelu(LeakyReluSpec { slope }),
        },
        "Sigmoid" => LayerKind::Sigmoid(SigmoidSpec {}),
        "HardSigmoid" => {
            // A sixth as exporters round it.
            let (alpha, beta) = (node.float("alpha", 0.2)?, node.float("beta", 0.5)?);
            if (alpha - 1.0 / 6.0).abs() > 1e-6 || (beta - 0.5).abs() > 1e-6 {
                return Err(unsupported_at(
                    node,
                    format!("its alpha is {alpha} and its beta {beta}; relume has the one of PyTorch, 1/6 and 0.5"),
                ));
            }
            LayerKind::HardSigmoid(HardSigmoidSpec {})
        }
        "HardSwish" => LayerKind::HardSwish(HardSwishSpec {}),
        "Tanh" => LayerKind::Tanh(TanhSpec {}),
        "Elu" => LayerKind::Elu(EluSpec {
            alpha: node.float("alpha", 1.0)?,
        }),
        "Celu" => match node.float("alpha", 1.0)? {
            1.0 => LayerKind::Elu(EluSpec { alpha: 1.0 }),
            alpha => {
                return Err(unsupported_at(
                    node,
                    format!("its alpha is {alpha}; relume has that of 1, which is an Elu"),
                ));
            }
        },
        "Selu" => {
            let (alpha, gamma) = (node.float("alpha", 1.673_263_2)?, node.float("gamma", 1.050_701)?);
            if (alpha - 1.673_263_2).abs() > 1e-5 || (gamma - 1.050_701).abs() > 1e-5 {
                return Err(unsupported_at(
                    node,
                    format!("its alpha is {alpha} and its gamma {gamma}, and not those of the paper"),
                ));
            }
            LayerKind::Selu(SeluSpec {})
        }
        "Softplus" => LayerKind::Softplus(SoftplusSpec { beta: 1.0 }),
        "Mish" => LayerKind::Mish(MishSpec {}),
        "Gelu" => LayerKind::Gelu(GeluSpec {
            approximate: match node.text("approximate", "none")? {
                "none" => GeluApproximation::None,
                "tanh" => GeluApproximation::Tanh,
                _ => return Err(unsupported_at(node, "its approximation is neither none nor tanh")),
            },
        }),
        _ => return Err(crate::error::unknown_operator(node)),
    }))
}

/// A ReLU that is clipped: from 0 to a limit, or without one. The limits are attributes in old operator sets, inputs in new ones.
fn clip(graph: &Graph<'_>, node: &Node<'_>) -> Result<Option<LayerKind>> {
    let limit = |at: usize, attribute: &str, default: f32| match graph.named(node.input(at).unwrap_or_default()) {
        None if node.input(at).is_some() => Err(unsupported_at(node, format!("its {attribute} is not known"))),
        None => node.float(attribute, default),
        Some(crate::value::Value::Constant(constant)) => Ok(constant.scalar()?.unwrap_or(f32::NAN)),
        Some(_) => Err(unsupported_at(node, format!("its {attribute} is not a constant"))),
    };
    let (low, high) = (limit(1, "min", f32::MIN)?, limit(2, "max", f32::MAX)?);
    match (low, high) {
        (f32::NEG_INFINITY | f32::MIN, f32::INFINITY | f32::MAX) => Ok(None),
        (0.0, f32::INFINITY | f32::MAX) => Ok(Some(LayerKind::Relu(ReluSpec { max: None }))),
        (0.0, high) if high > 0.0 => Ok(Some(LayerKind::Relu(ReluSpec { max: Some(high) }))),
        _ => Err(unsupported_at(
            node,
            format!("it clips to {low} and {high}; relume has a ReLU that clips from 0 to a number above"),
        )),
    }
}

/// A ReLU with one slope for each channel, or one for all.
fn prelu<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.channels(node, 0)?;
    let slopes = graph.weights(node, 1, "slope")?;
    let slopes = per_channel(slopes, &x).map_err(|shape| {
        unsupported_at(
            node,
            format!("its slopes have shape {shape:?}; relume has one a channel, [channels, 1, 1], or one for all"),
        )
    })?;
    let spec = PreluSpec {
        shared: slopes.data.len() == 1,
    };
    let kind = LayerKind::Prelu(spec);
    graph
        .layers
        .push(node, kind, &[&x], vec![("weight", slopes)])
        .map(|y| y.viewed(x.dims))
}
