//! One layer as data, as a model file describes it.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::LayerKind;
use crate::safetensors::{SmallValue, Unique};

/// One layer as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unique<SmallValue>")]
pub struct LayerSpec {
    /// Its name, used once.
    pub name: String,
    /// The names of earlier layers, or [`INPUT`](super::INPUT).
    pub inputs: Vec<String>,
    /// What it does.
    #[serde(flatten)]
    pub kind: LayerKind,
}

impl LayerSpec {
    /// A layer called `name`, of `kind`, fed by `inputs`.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: LayerKind, inputs: &[&str]) -> Self {
        Self {
            name: name.into(),
            inputs: inputs.iter().map(ToString::to_string).collect(),
            kind,
        }
    }
}

// By hand, because serde cannot refuse unknown fields behind `flatten`.
impl TryFrom<Unique<SmallValue>> for LayerSpec {
    type Error = String;

    fn try_from(fields: Unique<SmallValue>) -> Result<Self, String> {
        let mut fields: BTreeMap<String, Value> = (fields.into_inner().into_iter())
            .map(|(name, SmallValue(value))| (name, value))
            .collect();
        let Some(Value::String(name)) = fields.remove("name") else {
            return Err("a layer has no name".into());
        };
        let inputs = fields
            .remove("inputs")
            .ok_or_else(|| format!("layer `{name}` names no inputs"))?;
        let inputs = serde_json::from_value(inputs).map_err(|error| format!("layer `{name}`, inputs: {error}"))?;
        if let Some(Value::String(kind)) = fields.get("kind")
            && !LayerKind::NAMES.contains(&kind.as_str())
        {
            return Err(format!(
                "layer `{name}`: there is no kind `{kind}`, only {}",
                LayerKind::NAMES.join(", ")
            ));
        }
        let kind = serde_json::from_value(Value::Object(fields.into_iter().collect()))
            .map_err(|error| format!("layer `{name}`: {error}"))?;
        Ok(Self { name, inputs, kind })
    }
}
