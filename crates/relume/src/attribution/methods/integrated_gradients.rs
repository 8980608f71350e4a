//! Integrated gradients (Sundararajan, Taly, Yan 2017, arXiv 1703.01365): (x − b) · ∫₀¹ ∂f/∂x (b + t (x − b)) dt, for a picture x and a baseline b.
//!
//! The sum over all numbers is f(x) − f(b), as far as the sum over the steps is the integral: how far, [`Completeness`] says.

use serde::Deserialize;

use super::quadrature::{gauss_legendre, middle};
use super::refinement::{Sampling, Weight};
use crate::attribution::blur::blurred;
use crate::attribution::order::ascending;
use crate::attribution::{AttributionMap, Method, Target};
use crate::backend::read;
use crate::error::{Error, ErrorKind, Result};
use crate::network::Trace;
use crate::relu::ReluRule;

/// The most steps of a method.
const MAX_STEPS: usize = 100_000;
/// The most places: there are never so many that their choice takes time.
const MAX_PLACES: usize = 10_000;
/// The golden section.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Options of integrated gradients.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IntegratedGradients {
    /// At how many places of the way the gradient is taken: 1 to 10 000.
    pub steps: usize,
    /// Where those are.
    pub quadrature: Quadrature,
    /// Where the way begins.
    pub baseline: Baseline,
}

/// At which places of the way from baseline to picture the gradient is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quadrature {
    /// Those of Gauss and Legendre: the fewest steps for an exact sum.
    GaussLegendre,
    /// The middles of equal parts.
    Middle,
}

/// The picture that counts as none.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// 0 in each normalised number: the mean of the pictures the network was trained on.
    Zero,
    /// The picture itself, blurred by a Gaussian whose standard deviation is 5 pixels where the shorter side has 224.
    Blur,
    /// Another picture, `[3, H, W]`, normalised.
    #[serde(skip)]
    Picture(Vec<f32>),
}

/// How far a map by integrated gradients is from complete.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Completeness {
    /// The sum of the map.
    pub sum: f64,
    /// What it should be: the target's value in the picture, less that in the baseline.
    pub difference: f64,
}

impl Default for IntegratedGradients {
    /// 64 steps by Gauss and Legendre, from a baseline of zeros.
    fn default() -> Self {
        Self {
            steps: 64,
            quadrature: Quadrature::GaussLegendre,
            baseline: Baseline::Zero,
        }
    }
}

impl Completeness {
    /// How far the sum is from the difference, as a share of it; nothing where there is no difference.
    #[must_use]
    pub fn error(&self) -> Option<f64> {
        (self.difference != 0.0).then(|| ((self.sum - self.difference) / self.difference).abs())
    }
}

impl IntegratedGradients {
    pub(super) fn begin(self, trace: &Trace) -> Result<Integration> {
        check_count("integrated gradients", self.steps, MAX_PLACES)?;
        let (picture, [_, channels, height, width]) = read(trace.picture().clone())?;
        let baseline = match self.baseline {
            Baseline::Zero => vec![0.0; picture.len()],
            Baseline::Blur => blurred(&picture, [channels, height, width]),
            Baseline::Picture(numbers) => {
                // Refuses another shape, and numbers that are not finite.
                trace.network().input(numbers.clone(), &trace.picture().device())?;
                numbers
            }
        };
        Ok(Integration {
            order: scattered(self.steps),
            quadrature: self.quadrature,
            sum: vec![0.0; picture.len()],
            weight: 0.0,
            last: None,
            picture,
            baseline,
        })
    }
}

pub(super) struct Integration {
    picture: Vec<f32>,
    baseline: Vec<f32>,
    /// Which place of the way each step takes.
    order: Vec<usize>,
    quadrature: Quadrature,
    /// Of the gradients so far, each as much as it counts.
    sum: Vec<f64>,
    /// What counted so far.
    weight: f64,
    /// The map of the last gradient.
    last: Option<AttributionMap>,
}

impl Integration {
    /// Where on the way a step is taken, from 0 to 1, and how much it counts.
    fn place(&self, step: usize) -> (f64, f64) {
        match self.quadrature {
            Quadrature::GaussLegendre => gauss_legendre(self.order.len(), self.order[step]),
            Quadrature::Middle => middle(self.order.len(), self.order[step]),
        }
    }
}

impl Sampling for Integration {
    fn method(&self) -> Method {
        Method::IntegratedGradients
    }

    fn steps(&self) -> usize {
        self.order.len()
    }

    fn picture(&self, step: usize) -> Vec<f32> {
        let (place, _) = self.place(step);
        let between = |(&to, &from): (&f32, &f32)| {
            let from = f64::from(from);
            (from + place * (f64::from(to) - from)) as f32
        };
        self.picture.iter().zip(&self.baseline).map(between).collect()
    }

    fn take(&mut self, step: usize, run: &Trace, target: &Target) -> Result<()> {
        let (_, weight) = self.place(step);
        let gradient = run.backward(target, ReluRule::Backprop)?.read()?;
        for (sum, &slope) in self.sum.iter_mut().zip(&gradient.data) {
            *sum += weight * f64::from(slope);
        }
        self.weight += weight;
        self.last = Some(gradient);
        Ok(())
    }

    fn about(&self) -> Option<&AttributionMap> {
        self.last.as_ref()
    }

    fn weight(&self) -> Weight {
        Weight::Even(self.weight)
    }

    fn baseline(&self) -> Option<&[f32]> {
        Some(&self.baseline)
    }

    fn map(&self) -> Vec<f32> {
        // All weights together are 1.
        let scale = if self.weight > 0.0 { 1.0 / self.weight } else { 0.0 };
        let way = self.picture.iter().zip(&self.baseline);
        way.zip(&self.sum)
            .map(|((&to, &from), sum)| ((f64::from(to) - f64::from(from)) * sum * scale) as f32)
            .collect()
    }
}

/// The places 0 up to `count` in an order in which the first few lie all along the way, so that the map so far is an estimate of the last one: each is a
/// golden section beyond the one before.
fn scattered(count: usize) -> Vec<usize> {
    let turns: Vec<f32> = (0..count).map(|index| (index as f64 * GOLDEN).fract() as f32).collect();
    ascending(&turns)
}

/// Refuses no steps, and more than anybody waits for.
pub(super) fn check_steps(method: &str, steps: usize) -> Result<()> {
    check_count(method, steps, MAX_STEPS)
}

fn check_count(method: &str, steps: usize, most: usize) -> Result<()> {
    if (1..=most).contains(&steps) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidOption,
        format!("{method} takes 1 to {most} steps, not {steps}"),
    ))
}
