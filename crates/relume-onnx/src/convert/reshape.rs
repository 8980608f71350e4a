//! Operators that change the dimensions and no number: the layer before stays what it is. A Transpose may shuffle channels.

use relume::Result;
use relume::graph::{ChannelShuffleSpec, LayerKind};

use super::graph::{Graph, axis};
use crate::error::{invalid_at, unsupported_at};
use crate::messages::{ElementType, Node};
use crate::value::{Activation, Value};

/// The most dimensions.
const MAX_RANK: usize = 8;

/// Flatten: two dimensions, split at `axis`.
pub(super) fn flatten<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.unchanged(node, 0)?;
    let dims = flattened(node, &x.dims)?;
    Ok(x.viewed(dims))
}

pub(super) fn flattened(node: &Node<'_>, dims: &[usize]) -> Result<Vec<usize>> {
    let at = match node.int("axis", 1)? {
        end if usize::try_from(end).is_ok_and(|end| end == dims.len()) => dims.len(),
        at => axis(node, at, dims.len())?,
    };
    let (before, after) = dims.split_at_checked(at).unwrap_or((dims, &[]));
    Ok(vec![product(node, before)?, product(node, after)?])
}

/// Reshape to constant dimensions.
pub(super) fn reshape<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.unchanged(node, 0)?;
    let wanted = graph
        .ints(node, 1)?
        .ok_or_else(|| invalid_at(node, "its shape is missing"))?;
    let dims = reshaped(node, &x.dims, &wanted)?;
    Ok(x.viewed(dims))
}

/// The dimensions that `wanted` means: 0 keeps one, −1 takes what is left.
pub(super) fn reshaped(node: &Node<'_>, dims: &[usize], wanted: &[i64]) -> Result<Vec<usize>> {
    let fault = || invalid_at(node, format!("it cannot bring {dims:?} to {wanted:?}"));
    if wanted.len() > MAX_RANK {
        return Err(fault());
    }
    let keeps = node.int("allowzero", 0)? == 0;
    let mut found = Vec::with_capacity(wanted.len());
    for (at, &side) in wanted.iter().enumerate() {
        found.push(match side {
            -1 => 1,
            0 if keeps => *dims.get(at).ok_or_else(fault)?,
            side => usize::try_from(side).map_err(|_| fault())?,
        });
    }
    let (have, want) = (product(node, dims)?, product(node, &found)?);
    let mut open = found.iter_mut().zip(wanted).filter(|(_, wanted)| **wanted == -1);
    match (open.next(), open.next()) {
        (None, _) if have == want => {}
        (Some((side, _)), None) if want > 0 && have.is_multiple_of(want) => *side = have / want,
        _ => return Err(fault()),
    }
    Ok(found)
}

/// Squeeze: takes sides of 1 away.
pub(super) fn squeeze<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.unchanged(node, 0)?;
    let dims = squeezed(graph, node, &x.dims)?;
    Ok(x.viewed(dims))
}

pub(super) fn squeezed<'a>(graph: &Graph<'a>, node: &Node<'a>, dims: &[usize]) -> Result<Vec<usize>> {
    let axes = graph.axes(node, dims.len())?;
    let goes = |at: usize, side: usize| axes.as_ref().map_or(side == 1, |axes| axes.contains(&at));
    if let Some(side) = dims
        .iter()
        .enumerate()
        .find(|(at, side)| goes(*at, **side) && **side != 1)
    {
        return Err(invalid_at(
            node,
            format!("it takes away axis {} of {dims:?}, which is not 1", side.0),
        ));
    }
    Ok(dims
        .iter()
        .enumerate()
        .filter(|(at, side)| !goes(*at, **side))
        .map(|(_, &side)| side)
        .collect())
}

/// Unsqueeze: puts sides of 1 in.
pub(super) fn unsqueeze<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.unchanged(node, 0)?;
    let dims = unsqueezed(graph, node, &x.dims)?;
    Ok(x.viewed(dims))
}

pub(super) fn unsqueezed<'a>(graph: &Graph<'a>, node: &Node<'a>, dims: &[usize]) -> Result<Vec<usize>> {
    let count = match node.ints("axes")? {
        Some(axes) => axes.len(),
        None => graph.ints(node, 1)?.map_or(0, |axes| axes.len()),
    };
    let rank = dims.len() + count;
    if rank > MAX_RANK {
        return Err(invalid_at(node, format!("it makes {rank} dimensions")));
    }
    let axes = graph.axes(node, rank)?.unwrap_or_default();
    let mut sides = dims.iter();
    let all = (0..rank).map(|at| {
        if axes.contains(&at) {
            Some(1)
        } else {
            sides.next().copied()
        }
    });
    all.collect::<Option<Vec<_>>>()
        .ok_or_else(|| invalid_at(node, "it names an axis twice"))
}

/// Transpose that leaves the order of the numbers as it is, shuffles the channels, or brings the picture's channels to the front.
pub(super) fn transpose<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    if let Value::ChannelsLast(picture) = graph.value(node, 0)? {
        return match node.ints("perm")? {
            Some([0, 3, 1, 2]) => Ok(Activation::new(picture.layer, picture.shape)),
            _ => Err(unsupported_at(
                node,
                "it does not bring the picture to [1, channels, height, width]",
            )),
        };
    }
    let x = graph.unchanged(node, 0)?;
    let order = permutation(node, x.dims.len())?;
    let moved: Vec<usize> = order
        .iter()
        .copied()
        .filter(|&axis| x.dims.get(axis) != Some(&1))
        .collect();
    let dims: Vec<usize> = order.iter().filter_map(|&axis| x.dims.get(axis).copied()).collect();
    if moved.is_sorted() {
        return Ok(x.viewed(dims));
    }
    // Channels that a Reshape has shared among groups, and the two axes exchanged: a channel shuffle.
    if let [second, first, rest @ ..] = moved.as_slice()
        && first < second
        && rest.iter().all(|axis| axis > second)
        && rest.is_sorted()
        && let (Some(&groups), Some(&each)) = (x.dims.get(*first), x.dims.get(*second))
        && groups.checked_mul(each) == Some(x.shape[0])
    {
        let kind = LayerKind::ChannelShuffle(ChannelShuffleSpec { groups });
        let y = graph.layers.push(node, kind, &[&x], Vec::new())?;
        // A softmax of all numbers gives the same in any order.
        let after_softmax = x.after_softmax;
        return Ok(Activation {
            dims,
            after_softmax,
            ..y
        });
    }
    Err(unsupported_at(
        node,
        format!(
            "it moves the numbers of {:?} by {order:?}, as attention does; relume exchanges two axes that are groups of channels",
            x.dims
        ),
    ))
}

/// The order of a Transpose; if it is not given, all axes backwards.
pub(super) fn permutation(node: &Node<'_>, rank: usize) -> Result<Vec<usize>> {
    let Some(order) = node.ints("perm")? else {
        return Ok((0..rank).rev().collect());
    };
    let order: Vec<usize> = order.iter().map(|&one| axis(node, one, rank)).collect::<Result<_>>()?;
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if sorted.iter().copied().eq(0..rank) {
        Ok(order)
    } else {
        Err(invalid_at(
            node,
            format!("its perm {order:?} does not name each of {rank} axes once"),
        ))
    }
}

/// Cast between floating-point numbers, which relume computes in 32 bits all the same.
pub(super) fn cast<'a>(graph: &Graph<'a>, node: &Node<'a>) -> Result<Value<'a>> {
    if ElementType::of(node.int("to", 0)?).is_float() {
        graph.value(node, 0).cloned()
    } else {
        Err(unsupported_at(
            node,
            "it makes integers of an activation, which no layer of relume does",
        ))
    }
}

/// Dropout, which does nothing in a trained network.
pub(super) fn dropout<'a>(graph: &Graph<'a>, node: &Node<'a>) -> Result<Value<'a>> {
    if node.input(2).is_some()
        && graph
            .constant(node, 2)?
            .is_some_and(|constant| constant.scalar().ok().flatten() != Some(0.0))
    {
        return Err(unsupported_at(
            node,
            "it is in training mode: call .eval() before the export",
        ));
    }
    graph.value(node, 0).cloned()
}

fn product(node: &Node<'_>, dims: &[usize]) -> Result<usize> {
    let product = dims
        .iter()
        .try_fold(1_usize, |product, &side| product.checked_mul(side));
    product.ok_or_else(|| invalid_at(node, format!("the dimensions {dims:?} are beyond every limit")))
}
