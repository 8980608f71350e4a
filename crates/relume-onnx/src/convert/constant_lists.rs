//! What exporters compute of short lists of integers, mostly the dimensions of an activation: parts of them, lists joined, sums;
//! and the transpose of a weight.

use relume::Result;

use super::graph::{Graph, axis};
use super::reshape;
use super::slice_limits::{Limits, limits};
use crate::constant::{Constant, MAX_INTS};
use crate::error::invalid_at;
use crate::messages::Node;

/// What `node` makes of short lists; `None` if it is none of these operators, or they are not short.
pub(super) fn fold<'a>(graph: &Graph<'a>, node: &Node<'a>, inputs: &[Constant<'a>]) -> Result<Option<Constant<'a>>> {
    match (node.operator, inputs) {
        ("Gather", _) => gather(node, inputs),
        ("Slice", [data, ..]) => slice(graph, node, data),
        ("Concat", _) => concat(inputs),
        ("Add" | "Sub" | "Mul" | "Div", _) => arithmetic(node, inputs),
        _ => Ok(None),
    }
}

/// Transpose of a constant.
pub(super) fn transpose<'a>(graph: &mut Graph<'a>, node: &Node<'a>, from: &Constant<'a>) -> Result<Constant<'a>> {
    let order = reshape::permutation(node, from.dims.len())?;
    graph.layers.take_room(node, from.cost())?;
    let steps = steps(&from.dims);
    let walks: Vec<Walk> = order
        .iter()
        .filter_map(|&axis| {
            Some(Walk {
                count: *from.dims.get(axis)?,
                step: *steps.get(axis)?,
            })
        })
        .collect();
    picked(from, 0, &walks)
}

/// How far to go from one number to the next along an axis, and how often.
struct Walk {
    count: usize,
    step: isize,
}

/// How far apart neighbours lie along each axis.
fn steps(dims: &[usize]) -> Vec<isize> {
    let mut step = 1_isize;
    let mut steps: Vec<isize> = dims
        .iter()
        .rev()
        .map(|&side| {
            let here = step;
            step = step.saturating_mul(side.cast_signed());
            here
        })
        .collect();
    steps.reverse();
    steps
}

/// The numbers of `from` on `walks` that begin at `start`, the last of which is the quickest.
fn picked<'a>(from: &Constant<'a>, start: isize, walks: &[Walk]) -> Result<Constant<'a>> {
    let dims: Vec<usize> = walks.iter().map(|walk| walk.count).collect();
    let count: usize = dims.iter().product();
    let mut position = vec![0; walks.len()];
    let mut at = start;
    let mut order = Vec::with_capacity(count);
    for _ in 0..count {
        order.push(usize::try_from(at).unwrap_or(usize::MAX));
        for (position, walk) in position.iter_mut().zip(walks).rev() {
            *position += 1;
            at += walk.step;
            if *position < walk.count {
                break;
            }
            at -= walk.step * walk.count.cast_signed();
            *position = 0;
        }
    }
    if from.is_float() {
        let numbers = from.floats()?;
        let data = order.iter().map(|&at| numbers.get(at).copied().unwrap_or_default());
        return Ok(Constant::of_floats(dims, data.collect()));
    }
    let numbers = from.all_ints()?;
    let data = order.iter().map(|&at| numbers.get(at).copied().unwrap_or_default());
    Ok(Constant::of_ints(dims, data.collect()))
}

/// Gather along axis 0 of a short list.
fn gather<'a>(node: &Node<'a>, inputs: &[Constant<'a>]) -> Result<Option<Constant<'a>>> {
    let [data, indices] = inputs else { return Ok(None) };
    let (Some(list), Some(at)) = (data.ints()?, indices.ints()?) else {
        return Ok(None);
    };
    if data.dims.len() != 1 || node.int("axis", 0)? != 0 {
        return Ok(None);
    }
    let mut found = Vec::with_capacity(at.len());
    for &index in at.iter() {
        let index = axis(node, index, list.len())?;
        found.extend(list.get(index));
    }
    Ok(Some(Constant::of_ints(indices.dims.clone(), found)))
}

/// Slice of a short list.
fn slice<'a>(graph: &Graph<'a>, node: &Node<'a>, data: &Constant<'a>) -> Result<Option<Constant<'a>>> {
    if data.count() > MAX_INTS || data.dims.contains(&0) {
        return Ok(None);
    }
    let limits = limits(graph, node)?;
    let steps = steps(&data.dims);
    let mut start = 0;
    let mut walks: Vec<Walk> = data
        .dims
        .iter()
        .zip(&steps)
        .map(|(&count, &step)| Walk { count, step })
        .collect();
    for Limits {
        axis: along,
        start: from,
        end: to,
        step: by,
    } in limits
    {
        let along = axis(node, along, walks.len())?;
        let Some(walk) = walks.get_mut(along) else {
            return Ok(None);
        };
        let side = walk.count as i64;
        let from_end = |at: i64| if at < 0 { at.saturating_add(side) } else { at };
        let (first, count) = match by {
            1.. => {
                let (first, end) = (from_end(from).clamp(0, side), from_end(to).clamp(0, side));
                (first, (end - first).max(0).cast_unsigned().div_ceil(by.cast_unsigned()))
            }
            // Backwards, down to the one after the end.
            ..=-1 => {
                let (first, end) = (from_end(from).clamp(-1, side - 1), from_end(to).clamp(-1, side - 1));
                (first, (first - end).max(0).cast_unsigned().div_ceil(by.unsigned_abs()))
            }
            0 => return Err(invalid_at(node, "its step is 0")),
        };
        // Twice along one axis would need the first walk's start; no exporter does it.
        if walk.step != steps.get(along).copied().unwrap_or_default()
            || walk.count != data.dims.get(along).copied().unwrap_or_default()
        {
            return Ok(None);
        }
        if count > 0 {
            start += first as isize * walk.step;
        }
        walk.step = walk.step.saturating_mul(by.clamp(-side, side) as isize);
        walk.count = usize::try_from(count).unwrap_or(0);
    }
    picked(data, start, &walks).map(Some)
}

/// Concat of short lists.
fn concat<'a>(inputs: &[Constant<'a>]) -> Result<Option<Constant<'a>>> {
    let mut all = Vec::new();
    for input in inputs {
        match input.ints()? {
            Some(ints) if input.dims.len() == 1 && all.len() + ints.len() <= MAX_INTS => all.extend_from_slice(&ints),
            _ => return Ok(None),
        }
    }
    Ok(Some(Constant::of_ints(vec![all.len()], all)))
}

/// Arithmetic of short lists, or of one with a number.
fn arithmetic<'a>(node: &Node<'a>, inputs: &[Constant<'a>]) -> Result<Option<Constant<'a>>> {
    let [a, b] = inputs else { return Ok(None) };
    let longer = if a.count() >= b.count() && a.dims.len() >= b.dims.len() {
        a
    } else {
        b
    };
    let fits = a.dims == b.dims || a.count() == 1 || b.count() == 1;
    if !fits || longer.count() > MAX_INTS || longer.count() < a.count().max(b.count()) {
        return Ok(None);
    }
    let pairs = longer.count();
    let fault = || invalid_at(node, "it overflows, or divides by 0");
    if let (Some(x), Some(y)) = (a.ints()?, b.ints()?) {
        let operation: fn(i64, i64) -> Option<i64> = match node.operator {
            "Add" => i64::checked_add,
            "Sub" => i64::checked_sub,
            "Mul" => i64::checked_mul,
            _ => i64::checked_div,
        };
        let results = x.iter().cycle().zip(y.iter().cycle()).take(pairs);
        let results = results
            .map(|(&x, &y)| operation(x, y))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(fault)?;
        return Ok(Some(Constant::of_ints(longer.dims.clone(), results)));
    }
    if !a.is_float() || !b.is_float() {
        return Ok(None);
    }
    let operation: fn(f32, f32) -> f32 = match node.operator {
        "Add" => |x, y| x + y,
        "Sub" => |x, y| x - y,
        "Mul" => |x, y| x * y,
        _ => |x, y| x / y,
    };
    let (x, y) = (a.floats()?, b.floats()?);
    let results = x
        .iter()
        .cycle()
        .zip(y.iter().cycle())
        .take(pairs)
        .map(|(&x, &y)| operation(x, y));
    Ok(Some(Constant::of_floats(longer.dims.clone(), results.collect())))
}
