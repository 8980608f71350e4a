//! A picture as one flat vector.

use serde::{Deserialize, Serialize};

use super::{Kind, Shape, single};

/// `C×H×W` becomes `C·H·W×1×1`, in row-major order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlattenSpec {}

impl Kind for FlattenSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let [channels, height, width] = single(inputs)?;
        Ok([channels * height * width, 1, 1])
    }
}
