//! What a backward pass gives: a signed map over the picture, and what it is a map of.

mod backward;
mod blur;
mod curves;
mod drawing;
mod localisation;
mod map_similarity;
mod method;
mod methods;
mod order;
mod signal;
mod similarity;
mod target;
mod warning;

use burn::tensor::Tensor;
use serde::Serialize;

pub use curves::{Change, Curve, importance, random_importance};
pub use localisation::{BoundingBox, Located, locate};
pub use map_similarity::{MapSimilarity, compare_maps};
pub use method::Method;
pub use methods::{
    Ascent, Baseline, Completeness, GradCam, GradCamOptions, IntegratedGradients, Interpolation, Lrp, Objective,
    Occlusion, Quadrature, Refinement, Refining, Rise, SmoothGrad, Visualisation, Weight,
};
pub use signal::{Numbers, Signal, SignalNumbers};
pub use similarity::{rank_correlation, structural_similarity};
pub use target::Target;
pub(crate) use target::Unit;
use warning::Met;
pub use warning::Warning;

use crate::backend::read;
use crate::error::{Error, ErrorKind, Result};
use crate::finite::first_not_finite;
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
    /// `[3, H, W]`; `[1, H, W]` where the method has one number for a pixel.
    pub shape: [usize; 3],
    /// How it was made.
    pub method: Method,
    /// What was explained.
    pub target: ExplainedUnit,
    /// How many ReLUs its backward pass met.
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
        let target = self.unit.read()?;
        if let Some(at) = first_not_finite(&data) {
            return Err(Error::new(
                ErrorKind::NotFinite,
                format!(
                    "the map is {} at position {at}: the signal from `{}` overflowed in the backward pass",
                    data[at], target.layer
                ),
            ));
        }
        let mut map = AttributionMap {
            data,
            shape: [channels, height, width],
            method: self.rule.into(),
            target,
            relus: self.met.relus,
            warning: None,
        };
        map.warning = Warning::about(&map, &self.met);
        Ok(map)
    }
}
