//! Softmax.

use serde::{Deserialize, Serialize};

use super::Kind;

/// Softmax over the channels: the last layer, never a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftmaxSpec {}

impl Kind for SoftmaxSpec {}
