//! ReLU with a learnt slope.

use serde::{Deserialize, Serialize};

use super::{Kind, Parameter, Shape, numbers};

/// `x` where it is positive, `weight · x` elsewhere; the weights are a tensor `[C]`, or `[1]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreluSpec {
    /// Whether one weight serves all channels.
    #[serde(default)]
    pub shared: bool,
}

impl Kind for PreluSpec {
    fn is_activation(&self) -> bool {
        true
    }

    fn parameters(&self, [channels, ..]: Shape) -> Vec<Parameter> {
        vec![Parameter::new("weight", [if self.shared { 1 } else { channels }])]
    }

    /// The weights, broadcast to the size of the activation, and the slopes made of them.
    fn workspace(&self, _input: Shape, output: Shape) -> u64 {
        2 * numbers(output)
    }
}
