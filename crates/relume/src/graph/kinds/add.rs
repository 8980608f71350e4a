//! The sum of several layers.

use serde::{Deserialize, Serialize};

use super::{Kind, Shape, several};

/// Element-wise sum of two or more inputs of one shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddSpec {}

impl Kind for AddSpec {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (first, others) = several(inputs)?;
        match others.iter().find(|&&other| other != first) {
            Some(other) => Err(format!("cannot add {other:?} to {first:?}")),
            None => Ok(first),
        }
    }
}
