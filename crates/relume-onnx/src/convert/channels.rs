//! Slice, Split and Gather along the channels: which of them go on.

use relume::Result;
use relume::graph::{LayerKind, SliceSpec};

use super::graph::{Graph, axis};
use super::slice_limits::{Limits, limits};
use crate::error::{invalid_at, unsupported_at};
use crate::messages::Node;
use crate::value::{Activation, Value};

/// Slice with constant limits, one after the other along the channels. Along other axes it may only keep everything.
pub(super) fn slice<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let mut x = graph.activation(node, 0)?;
    let limits = limits(graph, node)?;
    if let Some(Limits { step, .. }) = limits.iter().find(|limits| limits.step != 1) {
        return Err(unsupported_at(
            node,
            format!("its step is {step}; relume takes channels that follow each other"),
        ));
    }
    for Limits {
        axis: along,
        start,
        end,
        ..
    } in limits
    {
        let along = axis(node, along, x.dims.len())?;
        let side = x.dims.get(along).copied().unwrap_or_default();
        let clamped = |at: i64| {
            let at = if at < 0 {
                at.saturating_add_unsigned(side as u64)
            } else {
                at
            };
            usize::try_from(at).unwrap_or(0).min(side)
        };
        x = part(graph, node, &x, along, [clamped(start), clamped(end)])?;
    }
    Ok(x)
}

/// Split: parts along the channels, one for each output.
pub(super) fn split<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Vec<Value<'a>>> {
    let x = graph.activation(node, 0)?;
    let along = axis(node, node.int("axis", 0)?, x.dims.len())?;
    let side = x.dims.get(along).copied().unwrap_or_default();
    let given = match node.ints("split")? {
        Some(sizes) => Some(sizes.to_vec()),
        None => graph.ints(node, 1)?,
    };
    let count = node.outputs.len();
    let sizes = match given {
        Some(sizes) => sizes
            .iter()
            .map(|&size| usize::try_from(size).ok())
            .collect::<Option<Vec<_>>>()
            .unwrap_or_default(),
        // Of equal parts the last may be smaller.
        None => {
            let size = side.div_ceil(count);
            let left = |at: usize| side.saturating_sub(size.saturating_mul(at));
            (0..count).map(|at| left(at).min(size)).collect()
        }
    };
    let sum = sizes.iter().try_fold(0_usize, |sum, &size| sum.checked_add(size));
    if sizes.len() != count || sum != Some(side) {
        return Err(invalid_at(
            node,
            format!(
                "it splits axis {along} of {:?} into {count} parts that do not make it up",
                x.dims
            ),
        ));
    }
    let mut start = 0;
    let mut parts = Vec::with_capacity(count);
    for size in sizes {
        let bounds = [start, start + size];
        parts.push(Value::Activation(part(graph, node, &x, along, bounds)?));
        start += size;
    }
    Ok(parts)
}

/// Gather of one constant index, or of some that follow each other.
pub(super) fn gather<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let x = graph.activation(node, 0)?;
    let along = axis(node, node.int("axis", 0)?, x.dims.len())?;
    let side = x.dims.get(along).copied().unwrap_or_default();
    let indices = graph
        .ints(node, 1)?
        .ok_or_else(|| invalid_at(node, "its indices are missing"))?;
    let rank = graph.constant(node, 1)?.map_or(0, |constant| constant.dims.len());
    let indices: Vec<usize> = indices
        .iter()
        .map(|&index| axis(node, index, side))
        .collect::<Result<_>>()?;
    let start = indices.first().copied().unwrap_or_default();
    if rank > 1 || !indices.iter().copied().eq(start..start + indices.len()) {
        return Err(unsupported_at(
            node,
            "its indices do not follow each other; relume takes channels that do",
        ));
    }
    let mut y = part(graph, node, &x, along, [start, start + indices.len()])?;
    // A single number takes the axis away, a list of one keeps it.
    if rank == 0 {
        y.dims.remove(along);
    }
    Ok(y)
}

/// Of `x` what lies from `start` up to `end` of axis `along`.
fn part<'a>(
    graph: &mut Graph<'a>,
    node: &Node<'a>,
    x: &Activation,
    along: usize,
    [start, end]: [usize; 2],
) -> Result<Activation> {
    let side = x.dims.get(along).copied().unwrap_or_default();
    if start >= end {
        return Err(unsupported_at(
            node,
            format!("nothing is left of axis {along} of {:?}", x.dims),
        ));
    }
    if [start, end] == [0, side] {
        return Ok(x.clone());
    }
    let refusal = || {
        unsupported_at(
            node,
            format!(
                "it takes {start} to {end} of axis {along} of {:?}; relume takes parts of the channels alone",
                x.dims
            ),
        )
    };
    let (before, after) = x.dims.split_at_checked(along).ok_or_else(refusal)?;
    if before.iter().any(|&side| side != 1) {
        return Err(refusal());
    }
    // The numbers that stay lie side by side: channels, if they begin and end with one.
    let step: usize = after.iter().skip(1).product();
    let whole = |x: &Activation| {
        let [_, height, width] = x.shape;
        let area = height * width;
        let [from, to] = [start * step, end * step];
        (from.is_multiple_of(area) && to.is_multiple_of(area)).then(|| SliceSpec {
            start: from / area,
            end: to / area,
        })
    };
    let (x, spec) = match whole(x) {
        Some(spec) => (x.clone(), spec),
        // Part of a vector that was channels of several pixels.
        None => {
            if step != 1 {
                return Err(refusal());
            }
            let flat = graph.settle(node, x.clone())?;
            let spec = whole(&flat).ok_or_else(refusal)?;
            (flat, spec)
        }
    };
    let mut dims = x.dims.clone();
    if let Some(side) = dims.get_mut(along) {
        *side = end - start;
    }
    graph
        .layers
        .push(node, LayerKind::Slice(spec), &[&x], Vec::new())
        .map(|y| y.viewed(dims))
}
