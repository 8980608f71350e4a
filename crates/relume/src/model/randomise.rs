//! Networks that forget what they learned, layer by layer (Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim 2018, arXiv 1810.03292).

use super::Model;
use crate::error::{Error, ErrorKind, Result};
use crate::splitmix64::mix;

impl Model {
    /// The layers that have weights, in running order.
    #[must_use]
    pub fn layers_with_weights(&self) -> Vec<&str> {
        let has_weights = |name: &str| {
            self.arrays
                .keys()
                .any(|key| key.rsplit_once('.').is_some_and(|(layer, _)| layer == name))
        };
        let names = self.layers.iter().map(|layer| layer.name.as_str());
        names.filter(|name| has_weights(name)).collect()
    }

    /// The same network, whose layers from `from` to the last have lost their weights: within each tensor the numbers are put into another
    /// order, so that they are distributed as they were. The same `seed` gives the same numbers on every machine, and a layer gets the same ones whatever
    /// layer it begins with. How the order is drawn, exactly: `docs/trust.md`.
    ///
    /// ```
    /// let model = relume::zoo::seeded("all-cnn-c", 1)?;
    /// let last = *model.layers_with_weights().last().ok_or("no weights")?;
    /// assert_eq!(last, "conv9");
    /// let forgetful = model.clone().randomised("conv9", 1)?;
    /// assert_eq!(forgetful.array("conv8.weight"), model.array("conv8.weight"));
    /// assert_ne!(forgetful.array("conv9.weight"), model.array("conv9.weight"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-target` if no layer with weights has this name.
    pub fn randomised(mut self, from: &str, seed: u64) -> Result<Self> {
        let layers = self.layers_with_weights();
        let Some(first) = layers.iter().position(|name| *name == from) else {
            return Err(Error::new(
                ErrorKind::InvalidTarget,
                format!("`{from}` is not a layer with weights; those are {}", layers.join(", ")),
            ));
        };
        let forgetful: Vec<String> = layers.into_iter().skip(first).map(str::to_owned).collect();
        for (ordinal, (name, array)) in (0_u64..).zip(&mut self.arrays) {
            let layer = name.rsplit_once('.').map_or(name.as_str(), |(layer, _)| layer);
            if forgetful.iter().any(|each| each == layer) {
                shuffle(&mut array.data, mix(mix(seed).wrapping_add(ordinal)));
            }
        }
        Ok(self)
    }
}

/// Fisher and Yates's shuffle.
fn shuffle(numbers: &mut [f32], seed: u64) {
    for last in (1..numbers.len()).rev() {
        let random = u128::from(mix(seed.wrapping_add(last as u64)));
        // Below `last + 1`: the upper half of the product.
        numbers.swap(last, ((random * (last as u128 + 1)) >> 64) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::shuffle;

    #[test]
    fn a_shuffle_keeps_the_numbers_and_favours_none() {
        let mut places = [[0_u32; 5]; 5];
        for seed in 0..20_000 {
            let mut numbers = [0.0, 1.0, 2.0, 3.0, 4.0];
            shuffle(&mut numbers, seed * 1_000_003);
            for (place, number) in numbers.iter().enumerate() {
                places[place][*number as usize] += 1;
            }
        }
        assert!(
            places.iter().flatten().all(|count| (3800..4200).contains(count)),
            "{places:?}"
        );
    }
}
