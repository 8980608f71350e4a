//! Some channels of a layer.

use serde::{Deserialize, Serialize};

use super::{Kind, Shape, single};

/// The channels from `start` up to, but without, `end`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SliceSpec {
    /// The first channel.
    pub start: usize,
    /// The channel after the last one.
    pub end: usize,
}

impl Kind for SliceSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let [channels, height, width] = single(inputs)?;
        let Self { start, end } = *self;
        if start < end && end <= channels {
            Ok([end - start, height, width])
        } else {
            Err(format!("there are no channels {start} to {end} of {channels}"))
        }
    }
}
