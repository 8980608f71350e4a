//! Channels in another order.

use serde::{Deserialize, Serialize};

use super::{Kind, Shape, single};

/// The channels in another order, as ShuffleNet has it (Zhang 2017, arXiv 1707.01083): the first of each of `groups` groups, then
/// the second of each, and so on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelShuffleSpec {
    /// How many groups of channels, one after the other, go in.
    pub groups: usize,
}

impl Kind for ChannelShuffleSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let shape = single(inputs)?;
        if self.groups > 0 && shape[0].is_multiple_of(self.groups) {
            Ok(shape)
        } else {
            Err(format!(
                "{} channels cannot be shared among {} groups",
                shape[0], self.groups
            ))
        }
    }
}
