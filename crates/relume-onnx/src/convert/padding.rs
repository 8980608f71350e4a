//! Pad with zeros around the picture. It is kept with the activation until a layer takes it over.

use relume::Result;
use relume::graph::Padding;

use super::graph::{Graph, axis};
use crate::error::{invalid_at, unsupported_at};
use crate::messages::Node;
use crate::value::Activation;

/// The most zeros on one side.
const MOST: i64 = 1024;

/// Zeros around height and width.
pub(super) fn pad<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Activation> {
    let mut x = graph.padded(node, 0)?;
    let rank = x.dims.len();
    let pads = match node.ints("pads")? {
        Some(pads) => pads.to_vec(),
        None => graph
            .ints(node, 1)?
            .ok_or_else(|| invalid_at(node, "its pads are missing"))?,
    };
    let axes: Vec<usize> = match graph.ints(node, 3)? {
        Some(axes) => axes.iter().map(|&one| axis(node, one, rank)).collect::<Result<_>>()?,
        None => (0..rank).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return Err(invalid_at(
            node,
            format!("it has {} pads for {} axes", pads.len(), axes.len()),
        ));
    }
    if pads.iter().all(|&pad| pad == 0) {
        return Ok(x);
    }
    let mode = node.text("mode", "constant")?;
    if mode != "constant" {
        return Err(unsupported_at(
            node,
            format!("its mode is {}; relume pads with zeros", super::quoted(mode)),
        ));
    }
    let value = match graph.constant(node, 2)? {
        Some(constant) => constant.scalar()?.unwrap_or(f32::NAN),
        None => node.float("value", 0.0)?,
    };
    if value != 0.0 {
        return Err(unsupported_at(
            node,
            format!("it pads with {value}; relume pads with zeros"),
        ));
    }
    let mut more: Padding = [0; 4];
    let ends = pads.iter().skip(axes.len());
    for ((&axis, &before), &after) in axes.iter().zip(&pads).zip(ends) {
        let sides = match axis {
            2 => [0, 2],
            3 => [1, 3],
            _ if before == 0 && after == 0 => continue,
            _ => {
                return Err(unsupported_at(
                    node,
                    format!("it pads axis {axis}; relume pads height and width"),
                ));
            }
        };
        for (side, pad) in sides.into_iter().zip([before, after]) {
            if !(0..=MOST).contains(&pad) {
                return Err(unsupported_at(
                    node,
                    format!("it has pads {pads:?}; relume pads with 0 to {MOST} zeros, and cuts nothing off"),
                ));
            }
            if let Some(size) = more.get_mut(side) {
                *size = pad.unsigned_abs() as usize;
            }
        }
    }
    if rank != 4 || !x.is_picture() {
        return Err(unsupported_at(
            node,
            format!(
                "its input has dimensions {:?}, not [1, channels, height, width]",
                x.dims
            ),
        ));
    }
    for (size, more) in x.padding.iter_mut().zip(more) {
        *size += more;
    }
    let [top, left, bottom, right] = x.padding;
    let [channels, height, width] = x.shape;
    x.dims = vec![1, channels, height + top + bottom, width + left + right];
    Ok(x)
}
