//! What a Slice keeps of each axis, as the file says it.

use relume::Result;

use super::graph::Graph;
use crate::error::invalid_at;
use crate::messages::Node;

/// Of one axis: from `start` to the one before `end`, counted from the end where they are negative.
pub(super) struct Limits {
    pub(super) axis: i64,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) step: i64,
}

/// The limits of a Slice, axis after axis. They are attributes in old operator sets.
pub(super) fn limits<'a>(graph: &Graph<'a>, node: &Node<'a>) -> Result<Vec<Limits>> {
    let limit = |at: usize, attribute: &str| match node.ints(attribute)? {
        Some(ints) => Ok(Some(ints.to_vec())),
        None => graph.ints(node, at),
    };
    let missing = || invalid_at(node, "its starts or ends are missing");
    let starts = limit(1, "starts")?.ok_or_else(missing)?;
    let ends = limit(2, "ends")?.ok_or_else(missing)?;
    let axes = limit(3, "axes")?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = graph.ints(node, 4)?.unwrap_or_else(|| vec![1; starts.len()]);
    let counts = [ends.len(), axes.len(), steps.len()];
    if counts.iter().any(|&count| count != starts.len()) {
        return Err(invalid_at(node, "it has not as many starts as ends, axes and steps"));
    }
    let each = starts.into_iter().zip(ends).zip(axes).zip(steps);
    let limits = each.map(|(((start, end), axis), step)| Limits { axis, start, end, step });
    Ok(limits.collect())
}
