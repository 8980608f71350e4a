//! RISE (Petsiuk, Das, Saenko 2018, arXiv 1806.07421): the mean of random masks, each as much as the target answers to the picture under it.
//!
//! With masks Mᵢ of values from 0 to 1, `[H, W]`, and p how probable it is that a cell is kept: (1 / N p) · Σᵢ f(x ⊙ Mᵢ) · Mᵢ. The network is only run
//! forward, so the map asks nothing of its layers. What a mask takes away becomes 0, the mean of the pictures the network was trained on.

use serde::Deserialize;

use super::Interpolation;
use super::integrated_gradients::check_steps;
use super::refinement::{Sampling, Weight};
use crate::attribution::{Method, Target};
use crate::backend::read;
use crate::error::{Error, ErrorKind, Result};
use crate::network::Trace;
use crate::splitmix64::mix;

/// Options of RISE.
///
/// ```
/// use relume::{Backend, Network, Refining, Rise, Target, zoo};
///
/// let device = Backend::Flex.device()?;
/// let network = Network::new(zoo::seeded("all-cnn-c", 1)?, &device)?;
/// let trace = network.forward(network.input(vec![0.5; 3 * 32 * 32], &device)?)?;
/// let few = Rise { masks: 8, ..Rise::default() };
/// let map = trace.refine(&Target::class(3), Refining::Rise(few))?.finish()?;
/// assert_eq!(map.shape, [3, 32, 32]); // the same for each channel
/// assert!(map.data.iter().all(|&value| value >= 0.0)); // as probabilities are
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rise {
    /// How many masks: 1 to 100 000.
    pub masks: usize,
    /// A mask is a grid of this many cells down and across, enlarged: 1 to as many as the shorter side of the picture has pixels.
    pub cells: usize,
    /// How probable it is that a cell is kept: above 0, at most 1.
    pub keep: f32,
    /// Chooses the masks: the same on every machine.
    pub seed: u64,
    /// Whether a mask counts by the target's value instead of by its class's probability.
    pub logit: bool,
}

impl Default for Rise {
    /// 4000 masks of 7 × 7 cells, each kept with a probability of one half, as the paper has it for VGG-16; the class's probability.
    fn default() -> Self {
        Self {
            masks: 4000,
            cells: 7,
            keep: 0.5,
            seed: 1,
            logit: false,
        }
    }
}

impl Rise {
    pub(super) fn begin(self, trace: &Trace) -> Result<Masks> {
        let (picture, [_, channels, height, width]) = read(trace.picture().clone())?;
        let invalid = |message: String| Err(Error::new(ErrorKind::InvalidOption, message));
        let most = height.min(width);
        if !(1..=most).contains(&self.cells) {
            return invalid(format!(
                "a mask of this picture has 1 to {most} cells along each side, not {}",
                self.cells
            ));
        }
        // Written so that NaN fails.
        if !(self.keep > 0.0 && self.keep <= 1.0) {
            return invalid(format!(
                "a cell is kept with a probability above 0 and at most 1, not {}",
                self.keep
            ));
        }
        check_steps("RISE", self.masks)?;
        Ok(Masks {
            options: self,
            picture,
            shape: [channels, height, width],
            sum: vec![0.0; height * width],
            done: 0,
        })
    }
}

pub(super) struct Masks {
    options: Rise,
    picture: Vec<f32>,
    shape: [usize; 3],
    /// Of the masks so far, each times what the target answered.
    sum: Vec<f64>,
    done: usize,
}

impl Masks {
    /// Mask `step`, `[H, W]`: a grid of zeros and ones, enlarged bilinearly to one cell more than covers the picture, and moved by less than a cell.
    fn mask(&self, step: usize) -> Vec<f32> {
        let Rise { cells, keep, seed, .. } = self.options;
        let [_, height, width] = self.shape;
        let count = cells * cells;
        // In 64 bits also where a machine counts in 32.
        let first = step as u64 * (count as u64 + 2);
        let random = |at: usize| mix(mix(seed).wrapping_add(first + at as u64));
        let kept = |at: usize| ((random(at) >> 11) as f64) < f64::from(keep) * (1_u64 << 53) as f64;
        let grid: Vec<f32> = (0..count).map(|at| f32::from(u8::from(kept(at)))).collect();
        let [tall, wide] = [height, width].map(|side| side.div_ceil(cells));
        let size = [tall, wide].map(|cell| (cells + 1) * cell);
        let enlarged = Interpolation::Bilinear.resized(&grid, [cells, cells], size);
        let top = (random(count) % tall as u64) as usize;
        let left = (random(count + 1) % wide as u64) as usize;
        let rows = enlarged.chunks(size[1]).skip(top).take(height);
        rows.flat_map(|row| &row[left..left + width]).copied().collect()
    }
}

impl Sampling for Masks {
    fn method(&self) -> Method {
        Method::Rise
    }

    fn steps(&self) -> usize {
        self.options.masks
    }

    fn picture(&self, step: usize) -> Vec<f32> {
        let mask = self.mask(step);
        let masked = |plane: &[f32]| plane.iter().zip(&mask).map(|(value, kept)| value * kept).collect();
        self.picture
            .chunks(mask.len())
            .flat_map::<Vec<f32>, _>(masked)
            .collect()
    }

    fn take(&mut self, step: usize, run: &Trace, target: &Target) -> Result<()> {
        let answer = if self.options.logit {
            f64::from(run.explained_unit(target)?.value)
        } else {
            run.answer(target)?
        };
        let mask = self.mask(step);
        for (sum, kept) in self.sum.iter_mut().zip(mask) {
            *sum += answer * f64::from(kept);
        }
        self.done += 1;
        Ok(())
    }

    fn weight(&self) -> Weight {
        Weight::Even(self.done as f64)
    }

    fn map(&self) -> Vec<f32> {
        let scale = 1.0 / (self.done.max(1) as f64 * f64::from(self.options.keep));
        let plane: Vec<f32> = self.sum.iter().map(|sum| (sum * scale) as f32).collect();
        plane.repeat(self.shape[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masks(options: Rise, [height, width]: [usize; 2]) -> Masks {
        Masks {
            options,
            picture: vec![1.0; height * width],
            shape: [1, height, width],
            sum: vec![0.0; height * width],
            done: 0,
        }
    }

    /// The map divides by this probability because each pixel is kept by that much on average.
    #[test]
    fn each_pixel_is_kept_as_often_as_a_cell_is() {
        for keep in [0.2, 0.5] {
            let masks = masks(
                Rise {
                    keep,
                    ..Rise::default()
                },
                [19, 26],
            );
            let count = 4000;
            let mut means = vec![0.0; 19 * 26];
            for step in 0..count {
                let mask = masks.mask(step);
                assert!(mask.iter().all(|kept| (0.0..=1.0).contains(kept)));
                for (mean, kept) in means.iter_mut().zip(mask) {
                    *mean += f64::from(kept) / count as f64;
                }
            }
            // Five standard deviations of the mean of 4000 numbers that are 0 or 1.
            let bound = 5.0 * (f64::from(keep) * (1.0 - f64::from(keep)) / count as f64).sqrt();
            for mean in means {
                assert!((mean - f64::from(keep)).abs() < bound, "{mean}, not {keep}");
            }
        }
    }

    #[test]
    fn a_mask_depends_on_the_seed_and_its_number_alone() {
        let usual = masks(Rise::default(), [32, 32]);
        assert_eq!(usual.mask(5), masks(Rise::default(), [32, 32]).mask(5));
        assert_ne!(usual.mask(5), usual.mask(6));
        let other = Rise {
            seed: 2,
            ..Rise::default()
        };
        assert_ne!(usual.mask(5), masks(other, [32, 32]).mask(5));
        let all = Rise {
            keep: 1.0,
            cells: 32,
            ..Rise::default()
        };
        assert_eq!(masks(all, [32, 32]).mask(0), [1.0; 32 * 32]);
    }
}
