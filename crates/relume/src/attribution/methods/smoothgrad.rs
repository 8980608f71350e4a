//! SmoothGrad (Smilkov, Thorat, Kim, Viégas, Wattenberg 2017, arXiv 1706.03825): the mean of the maps of noisy copies of the picture. SmoothGrad²
//! (Hooker, Erhan, Kindermans, Kim 2018, arXiv 1806.10758) is the mean of their squares, number by number: it has no sign.

use serde::Deserialize;

use super::integrated_gradients::check_steps;
use super::normal::NormalNumbers;
use super::refinement::{Sampling, Weight};
use crate::attribution::{AttributionMap, Method, Target};
use crate::backend::read;
use crate::error::{Error, ErrorKind, Result};
use crate::network::Trace;
use crate::relu::ReluRule;

/// Options of SmoothGrad.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmoothGrad {
    /// The rule of each map.
    pub rule: ReluRule,
    /// How many noisy pictures: 1 to 100 000.
    pub samples: usize,
    /// The noise's standard deviation, as a share of the difference between the largest and the smallest number of the normalised picture.
    pub sigma: f32,
    /// Chooses the noise: the same numbers on every machine.
    pub seed: u64,
    /// Whether the mean is of the maps' squares.
    pub squared: bool,
    /// Instead of drawn noise, `[N, 3, H, W]`, added as it is: then there are N samples.
    #[serde(skip)]
    pub noise: Option<Vec<f32>>,
}

impl Default for SmoothGrad {
    /// The mean over 50 samples of the plain gradient, with a noise of 0.15 of the picture's range, as the paper has it.
    fn default() -> Self {
        Self {
            rule: ReluRule::Backprop,
            samples: 50,
            sigma: 0.15,
            seed: 1,
            squared: false,
            noise: None,
        }
    }
}

impl SmoothGrad {
    pub(super) fn begin(self, trace: &Trace) -> Result<Samples> {
        let (picture, _) = read(trace.picture().clone())?;
        let (samples, noise) = match self.noise {
            Some(numbers) => (count_of(&numbers, picture.len())?, Source::Given(numbers)),
            None => {
                if !(self.sigma.is_finite() && self.sigma >= 0.0) {
                    return Err(Error::new(
                        ErrorKind::InvalidOption,
                        format!("the noise has a standard deviation of 0 or more, not {}", self.sigma),
                    ));
                }
                let [least, most] = extremes(&picture);
                let deviation = f64::from(self.sigma) * (f64::from(most) - f64::from(least));
                let seed = self.seed;
                (self.samples, Source::Drawn { deviation, seed })
            }
        };
        check_steps("SmoothGrad", samples)?;
        Ok(Samples {
            rule: self.rule,
            squared: self.squared,
            before_last: Vec::new(),
            done: 0,
            last: None,
            samples,
            picture,
            noise,
        })
    }
}

/// How many samples the noise is for.
fn count_of(noise: &[f32], numbers: usize) -> Result<usize> {
    let samples = noise.len() / numbers;
    if samples * numbers == noise.len() {
        return Ok(samples);
    }
    Err(Error::new(
        ErrorKind::ShapeMismatch,
        format!(
            "the noise has {} numbers, which is not a multiple of the picture's {numbers}",
            noise.len()
        ),
    ))
}

enum Source {
    Drawn { deviation: f64, seed: u64 },
    Given(Vec<f32>),
}

pub(super) struct Samples {
    rule: ReluRule,
    squared: bool,
    picture: Vec<f32>,
    noise: Source,
    samples: usize,
    /// The sum over the samples before the last, so that one sample needs no sum: a piece of a large network's samples is often a single one.
    /// Empty before the second.
    before_last: Vec<f64>,
    done: usize,
    /// The map of the last sample.
    last: Option<AttributionMap>,
}

impl Sampling for Samples {
    fn method(&self) -> Method {
        Method::SmoothGrad
    }

    fn steps(&self) -> usize {
        self.samples
    }

    fn picture(&self, step: usize) -> Vec<f32> {
        match &self.noise {
            Source::Given(numbers) => with_noise(&self.picture, numbers[step * self.picture.len()..].iter().copied()),
            Source::Drawn { deviation, seed } => {
                let numbers = NormalNumbers::new(*seed, step as u64);
                with_noise(&self.picture, numbers.map(|number| (deviation * number) as f32))
            }
        }
    }

    fn take(&mut self, _: usize, run: &Trace, target: &Target) -> Result<()> {
        let map = run.backward(target, self.rule)?.read()?;
        if let Some(before) = self.last.replace(map) {
            let terms = terms(&before, self.squared);
            if self.before_last.is_empty() {
                self.before_last = terms.collect();
            } else {
                for (sum, term) in self.before_last.iter_mut().zip(terms) {
                    *sum += term;
                }
            }
        }
        self.done += 1;
        Ok(())
    }

    fn about(&self) -> Option<&AttributionMap> {
        self.last.as_ref()
    }

    fn weight(&self) -> Weight {
        Weight::Even(self.done as f64)
    }

    fn map(&self) -> Vec<f32> {
        let Some(last) = &self.last else {
            return vec![0.0; self.picture.len()];
        };
        let terms = terms(last, self.squared);
        if self.before_last.is_empty() {
            return terms.map(|term| term as f32).collect();
        }
        let count = self.done as f64;
        let sums = self.before_last.iter().zip(terms);
        sums.map(|(sum, term)| ((sum + term) / count) as f32).collect()
    }
}

/// What the sample whose map this is adds to the sum.
fn terms(map: &AttributionMap, squared: bool) -> impl Iterator<Item = f64> {
    map.data.iter().map(move |&value| {
        let value = f64::from(value);
        if squared { value * value } else { value }
    })
}

/// The smallest and the largest number, all of which are finite. By comparisons in lanes: `f32::min` is a call in WebAssembly.
fn extremes(numbers: &[f32]) -> [f32; 2] {
    const LANES: usize = 8;
    let (mut least, mut most) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    let mut take = |chunk: &[f32]| {
        for ((least, most), &value) in least.iter_mut().zip(&mut most).zip(chunk) {
            *least = if value < *least { value } else { *least };
            *most = if value > *most { value } else { *most };
        }
    };
    let chunks = numbers.chunks_exact(LANES);
    let rest = chunks.remainder();
    chunks.for_each(&mut take);
    take(rest);
    [
        least.into_iter().fold(f32::INFINITY, f32::min),
        most.into_iter().fold(f32::NEG_INFINITY, f32::max),
    ]
}

fn with_noise(picture: &[f32], noise: impl Iterator<Item = f32>) -> Vec<f32> {
    // Drawn numbers never end, so collecting them would not know for how many to make room.
    let mut noisy = picture.to_vec();
    for (value, noise) in noisy.iter_mut().zip(noise) {
        *value += noise;
    }
    noisy
}
