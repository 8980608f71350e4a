//! Several layers side by side.

use serde::{Deserialize, Serialize};

use super::{Kind, Shape, several};

/// Two or more inputs, one after the other along the channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConcatSpec {}

impl Kind for ConcatSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (first, others) = several(inputs)?;
        let mut channels = first[0];
        for other in others {
            if other[1..] != first[1..] {
                return Err(format!(
                    "cannot put {other:?} beside {first:?}: height and width differ"
                ));
            }
            channels = channels.checked_add(other[0]).ok_or("too many channels")?;
        }
        Ok([channels, first[1], first[2]])
    }
}
