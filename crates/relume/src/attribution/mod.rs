//! What a backward pass gives: a signed map over the picture, and what it is a map of.

mod backward;
mod signal;
mod target;
mod warning;

use burn::tensor::Tensor;
use serde::Serialize;

pub use signal::{Numbers, Signal, SignalNumbers};
pub use target::Target;
pub(crate) use target::Unit;
use warning::Met;
pub use warning::Warning;

use crate::backend::read;
use crate::error::{Error, ErrorKind, Result};
use crate::relu::ReluRule;

/// What a backward pass gave, still on its device.
#[derive(Debug, Clone)]
pub struct Attribution {
    map: Tensor<4>,
    unit: Unit,
    rule: ReluRule,
    met: Met,
}

/// An attribution read back from its device. Serialised, it is everything but `data`.
///
/// ```
/// use relume::{Backend, Network, ReluRule, Target, zoo};
///
/// let device = Backend::Flex.device()?;
/// let network = Network::new(zoo::seeded("all-cnn-c", 1)?, &device)?;
/// let trace = network.forward(network.input(vec![0.5; 3 * 32 * 32], &device)?)?;
/// let map = trace.backward(&Target::top(), ReluRule::Guided)?.read()?;
/// assert_eq!(map.data.len(), 3 * 32 * 32);
/// println!("class {} has the logit {}", map.target.channel, map.target.value);
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttributionMap {
    /// Signed, row-major, as many as `shape` says.
    #[serde(skip)]
    pub data: Vec<f32>,
    /// `[3, H, W]`
    pub shape: [usize; 3],
    /// How it was made: the rule at every ReLU.
    pub method: ReluRule,
    /// What was explained.
    pub target: ExplainedUnit,
    /// At how many ReLUs the rule was applied.
    pub relus: usize,
    /// Why there is nothing to see, or where the method had no say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<Warning>,
}

/// The unit that a target resolved to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedUnit {
    /// Its layer.
    pub layer: String,
    /// Its channel; in the logits, the class.
    pub channel: usize,
    /// Its row and column in the layer's activation.
    pub at: (usize, usize),
    /// Its value in this run.
    pub value: f32,
}

impl Attribution {
    const fn new(map: Tensor<4>, unit: Unit, rule: ReluRule, met: Met) -> Self {
        Self { map, unit, rule, met }
    }

    /// The map on its device, `[1, 3, H, W]`, signed.
    #[must_use]
    pub const fn map(&self) -> &Tensor<4> {
        &self.map
    }

    /// Reads the numbers from the device.
    ///
    /// # Errors
    /// `not-finite` if the map or the unit's value holds NaN or an infinity, `internal` if the device fails.
    pub fn read(self) -> Result<AttributionMap> {
        let (data, [_, channels, height, width]) = read(self.map)?;
        let missing = || Error::new(ErrorKind::Internal, "the device did not say which unit was explained");
        let value = *read(self.unit.value)?.0.first().ok_or_else(missing)?;
        let index = self.unit.index.try_into_data().map_err(|_| missing())?;
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
                    self.unit.layer
                ),
            ));
        }
        if let Some(at) = data.iter().position(|value| !value.is_finite()) {
            return Err(Error::new(
                ErrorKind::NotFinite,
                format!(
                    "the map is {} at position {at}: the signal from `{}` overflowed in the backward pass",
                    data[at], self.unit.layer
                ),
            ));
        }
        let [_, _, rows, columns] = self.unit.shape;
        let plane = rows * columns;
        let mut map = AttributionMap {
            data,
            shape: [channels, height, width],
            method: self.rule,
            target: ExplainedUnit {
                layer: self.unit.layer,
                channel: index / plane,
                at: (index % plane / columns, index % columns),
                value,
            },
            relus: self.met.relus,
            warning: None,
        };
        map.warning = Warning::about(&map, &self.met);
        Ok(map)
    }
}
