//! The product of two layers.

use serde::{Deserialize, Serialize};

use super::{Kind, Shape, numbers};

/// Element-wise product of two inputs. Where one of them has a size of 1, its numbers serve all of the other's: a factor for each
/// channel, `[C, 1, 1]`, as squeeze-and-excitation has it (Hu 2018, arXiv 1709.01507), or one for each position, `[1, H, W]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MulSpec {}

impl Kind for MulSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let &[a, b] = inputs else {
            return Err(format!("takes two inputs, not {}", inputs.len()));
        };
        let size = |axis: usize| match (a[axis], b[axis]) {
            (size, 1) | (1, size) => Ok(size),
            (size, other) if size == other => Ok(size),
            _ => Err(format!("cannot multiply {a:?} by {b:?}")),
        };
        Ok([size(0)?, size(1)?, size(2)?])
    }

    /// The smaller input, broadcast to the size of the output.
    fn workspace(&self, _input: Shape, output: Shape) -> u64 {
        numbers(output)
    }
}
