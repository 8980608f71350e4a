//! How a network is trained: every number that decides the outcome, fixed before the first step.

use std::f64::consts::PI;

use relume::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use crate::architectures::Regularisation;
use crate::kernels::Precision;

/// Every number that decides the outcome, besides the data, the architecture and the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// How often every picture is seen.
    pub epochs: usize,
    /// Pictures per step.
    pub batch: usize,
    /// The highest learning rate; checkpoints call it `rate`.
    #[serde(rename = "rate")]
    pub learning_rate: f64,
    /// How it rises and falls.
    pub schedule: Schedule,
    /// Nesterov's momentum.
    pub momentum: f64,
    /// Applies to weights only, not to biases or batch normalisations.
    pub weight_decay: f64,
    /// The share of the label that is spread over all classes.
    pub smoothing: f64,
    /// Whether dropout, and not batch normalisation, is used against overfitting.
    pub dropout: bool,
    /// The farthest a picture is shifted, in pixels; it is mirrored half of the time, too.
    pub shift: usize,
    /// The part of each picture that the first epochs see.
    pub crop: Option<Crop>,
    /// The number format in which convolutions multiply; older checkpoints lack it and used f32.
    #[serde(default)]
    pub precision: Precision,
}

/// While the learning rate is high, a part of each picture teaches nearly as much as the whole and takes less time: the
/// paper's networks have no layer with a fixed input size. The last epochs see whole pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// Its height and width, cut from the middle of the shifted picture.
    pub size: usize,
    /// The share of the epochs that see it.
    pub until: f64,
}

/// The course of the learning rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// Up in a straight line for a share of the steps, then down along half a cosine to 0 (Smith 2018).
    OneCycle {
        /// The share of the steps in which it rises.
        rise: f64,
    },
    /// Divided by ten at these shares of the steps.
    Steps {
        /// The shares.
        at: Vec<f64>,
    },
}

impl Recipe {
    /// Batch normalisation, one cycle of the learning rate: about 90 % on CIFAR-10 within 25 epochs.
    #[must_use]
    pub fn fast() -> Self {
        Self {
            epochs: 25,
            batch: 128,
            learning_rate: 0.1,
            schedule: Schedule::OneCycle { rise: 0.2 },
            momentum: 0.9,
            weight_decay: 5e-4,
            smoothing: 0.1,
            dropout: false,
            shift: 4,
            crop: Some(Crop { size: 24, until: 0.7 }),
            precision: Precision::F32,
        }
    }

    /// As in arXiv 1412.6806: dropout, weight decay 0.001, 350 epochs, the learning rate divided by ten at 200, 250 and 300.
    #[must_use]
    pub fn paper() -> Self {
        Self {
            epochs: 350,
            learning_rate: 0.05,
            schedule: Schedule::Steps {
                at: [200.0, 250.0, 300.0].map(|epoch| epoch / 350.0).into(),
            },
            weight_decay: 1e-3,
            smoothing: 0.0,
            dropout: true,
            shift: 5,
            crop: None,
            ..Self::fast()
        }
    }

    /// Checks what a user may choose.
    ///
    /// # Errors
    /// `invalid-option`, its message beginning with the name of the option; also if this processor does not have the
    /// precision.
    pub fn validate(&self) -> Result<()> {
        let Self {
            epochs,
            batch,
            learning_rate,
            ..
        } = self;
        let what = if !(1..=100_000).contains(epochs) {
            format!("epochs {epochs} must lie between 1 and 100000")
        } else if !(2..=4096).contains(batch) {
            // A single picture has no spread to normalise by.
            format!("batch {batch} must lie between 2 and 4096")
        } else if !(*learning_rate > 0.0 && *learning_rate <= 100.0) {
            format!("learning-rate {learning_rate} must be above 0 and at most 100")
        } else {
            return self.precision.check();
        };
        Err(Error::new(ErrorKind::InvalidOption, what))
    }

    /// How many steps an epoch over so many pictures has; those that do not fill a last batch wait for the next shuffle.
    ///
    /// # Errors
    /// `invalid-option` if they do not fill one batch.
    pub fn steps(&self, pictures: usize) -> Result<usize> {
        let steps = pictures.checked_div(self.batch).filter(|steps| *steps > 0);
        steps.ok_or_else(|| {
            let batch = self.batch;
            let what = format!("{pictures} pictures do not fill one batch of {batch}: choose a smaller batch");
            Error::new(ErrorKind::InvalidOption, what)
        })
    }

    /// What stands between the layers meanwhile.
    #[must_use]
    pub fn regularisation(&self) -> Regularisation {
        if self.dropout {
            Regularisation::Dropout
        } else {
            Regularisation::BatchNorm
        }
    }

    /// `[height, width]` of the part that epoch `epoch` (counted from 0) sees of pictures of `shape`.
    #[must_use]
    pub fn crop_size(&self, epoch: usize, [_, height, width]: [usize; 3]) -> [usize; 2] {
        match &self.crop {
            Some(crop) if (epoch as f64) < crop.until * self.epochs as f64 => {
                [height.min(crop.size), width.min(crop.size)]
            }
            _ => [height, width],
        }
    }

    /// The learning rate of step `step` out of `steps`.
    #[must_use]
    pub fn learning_rate_at(&self, step: usize, steps: usize) -> f64 {
        let done = (step as f64 + 0.5) / steps as f64;
        self.learning_rate
            * match &self.schedule {
                Schedule::OneCycle { rise } if done < *rise => done / rise,
                Schedule::OneCycle { rise } => (1.0 + (PI * (done - rise) / (1.0 - rise)).cos()) / 2.0,
                Schedule::Steps { at } => 0.1f64.powi(at.iter().filter(|share| done >= **share).count() as i32),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::Recipe;

    #[test]
    fn one_cycle_rises_to_its_learning_rate_and_falls_to_zero() {
        let recipe = Recipe::fast();
        let learning_rates: Vec<f64> = (0..1000).map(|step| recipe.learning_rate_at(step, 1000)).collect();
        assert!(
            learning_rates[0] < 1e-3 && learning_rates[999] < 1e-6,
            "{} {}",
            learning_rates[0],
            learning_rates[999]
        );
        assert!(learning_rates[..200].is_sorted() && learning_rates[200..].is_sorted_by(|a, b| a >= b));
        assert!((learning_rates[199] - 0.1).abs() < 1e-3, "{}", learning_rates[199]);
    }

    #[test]
    fn whole_pictures_come_last() {
        let fast = Recipe {
            epochs: 10,
            ..Recipe::fast()
        };
        assert_eq!(fast.crop_size(6, [3, 32, 32]), [24, 24]);
        assert_eq!(fast.crop_size(7, [3, 32, 32]), [32, 32]);
        assert_eq!(fast.crop_size(0, [3, 16, 32]), [16, 24]);
        assert_eq!(Recipe::paper().crop_size(0, [3, 32, 32]), [32, 32]);
    }

    #[test]
    fn the_papers_learning_rate_falls_at_200_250_and_300_of_350_epochs() {
        let recipe = Recipe::paper();
        let at = |epoch: usize| recipe.learning_rate_at(epoch * 10, 3500);
        for (epoch, learning_rate) in [
            (0, 0.05),
            (199, 0.05),
            (200, 5e-3),
            (250, 5e-4),
            (300, 5e-5),
            (349, 5e-5),
        ] {
            assert!(
                (at(epoch) / learning_rate - 1.0).abs() < 1e-9,
                "epoch {epoch}: {}",
                at(epoch)
            );
        }
    }
}
