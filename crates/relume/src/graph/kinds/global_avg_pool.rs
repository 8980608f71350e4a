//! Average pooling over the whole picture.

use serde::{Deserialize, Serialize};

use super::{Kind, Shape, single};

/// The mean over all positions of each channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlobalAvgPoolSpec {}

impl Kind for GlobalAvgPoolSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        single(inputs).map(|[channels, ..]| [channels, 1, 1])
    }
}
