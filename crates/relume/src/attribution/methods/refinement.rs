//! Methods of many steps, each a forward pass of a changed picture: their map can be looked at while it grows.

use burn::tensor::Device;

use super::{Completeness, IntegratedGradients, Occlusion, SmoothGrad, remade};
use crate::attribution::{AttributionMap, Method, Target};
use crate::error::Result;
use crate::network::{Network, Trace};
use crate::relu::ReluRule;

/// What a method does in each step.
pub(super) trait Sampling {
    fn method(&self) -> Method;
    fn steps(&self) -> usize;
    /// The picture of step `step`, `[3, H, W]`, normalised.
    fn picture(&self, step: usize) -> Vec<f32>;
    /// Takes what it needs from the run of that picture.
    fn take(&mut self, step: usize, run: &Trace, target: &Target) -> Result<()>;
    /// The map after the steps so far, `[3, H, W]`; it is complete after the last one.
    fn map(&self) -> Vec<f32>;
    /// A map of one of its passes, for what that says of the activations it met.
    fn about(&self) -> Option<&AttributionMap> {
        None
    }
    /// Only of integrated gradients.
    fn completeness(&self) -> Option<Completeness> {
        None
    }
}

/// A method of many steps, with its options.
#[derive(Debug, Clone, PartialEq)]
pub enum Refining {
    /// Gradients along the way from a baseline to the picture.
    IntegratedGradients(IntegratedGradients),
    /// The mean over noisy copies of the picture.
    SmoothGrad(SmoothGrad),
    /// What the target loses where a window is covered.
    Occlusion(Occlusion),
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
    /// The picture's own map by backpropagation, for what it says of the target.
    about: AttributionMap,
    target: Target,
    sampling: Box<dyn Sampling>,
    done: usize,
}

impl Trace {
    /// Begins a method of many steps.
    ///
    /// # Errors
    /// As [`backward`](Self::backward); `invalid-option` for options that cannot be, `shape-mismatch` for a baseline or noise of another shape.
    pub fn refine(&self, target: &Target, method: Refining) -> Result<Refinement> {
        let about = self.backward(target, ReluRule::Backprop)?.read()?;
        let (y, x) = about.target.at;
        let target = Target::unit(about.target.layer.clone(), about.target.channel).at(y, x);
        let sampling: Box<dyn Sampling> = match method {
            Refining::IntegratedGradients(method) => Box::new(method.begin(self, &target, about.target.value)?),
            Refining::SmoothGrad(method) => Box::new(method.begin(self)?),
            Refining::Occlusion(method) => Box::new(method.begin(self, about.target.value)?),
        };
        Ok(Refinement {
            network: self.network().clone(),
            device: self.picture().device(),
            about,
            target,
            sampling,
            done: 0,
        })
    }
}

impl Refinement {
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
        if self.done == self.steps() {
            return Ok(false);
        }
        let picture = self.network.input(self.sampling.picture(self.done), &self.device)?;
        let run = self.network.forward(picture)?;
        self.sampling.take(self.done, &run, &self.target)?;
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
        let about = self.sampling.about().unwrap_or(&self.about);
        let map = AttributionMap {
            target: self.about.target.clone(),
            ..about.clone()
        };
        remade(map, self.sampling.method(), self.sampling.map(), self.about.shape)
    }

    /// How far the sum of the map is from what it should be, for integrated gradients.
    #[must_use]
    pub fn completeness(&self) -> Option<Completeness> {
        self.sampling.completeness()
    }
}
