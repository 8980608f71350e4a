//! The number that is explained: one unit of one layer.

use std::str::FromStr;

use burn::tensor::{Device, Tensor};
use serde::Deserialize;

use super::ExplainedUnit;
use crate::backend::{read, tensor};
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

    /// Finds the unit in `activation`, `[1, C, H, W]`, the output of layer `name`.
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
        // Only the candidates are read from the device.
        let (part, first) = match (self.channel, self.at) {
            (Some(channel), Some((y, x))) => (
                activation.clone().narrow(1, channel, 1).narrow(2, y, 1).narrow(3, x, 1),
                channel * plane + y * width + x,
            ),
            (Some(channel), None) => (activation.clone().narrow(1, channel, 1), channel * plane),
            (None, _) => (activation.clone(), 0),
        };
        let (values, _) = read(part)?;
        let (index, value) = strongest(&values).ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                format!("the device gave no numbers of layer `{name}`"),
            )
        })?;
        Ok(Unit {
            layer: name.to_owned(),
            index: first + index,
            value,
            shape,
            device: activation.device(),
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

/// Index and value of the first largest number, or of the first NaN if there is one; `None` for no numbers.
fn strongest(values: &[f32]) -> Option<(usize, f32)> {
    let numbered = values.iter().copied().enumerate();
    numbered.reduce(|best, each| {
        let stays = best.1.is_nan() || each.1 <= best.1;
        if stays { best } else { each }
    })
}

/// A unit found in a trace.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) layer: String,
    /// Its position in the flattened activation.
    index: usize,
    value: f32,
    /// The activation's shape.
    pub(crate) shape: [usize; 4],
    device: Device,
}

impl Unit {
    /// Which unit it is, and its value.
    ///
    /// # Errors
    /// `not-finite` if the value is NaN or infinite.
    pub(crate) fn read(self) -> Result<ExplainedUnit> {
        let Self {
            layer, index, value, ..
        } = self;
        if !value.is_finite() {
            return Err(Error::new(
                ErrorKind::NotFinite,
                format!("the unit in `{layer}` is {value}: the numbers overflowed in the forward pass"),
            ));
        }
        let [_, _, rows, columns] = self.shape;
        let plane = rows * columns;
        Ok(ExplainedUnit {
            layer,
            channel: index / plane,
            at: (index % plane / columns, index % columns),
            value,
        })
    }

    /// `value` at the unit, 0 elsewhere.
    pub(crate) fn seed(&self, value: f32) -> Tensor<4> {
        let mut numbers = vec![0.0; self.shape.iter().product()];
        numbers[self.index] = value;
        tensor(numbers, self.shape, &self.device)
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
    fn the_strongest_is_the_first_of_the_largest() {
        assert_eq!(strongest(&[-1.0, 3.0, 2.0, 3.0]), Some((1, 3.0)));
        assert_eq!(strongest(&[f32::NEG_INFINITY; 2]), Some((0, f32::NEG_INFINITY)));
        assert!(strongest(&[1.0, f32::NAN, 2.0]).is_some_and(|(at, value)| at == 1 && value.is_nan()));
        assert_eq!(strongest(&[]), None);
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
