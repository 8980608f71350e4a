//! What a way back yields: a signed map over the picture, and what it is a map of.

mod target;

use burn::tensor::{Tensor, TensorData};
use serde::Serialize;

pub use target::Target;
pub(crate) use target::Unit;

use crate::error::{Error, ErrorKind, Result};
use crate::network::layers::{ReluSpec, Ruling};
use crate::relu::ReluRule;

/// A way back as tensors, still on its device.
#[derive(Debug, Clone)]
pub struct Attribution {
    map: Tensor<4>,
    unit: Unit,
    ruling: Ruling,
    /// The ReLU whose output was explained, if it was one.
    own_relu: Option<ReluSpec>,
}

/// An attribution read out: plain numbers. Serialised, it is everything but the numbers themselves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Map {
    /// Signed, row-major, as many as `shape` says.
    #[serde(skip)]
    pub data: Vec<f32>,
    /// `[3, H, W]`
    pub shape: [usize; 3],
    /// The rule at every ReLU.
    pub rule: ReluRule,
    /// What was explained.
    pub target: Found,
    /// At how many ReLUs the rule was applied.
    pub relus: usize,
    /// Why there may be nothing to see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<Warning>,
}

/// The unit that a target turned out to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Its layer.
    pub layer: String,
    /// Its channel; in the logits, the class.
    pub channel: usize,
    /// Its row and column in the layer's activation.
    pub at: (usize, usize),
    /// Its value in this run.
    pub value: f32,
}

/// A map that is sound but shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The code, as stable as an error's.
    pub code: &'static str,
    /// The likely reason, for a person.
    pub message: String,
}

impl Attribution {
    pub(crate) const fn new(map: Tensor<4>, unit: Unit, ruling: Ruling, own_relu: Option<ReluSpec>) -> Self {
        Self {
            map,
            unit,
            ruling,
            own_relu,
        }
    }

    /// The map on its device, `[1, 3, H, W]`, signed.
    #[must_use]
    pub const fn map(&self) -> &Tensor<4> {
        &self.map
    }

    /// Reads the numbers out of the device.
    ///
    /// # Errors
    /// `not-finite` if the map holds NaN or an infinity.
    pub async fn read(self) -> Result<Map> {
        let (data, [_, channels, height, width]) = read(self.map).await?;
        let value = read(self.unit.value).await?.0.first().copied().unwrap_or_default();
        let index = self.unit.index.into_data_async().await.map_err(broken)?;
        let index = index
            .iter::<i64>()
            .next()
            .and_then(|index| usize::try_from(index).ok())
            .unwrap_or_default();
        if !value.is_finite() {
            return Err(Error::new(
                ErrorKind::NotFinite,
                format!(
                    "the unit in `{}` is {value}: the numbers overflowed on the way forward",
                    self.unit.layer
                ),
            ));
        }
        if let Some(at) = data.iter().position(|value| !value.is_finite()) {
            return Err(Error::new(
                ErrorKind::NotFinite,
                format!(
                    "the map is {} at position {at}: the signal from `{}` overflowed on its way back",
                    data[at], self.unit.layer
                ),
            ));
        }
        let [_, _, rows, columns] = self.unit.shape;
        let plane = rows * columns;
        let mut map = Map {
            data,
            shape: [channels, height, width],
            rule: self.ruling.rule,
            target: Found {
                layer: self.unit.layer,
                channel: index / plane,
                at: (index % plane / columns, index % columns),
                value,
            },
            relus: self.ruling.applied,
            warning: None,
        };
        if map.data.iter().all(|&value| value == 0.0) {
            map.warning = Some(zero_gradient(&map, self.own_relu.as_ref()));
        }
        Ok(map)
    }
}

/// Why a map may be zero everywhere.
fn zero_gradient(map: &Map, own_relu: Option<&ReluSpec>) -> Warning {
    let Map { target, rule, .. } = map;
    let Found {
        layer, channel, value, ..
    } = target;
    // The deconvnet does not ask what went forward.
    let asked = own_relu.filter(|_| *rule != ReluRule::Deconvnet);
    let reason = if asked.is_some() && *value <= 0.0 {
        format!(
            "the unit does not fire on this picture (its value is {value}), so {rule} sends nothing back through its ReLU"
        )
    } else if asked.is_some_and(|relu| relu.max.is_some_and(|max| *value >= max)) {
        format!(
            "the unit is clipped at {value}: a little more or less below changes nothing, so {rule} sends nothing back"
        )
    } else if *rule == ReluRule::Backprop {
        "every path from it to the picture is blocked by a ReLU that does not fire or is clipped".to_owned()
    } else {
        format!("no path from it to the picture carries a signal that {rule} lets pass; backprop may still show one")
    };
    Warning {
        code: "zero-gradient",
        message: format!("the map of channel {channel} of `{layer}` is zero everywhere: {reason}"),
    }
}

/// Reads a tensor out of its device: its numbers in row-major order, and its dimensions.
///
/// # Errors
/// `internal` if the device fails.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<(Vec<f32>, [usize; D])> {
    let dims = tensor.dims();
    let data: TensorData = tensor.into_data_async().await.map_err(broken)?;
    let numbers = data
        .try_into_vec()
        .map_err(|error| Error::new(ErrorKind::Internal, format!("{error:?}")))?;
    Ok((numbers, dims))
}

fn broken(error: impl std::fmt::Debug) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the device did not give the numbers: {error:?}"),
    )
}
