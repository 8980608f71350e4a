//! Methods of many steps, each a forward pass of a changed picture: their map can be looked at while it grows.

use std::ops::Range;

use burn::tensor::Device;

use super::{Completeness, IntegratedGradients, Occlusion, Rise, SmoothGrad, remade};
use crate::attribution::{AttributionMap, ExplainedUnit, Method, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::network::{Network, Trace};

/// What a method does in each step. A step needs nothing of the others, so that several workers can share them.
pub(super) trait Sampling {
    fn method(&self) -> Method;
    fn steps(&self) -> usize;
    /// The picture of step `step`, `[3, H, W]`, normalised.
    fn picture(&self, step: usize) -> Vec<f32>;
    /// Takes what it needs from the run of that picture.
    fn take(&mut self, step: usize, run: &Trace, target: &Target) -> Result<()>;
    /// The map after the steps so far, `[3, H, W]`; it is complete after the last one.
    fn map(&self) -> Vec<f32>;
    /// How much that map counts beside those of other steps.
    fn weight(&self) -> Weight;
    /// A map of one of its passes, for what that says of the activations it met.
    fn about(&self) -> Option<&AttributionMap> {
        None
    }
    /// Which picture counts as none, for integrated gradients alone.
    fn baseline(&self) -> Option<&[f32]> {
        None
    }
}

/// How much a map of some of the steps counts beside those of the others: the map of all steps is the mean of the parts' maps, each weighted so.
#[derive(Debug, Clone, PartialEq)]
pub enum Weight {
    /// The same everywhere.
    Even(f64),
    /// At each pixel, `[H, W]`.
    Each(Vec<f32>),
}

/// A method of many steps, with its options. These can be deserialised, each with its default where it is missing; numbers that are given (a baseline's,
/// the noise) come apart, by [`with_numbers`](Self::with_numbers).
#[derive(Debug, Clone, PartialEq)]
pub enum Refining {
    /// Gradients along the way from a baseline to the picture.
    IntegratedGradients(IntegratedGradients),
    /// The mean over noisy copies of the picture.
    SmoothGrad(SmoothGrad),
    /// What the target loses where a window is covered.
    Occlusion(Occlusion),
    /// What the target answers to the picture under random masks.
    Rise(Rise),
}

/// A method of many steps on its way. The unit is the one that the target names in the picture itself, in every step.
///
/// ```
/// use relume::{Backend, IntegratedGradients, Network, Refining, Target, zoo};
///
/// let device = Backend::Flex.device()?;
/// let network = Network::new(zoo::seeded("all-cnn-c", 1)?, &device)?;
/// let trace = network.forward(network.input(vec![0.5; 3 * 32 * 32], &device)?)?;
/// let method = IntegratedGradients { steps: 4, ..IntegratedGradients::default() };
/// let mut refinement = trace.refine(&Target::top(), Refining::IntegratedGradients(method))?;
/// while refinement.step()? {
///     println!("{} of {}: {:?}", refinement.done(), refinement.steps(), refinement.map()?.shape);
/// }
/// # Ok::<(), relume::Error>(())
/// ```
pub struct Refinement {
    network: Network,
    device: Device,
    picture_shape: [usize; 3],
    unit: ExplainedUnit,
    target: Target,
    sampling: Box<dyn Sampling>,
    /// Those that are still to be done.
    left: Range<usize>,
    done: usize,
}

impl Trace {
    /// Begins a method of many steps.
    ///
    /// # Errors
    /// As [`backward`](Self::backward); `invalid-option` for options that cannot be, `shape-mismatch` for a baseline or noise of another shape.
    pub fn refine(&self, target: &Target, method: Refining) -> Result<Refinement> {
        let unit = self.explained_unit(target)?;
        let target = Target::unit(unit.layer.clone(), unit.channel).at(unit.at.0, unit.at.1);
        let sampling: Box<dyn Sampling> = match method {
            Refining::IntegratedGradients(method) => Box::new(method.begin(self)?),
            Refining::SmoothGrad(method) => Box::new(method.begin(self)?),
            Refining::Occlusion(method) => Box::new(method.begin(self, unit.value)?),
            Refining::Rise(method) => Box::new(method.begin(self)?),
        };
        let [_, channels, height, width] = self.picture().dims();
        Ok(Refinement {
            network: self.network().clone(),
            device: self.picture().device(),
            picture_shape: [channels, height, width],
            unit,
            target,
            left: 0..sampling.steps(),
            sampling,
            done: 0,
        })
    }
}

impl Refinement {
    /// Only some of the steps, so that others can do the rest: see [`weight`](Self::weight).
    ///
    /// # Errors
    /// `invalid-option` if there are no such steps.
    pub fn part(self, steps: Range<usize>) -> Result<Self> {
        let all = self.steps();
        if steps.start >= steps.end || steps.end > all {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!(
                    "{} has {all} steps, so steps {} up to {} cannot be done",
                    self.sampling.method(),
                    steps.start,
                    steps.end
                ),
            ));
        }
        Ok(Self { left: steps, ..self })
    }

    /// How many steps there are.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.sampling.steps()
    }

    /// How many are done.
    #[must_use]
    pub const fn done(&self) -> usize {
        self.done
    }

    /// Does the next step; `false` if there was none left.
    ///
    /// # Errors
    /// `not-finite` if a pass overflows.
    pub fn step(&mut self) -> Result<bool> {
        let Some(step) = self.left.next() else {
            return Ok(false);
        };
        let picture = self.network.input(self.sampling.picture(step), &self.device)?;
        let run = self.network.forward(picture)?;
        self.sampling.take(step, &run, &self.target)?;
        self.done += 1;
        Ok(true)
    }

    /// Does all steps that are left, and gives the map.
    ///
    /// # Errors
    /// As [`step`](Self::step) and [`map`](Self::map).
    pub fn finish(&mut self) -> Result<AttributionMap> {
        while self.step()? {}
        self.map()
    }

    /// The map so far, computed from the steps that are done; after the last one it is the map. By occlusion, what no window has covered yet is 0.
    ///
    /// # Errors
    /// `not-finite` if it overflowed.
    pub fn map(&self) -> Result<AttributionMap> {
        let about = self.sampling.about();
        let map = AttributionMap {
            data: Vec::new(),
            shape: self.picture_shape,
            method: self.sampling.method(),
            target: self.unit.clone(),
            relus: about.map_or(0, |map| map.relus),
            warning: about.and_then(|map| map.warning.clone()),
        };
        remade(map, self.sampling.method(), self.sampling.map(), self.picture_shape)
    }

    /// How much the map so far counts beside the maps of other parts of the steps.
    #[must_use]
    pub fn weight(&self) -> Weight {
        self.sampling.weight()
    }

    /// What the sum of the whole map should be, by integrated gradients: the target's value in the picture, less that in the baseline, which is
    /// run for it. Nothing by other methods.
    ///
    /// # Errors
    /// `not-finite` if the pass overflows.
    pub fn difference(&self) -> Result<Option<f64>> {
        let Some(baseline) = self.sampling.baseline() else {
            return Ok(None);
        };
        let without = self
            .network
            .forward(self.network.input(baseline.to_vec(), &self.device)?)?;
        let without = without.explained_unit(&self.target)?.value;
        Ok(Some(f64::from(self.unit.value) - f64::from(without)))
    }

    /// How far the sum of the map so far is from what it should be, for integrated gradients.
    ///
    /// # Errors
    /// As [`difference`](Self::difference).
    pub fn completeness(&self) -> Result<Option<Completeness>> {
        let sum = self.sampling.map().into_iter().map(f64::from).sum();
        let difference = self.difference()?;
        Ok(difference.map(|difference| Completeness { sum, difference }))
    }
}

impl Refining {
    /// With numbers that its options cannot hold: the baseline of integrated gradients, `[3, H, W]`, or the noise of SmoothGrad, `[N, 3, H, W]`.
    ///
    /// # Errors
    /// `invalid-option` for a method that takes none.
    pub fn with_numbers(self, numbers: Vec<f32>) -> Result<Self> {
        match self {
            Self::IntegratedGradients(options) => Ok(Self::IntegratedGradients(IntegratedGradients {
                baseline: super::Baseline::Picture(numbers),
                ..options
            })),
            Self::SmoothGrad(options) => Ok(Self::SmoothGrad(SmoothGrad {
                noise: Some(numbers),
                ..options
            })),
            Self::Occlusion(_) | Self::Rise(_) => Err(Error::new(
                ErrorKind::InvalidOption,
                "occlusion and rise take neither a baseline picture nor noise",
            )),
        }
    }
}
