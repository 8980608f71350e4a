//! The number that is explained: one unit of one layer.

use std::str::FromStr;

use burn::tensor::{IndexingUpdateOp, Int, Tensor};
use serde::Deserialize;

use super::ExplainedUnit;
use crate::backend::read;
use crate::error::{Error, ErrorKind, Result};

/// A unit to explain: a channel of a layer, at a position or where it is strongest.
///
/// As a value (in JSON, in JavaScript) it is `"top"`, `{ class }`, `{ layer, channel }` or `{ layer, channel, at: [y, x] }`; in
/// words, as on the command line, `top`, `class:K`, `LAYER:CHANNEL` or `LAYER:CHANNEL@ROW,COLUMN`.
///
/// ```
/// use relume::Target;
///
/// assert_eq!("class:3".parse(), Ok(Target::class(3)));
/// assert_eq!("conv2:7".parse(), Ok(Target::unit("conv2", 7))); // where channel 7 is strongest
/// assert_eq!("conv2:7@4,5".parse(), Ok(Target::unit("conv2", 7).at(4, 5))); // row 4, column 5
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "Value")]
pub struct Target {
    layer: Option<String>,
    channel: Option<usize>,
    at: Option<(usize, usize)>,
}

impl Target {
    /// The class with the largest logit.
    #[must_use]
    pub const fn top() -> Self {
        Self {
            layer: None,
            channel: None,
            at: None,
        }
    }

    /// The logit of class `index`.
    #[must_use]
    pub const fn class(index: usize) -> Self {
        Self {
            layer: None,
            channel: Some(index),
            at: None,
        }
    }

    /// Channel `channel` of layer `layer`, where it is strongest (the paper's most active unit).
    #[must_use]
    pub fn unit(layer: impl Into<String>, channel: usize) -> Self {
        Self {
            layer: Some(layer.into()),
            channel: Some(channel),
            at: None,
        }
    }

    /// The same channel at row `y` and column `x` of its activation. Explaining [`top`](Self::top) at a position
    /// fails with `invalid-target`.
    #[must_use]
    pub fn at(self, y: usize, x: usize) -> Self {
        Self {
            at: Some((y, x)),
            ..self
        }
    }

    /// The layer's name; `None` stands for the logits.
    pub(crate) fn layer(&self) -> Option<&str> {
        self.layer.as_deref()
    }

    /// The channel; `None` for [`top`](Self::top).
    pub(super) const fn channel(&self) -> Option<usize> {
        self.channel
    }

    /// The row and column; `None` where the channel is strongest.
    pub(super) const fn position(&self) -> Option<(usize, usize)> {
        self.at
    }

    /// Finds the unit in `activation`, `[1, C, H, W]`, the output of layer `name`. Nothing is read out: a strongest
    /// position stays a tensor until somebody asks.
    pub(crate) fn select(&self, name: &str, activation: &Tensor<4>) -> Result<Unit> {
        let shape @ [_, channels, height, width] = activation.dims();
        let beyond = |message: String| Err(Error::new(ErrorKind::InvalidTarget, message));
        if let Some(channel) = self.channel.filter(|&channel| channel >= channels) {
            return match &self.layer {
                Some(_) => beyond(format!(
                    "layer `{name}` has channels 0 to {}, not {channel}",
                    channels - 1
                )),
                None => beyond(format!("there are classes 0 to {}, not {channel}", channels - 1)),
            };
        }
        if let Some((y, x)) = self.at.filter(|&(y, x)| y >= height || x >= width) {
            return beyond(format!(
                "layer `{name}` is {height} rows by {width} columns; ({y}, {x}) lies outside"
            ));
        }
        if self.channel.is_none() && self.at.is_some() {
            return beyond("the likeliest class has no position; name a layer and a channel".to_owned());
        }
        let plane = height * width;
        let flat = activation.clone().reshape([1, channels * plane]);
        let index = match (self.channel, self.at) {
            (Some(channel), Some((y, x))) => {
                Tensor::<2, Int>::from_ints([[(channel * plane + y * width + x) as i64]], &activation.device())
            }
            (Some(channel), None) => flat
                .clone()
                .narrow(1, channel * plane, plane)
                .argmax(1)
                .add_scalar((channel * plane) as i64),
            (None, _) => flat.clone().argmax(1),
        };
        Ok(Unit {
            layer: name.to_owned(),
            value: flat.gather(1, index.clone()),
            index,
            shape,
        })
    }
}

/// Reads a target as one writes it: `top`, `class:K`, `LAYER:CHANNEL`, `LAYER:CHANNEL@ROW,COLUMN`.
impl FromStr for Target {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse(text).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidTarget,
                format!("`{text}` is not a target; write top, class:K, LAYER:CHANNEL or LAYER:CHANNEL@ROW,COLUMN"),
            )
        })
    }
}

fn parse(text: &str) -> Option<Target> {
    if text == "top" {
        return Some(Target::top());
    }
    let (layer, unit) = text.rsplit_once(':')?;
    if layer == "class" {
        return Some(Target::class(unit.parse().ok()?));
    }
    match unit.split_once('@') {
        None => Some(Target::unit(layer, unit.parse().ok()?)),
        Some((channel, position)) => {
            let (y, x) = position.split_once(',')?;
            Some(Target::unit(layer, channel.parse().ok()?).at(y.parse().ok()?, x.parse().ok()?))
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Value {
    Named(String),
    Class {
        class: usize,
    },
    Unit {
        layer: String,
        channel: usize,
        at: Option<(usize, usize)>,
    },
}

impl TryFrom<Value> for Target {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::Named(name) if name == "top" => Ok(Self::top()),
            Value::Named(_) => Err("the one target that has a name is `top`"),
            Value::Class { class } => Ok(Self::class(class)),
            Value::Unit { layer, channel, at } => Ok(Self {
                at,
                ..Self::unit(layer, channel)
            }),
        }
    }
}

/// A unit found in a run.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) layer: String,
    /// Its position in the flattened activation, `[1, 1]`.
    pub(crate) index: Tensor<2, Int>,
    /// Its value, `[1, 1]`.
    pub(crate) value: Tensor<2>,
    /// The activation's shape.
    pub(crate) shape: [usize; 4],
}

impl Unit {
    /// Which unit it is, and its value, read back from the device.
    ///
    /// # Errors
    /// `not-finite` if the value is none, `internal` if the device fails.
    pub(crate) fn read(self) -> Result<ExplainedUnit> {
        let missing = || Error::new(ErrorKind::Internal, "the device did not say which unit was explained");
        let value = *read(self.value)?.0.first().ok_or_else(missing)?;
        let index = self.index.try_into_data().map_err(|_| missing())?;
        let index = index
            .iter::<i64>()
            .next()
            .and_then(|index| usize::try_from(index).ok())
            .ok_or_else(missing)?;
        if !value.is_finite() {
            return Err(Error::new(
                ErrorKind::NotFinite,
                format!(
                    "the unit in `{}` is {value}: the numbers overflowed in the forward pass",
                    self.layer
                ),
            ));
        }
        let [_, _, rows, columns] = self.shape;
        let plane = rows * columns;
        Ok(ExplainedUnit {
            layer: self.layer,
            channel: index / plane,
            at: (index % plane / columns, index % columns),
            value,
        })
    }

    /// 1 at the unit, 0 elsewhere.
    pub(crate) fn seed(&self) -> Tensor<4> {
        let device = self.value.device();
        let [_, channels, height, width] = self.shape;
        Tensor::<2>::zeros([1, channels * height * width], &device)
            .scatter(
                1,
                self.index.clone(),
                Tensor::ones([1, 1], &device),
                IndexingUpdateOp::Add,
            )
            .reshape(self.shape)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, target) in [
            ("top", Target::top()),
            ("class:281", Target::class(281)),
            ("conv2:7", Target::unit("conv2", 7)),
            ("conv2:7@3,12", Target::unit("conv2", 7).at(3, 12)),
        ] {
            assert_eq!(text.parse(), Ok(target), "{text}");
        }
    }

    #[test]
    fn every_value_is_read() {
        for (value, target) in [
            (json!("top"), Target::top()),
            (json!({ "class": 281 }), Target::class(281)),
            (json!({ "layer": "conv2", "channel": 7 }), Target::unit("conv2", 7)),
            (
                json!({ "layer": "conv2", "channel": 7, "at": [3, 12] }),
                Target::unit("conv2", 7).at(3, 12),
            ),
        ] {
            assert_eq!(
                serde_json::from_value::<Target>(value.clone()).ok(),
                Some(target),
                "{value}"
            );
        }
        for value in [
            json!("class"),
            json!(null),
            json!(["top"]),
            json!({}),
            json!({ "top": null }),
            json!({ "class": -1 }),
            json!({ "class": 1.5 }),
            json!({ "class": 1, "channel": 2 }),
            json!({ "layer": "conv2" }),
            json!({ "layer": "conv2", "channel": 7, "at": [3] }),
        ] {
            assert!(serde_json::from_value::<Target>(value.clone()).is_err(), "{value}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "class",
            "class:",
            "class:-1",
            "conv2",
            "conv2:x",
            "conv2:1@",
            "conv2:1@2",
            "conv2:1@2,y",
            ":",
        ] {
            assert_eq!(
                text.parse::<Target>().map_err(|error| error.code()),
                Err("invalid-target"),
                "{text}"
            );
        }
    }
}
