//! Class-model visualisation (Simonyan, Vedaldi, Zisserman 2013, arXiv 1312.6034, section 2): a picture that a unit answers to strongly, made by
//! gradient ascent from noise. It shows what the network looks for, not what it saw in a picture.
//!
//! The ascent maximises f(x) − λ‖x‖², for a normalised picture x. With g its gradient, each step is x ← x + s · g / rms(g): the step size s says by how
//! much the numbers change (root mean square), whatever the size of the network's gradients.

use std::ops::Range;

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::integrated_gradients::check_steps;
use super::normal::NormalNumbers;
use crate::attribution::Target;
use crate::attribution::blur::gaussian;
use crate::backend::{read, tensor};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::Source;
use crate::network::{Network, Trace};
use crate::relu::ReluRule;
use crate::splitmix64::mix;

/// Options of a visualisation.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Visualisation {
    /// How many steps: 1 to 100 000.
    pub steps: usize,
    /// By how much a step changes the normalised numbers, as a root mean square; above 0.
    pub step_size: f32,
    /// λ, the weight of the picture's squared length; 0 or more.
    pub l2: f32,
    /// The standard deviation of the noise it begins with, in normalised numbers; 0 or more.
    pub noise: f32,
    /// Chooses the noise and the jitter: the same numbers on every machine.
    pub seed: u64,
    /// Each step's gradient is taken of the picture moved by up to this many pixels, what leaves it on one side coming back on the other; 0 for no
    /// jitter, less than a side has.
    pub jitter: usize,
    /// The standard deviation, in pixels, of the Gaussian that blurs the picture after each step; 0 for none, at most a shorter side.
    pub blur: f32,
}

impl Default for Visualisation {
    /// 200 steps with a weak λ and neither jitter nor blur, as in the paper.
    fn default() -> Self {
        Self {
            steps: 200,
            step_size: 0.05,
            l2: 1e-4,
            noise: 0.1,
            seed: 1,
            jitter: 0,
            blur: 0.0,
        }
    }
}

/// What a visualisation maximises: a unit, or the mean of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Objective {
    /// The layer.
    pub layer: String,
    /// Its channel; in the logits, the class.
    pub channel: usize,
    /// The unit's row and column; nothing for the mean of all positions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<(usize, usize)>,
}

/// A visualisation on its way: after each step its picture can be looked at.
pub struct Ascent {
    network: Network,
    device: Device,
    options: Visualisation,
    objective: Objective,
    /// The objective's layer, where its units lie in the flattened activation, and the signal that stands for their mean.
    layer: usize,
    units: Range<usize>,
    signal: Tensor<4>,
    picture: Vec<f32>,
    /// The run of the picture it began with, until the first step.
    begun: Option<Trace>,
    done: usize,
}

impl Network {
    /// Begins a picture that `target` answers to strongly: the logit of a class, the unit of a channel at a position, or, where the target names a
    /// channel and no position, the mean of that channel.
    ///
    /// ```
    /// use relume::{Backend, Network, Target, Visualisation, zoo};
    ///
    /// let device = Backend::Flex.device()?;
    /// let network = Network::new(zoo::seeded("all-cnn-c", 1)?, &device)?;
    /// let options = Visualisation { steps: 4, ..Visualisation::default() };
    /// let mut ascent = network.visualise(&Target::class(0), options, &device)?;
    /// let before = ascent.value()?;
    /// while ascent.step()? {
    ///     println!("{} of {}", ascent.done(), ascent.steps());
    /// }
    /// assert!(ascent.value()? > before);
    /// let pixels = network.info().input.pixels(ascent.picture())?; // RGBA, 32 × 32
    /// assert_eq!(pixels.len(), 4 * 32 * 32);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for options that cannot be, `invalid-target` for `top` (a visualisation has no picture whose likeliest class it could be),
    /// a unit that is not there, or a softmax.
    pub fn visualise(&self, target: &Target, options: Visualisation, device: &Device) -> Result<Ascent> {
        let picture = NormalNumbers::new(options.seed, 0)
            .take(self.info().input.shape.iter().product())
            .map(|number| (f64::from(options.noise) * number) as f32)
            .collect();
        self.resume_visualisation(target, options, picture, 0, device)
    }

    /// Goes on with a visualisation that another [`Ascent`] began: from its [`picture`](Ascent::picture), `[3, H, W]`, after `done` of its steps. With the
    /// same target and options the pictures that follow are the same as in one go.
    ///
    /// # Errors
    /// As [`visualise`](Self::visualise); `invalid-option` for more steps than there are, `shape-mismatch` or `not-finite` for numbers that are no
    /// picture of this network.
    pub fn resume_visualisation(
        &self,
        target: &Target,
        options: Visualisation,
        picture: Vec<f32>,
        done: usize,
        device: &Device,
    ) -> Result<Ascent> {
        let [_, height, width] = self.info().input.shape;
        options.check([height, width])?;
        if done > options.steps {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!(
                    "the visualisation has {} steps, so {done} of them cannot be done already",
                    options.steps
                ),
            ));
        }
        let Some(channel) = target.channel() else {
            return Err(Error::new(
                ErrorKind::InvalidTarget,
                "a visualisation begins without a picture, so there is no likeliest class; name a class, or a layer and a channel",
            ));
        };
        let trace = self.forward(self.input(picture.clone(), device)?)?;
        let (layer, unit) = trace.unit(target)?;
        let shape @ [_, _, rows, columns] = unit.shape;
        let plane = rows * columns;
        let at = target.position().or_else(|| (plane == 1).then_some((0, 0)));
        let units = match at {
            Some((y, x)) => {
                let place = channel * plane + y * columns + x;
                place..place + 1
            }
            None => channel * plane..(channel + 1) * plane,
        };
        let mut signal = vec![0.0; shape.iter().product()];
        signal[units.clone()].fill(1.0 / units.len() as f32);
        Ok(Ascent {
            network: self.clone(),
            device: device.clone(),
            options,
            objective: Objective {
                layer: unit.layer,
                channel,
                at,
            },
            layer,
            units,
            signal: tensor(signal, shape, device),
            picture,
            begun: Some(trace),
            done,
        })
    }
}

impl Visualisation {
    fn check(&self, sides: [usize; 2]) -> Result<()> {
        check_steps("a visualisation", self.steps)?;
        let side = sides[0].min(sides[1]);
        // Written so that NaN fails each of them.
        let problem = if !(self.step_size > 0.0 && self.step_size.is_finite()) {
            format!("the size of a step is a finite number above 0, not {}", self.step_size)
        } else if !(self.l2 >= 0.0 && self.l2.is_finite()) {
            format!(
                "the weight of the squared length is a finite number, 0 or more, not {}",
                self.l2
            )
        } else if !(self.noise >= 0.0 && self.noise.is_finite()) {
            format!("the noise has a standard deviation of 0 or more, not {}", self.noise)
        } else if self.jitter >= side {
            format!("this picture is moved by 0 to {} pixels, not {}", side - 1, self.jitter)
        } else if !(self.blur >= 0.0 && self.blur <= side as f32) {
            format!(
                "this picture is blurred by a standard deviation of 0 to {side} pixels, not {}",
                self.blur
            )
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidOption, problem))
    }

    /// By how many pixels the picture is moved down and right in step `step`; to move it up is to move it down by the rest of its side.
    fn offset(&self, step: usize, numbers: usize, sides: [usize; 2]) -> [usize; 2] {
        // Where the sequence is entered does not matter: the noise has a stream of its own.
        let first = 2 * (numbers as u64 + step as u64);
        [0, 1].map(|axis| {
            let random = mix(mix(self.seed).wrapping_add(first + axis as u64));
            let moved = (random % (2 * self.jitter as u64 + 1)) as usize;
            (sides[axis] + moved - self.jitter) % sides[axis]
        })
    }
}

impl Ascent {
    /// How many steps there are.
    #[must_use]
    pub const fn steps(&self) -> usize {
        self.options.steps
    }

    /// How many are done.
    #[must_use]
    pub const fn done(&self) -> usize {
        self.done
    }

    /// What is maximised.
    #[must_use]
    pub const fn objective(&self) -> &Objective {
        &self.objective
    }

    /// The picture so far, `[3, H, W]`, normalised; `InputSpec::pixels` makes of it what can be shown.
    #[must_use]
    pub fn picture(&self) -> &[f32] {
        &self.picture
    }

    /// Does the next step; `false` if there was none left.
    ///
    /// # Errors
    /// `invalid-target` if no signal reaches the picture, as when a ReLU does not fire; `not-finite` if a pass overflows.
    pub fn step(&mut self) -> Result<bool> {
        if self.done == self.options.steps {
            return Ok(false);
        }
        let shape @ [_, height, width] = self.network.info().input.shape;
        let sides = [height, width];
        let [down, right] = self.options.offset(self.done, self.picture.len(), sides);
        let trace = match self.begun.take() {
            Some(trace) if [down, right] == [0, 0] => trace,
            _ => self.run(moved(&self.picture, sides, [down, right]))?,
        };
        let sent = trace.send_back(self.layer, self.signal.clone(), ReluRule::Backprop, &[], &mut |_| ())?;
        let (slopes, _) = read(sent.map)?;
        self.check_slopes(&slopes)?;
        let slopes = moved(&slopes, sides, [(height - down) % height, (width - right) % width]);
        let l2 = f64::from(self.options.l2);
        let gradient: Vec<f64> = slopes
            .iter()
            .zip(&self.picture)
            .map(|(&slope, &value)| f64::from(slope) - 2.0 * l2 * f64::from(value))
            .collect();
        let squares: f64 = gradient.iter().map(|value| value * value).sum();
        let rms = (squares / gradient.len() as f64).sqrt();
        // At 0 it has arrived.
        let scale = if rms > 0.0 {
            f64::from(self.options.step_size) / rms
        } else {
            0.0
        };
        for (value, slope) in self.picture.iter_mut().zip(gradient) {
            *value = (f64::from(*value) + scale * slope) as f32;
        }
        if self.options.blur > 0.0 {
            self.picture = gaussian(&self.picture, shape, f64::from(self.options.blur));
        }
        self.done += 1;
        Ok(true)
    }

    /// What the objective is worth in the picture so far, without λ's part: one forward pass.
    ///
    /// # Errors
    /// `not-finite` if the pass overflows.
    pub fn value(&self) -> Result<f64> {
        match &self.begun {
            Some(trace) => self.value_of(trace),
            None => self.value_in(self.picture.clone()),
        }
    }

    /// What it is worth in another picture, `[3, H, W]`, normalised: say, in this one after it was rounded to pixels.
    ///
    /// # Errors
    /// `shape-mismatch` for another number of values, `not-finite` if some are not finite or the pass overflows.
    pub fn value_in(&self, picture: Vec<f32>) -> Result<f64> {
        self.value_of(&self.run(picture)?)
    }

    fn value_of(&self, trace: &Trace) -> Result<f64> {
        let (activation, _) = read(trace.value(Source::Layer(self.layer)))?;
        let units = &activation[self.units.clone()];
        let mean = units.iter().map(|&value| f64::from(value)).sum::<f64>() / units.len() as f64;
        if mean.is_finite() {
            return Ok(mean);
        }
        Err(Error::new(
            ErrorKind::NotFinite,
            format!(
                "the value in `{}` is {mean} after {} steps: the numbers overflowed in the forward pass",
                self.objective.layer, self.done
            ),
        ))
    }

    fn run(&self, picture: Vec<f32>) -> Result<Trace> {
        self.network.forward(self.network.input(picture, &self.device)?)
    }

    fn check_slopes(&self, slopes: &[f32]) -> Result<()> {
        let Objective { layer, channel, .. } = &self.objective;
        let step = self.done + 1;
        if slopes.iter().any(|slope| !slope.is_finite()) {
            return Err(Error::new(
                ErrorKind::NotFinite,
                format!("the gradient of `{layer}` overflowed in step {step}; take smaller steps, or fewer"),
            ));
        }
        if slopes.iter().all(|&slope| slope == 0.0) {
            return Err(Error::new(
                ErrorKind::InvalidTarget,
                format!(
                    "in step {step} no signal from channel {channel} of `{layer}` reaches the picture, so it cannot rise; begin with another seed or \
                     more noise, or name the layer before its ReLU"
                ),
            ));
        }
        Ok(())
    }
}

/// Moved down and right; what leaves the picture comes back on the other side.
fn moved(picture: &[f32], [height, width]: [usize; 2], [down, right]: [usize; 2]) -> Vec<f32> {
    if [down, right] == [0, 0] {
        return picture.to_vec();
    }
    let mut moved = Vec::with_capacity(picture.len());
    for plane in picture.chunks(height * width) {
        for y in 0..height {
            let row = (y + height - down) % height * width;
            let row = &plane[row..row + width];
            moved.extend_from_slice(&row[width - right..]);
            moved.extend_from_slice(&row[..width - right]);
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_moved_there_and_back_is_where_it_was() {
        let picture: Vec<f32> = (0..2 * 3 * 4).map(|value| value as f32).collect();
        let once = moved(&picture, [3, 4], [1, 3]);
        assert_eq!(once[..8], [9.0, 10.0, 11.0, 8.0, 1.0, 2.0, 3.0, 0.0]);
        assert_eq!(moved(&once, [3, 4], [2, 1]), picture);
    }

    #[test]
    fn jitter_moves_by_no_more_than_it_says_and_each_way() {
        let options = Visualisation {
            jitter: 2,
            ..Visualisation::default()
        };
        let mut seen = [[false; 9]; 2];
        for step in 0..200 {
            for (axis, moved) in options.offset(step, 3 * 9 * 9, [9, 9]).into_iter().enumerate() {
                seen[axis][moved] = true;
            }
        }
        // 0, 1 and 2 down, and 8 and 7, which are 1 and 2 up.
        let wanted = [true, true, true, false, false, false, false, true, true];
        assert_eq!(seen, [wanted; 2]);
    }
}
