//! Normally distributed numbers by the ziggurat method (Marsaglia and Tsang 2000, doi 10.18637/jss.v005.i08), in the form of Doornik 2005: the bell
//! is covered by layers of equal area, and nearly every number costs one multiplication and one comparison.

use crate::splitmix64::mix;

const LAYERS: usize = 128;
/// Where the tail begins that the lowest layer has beside its rectangle.
const TAIL: f64 = 3.442_619_855_899;
/// The area of each layer.
const AREA: f64 = 9.912_563_035_262_17e-3;

/// A sequence of normally distributed numbers with mean 0 and standard deviation 1, never ending, the same for the same seed and stream. Other
/// streams of a seed have other numbers.
pub(super) struct NormalNumbers {
    /// The position in the sequence of random bits.
    position: u64,
    /// How far each layer reaches to the right, from the lowest to the top, where it is nothing.
    widths: [f64; LAYERS + 1],
    /// The height of the bell at each of them.
    heights: [f64; LAYERS + 1],
}

impl NormalNumbers {
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut widths = [0.0; LAYERS + 1];
        widths[0] = AREA / height(TAIL);
        widths[1] = TAIL;
        for layer in 2..LAYERS {
            let before: f64 = widths[layer - 1];
            widths[layer] = (-2.0 * (AREA / before + height(before)).ln()).sqrt();
        }
        Self {
            position: mix(mix(seed).wrapping_add(stream)),
            widths,
            heights: widths.map(height),
        }
    }

    #[inline(always)]
    fn bits(&mut self) -> u64 {
        self.position = self.position.wrapping_add(1);
        mix(self.position)
    }

    /// Beyond [`TAIL`], on one side.
    fn in_tail(&mut self) -> f64 {
        loop {
            let beyond = -share(self.bits()).ln() / TAIL;
            if -2.0 * share(self.bits()).ln() > beyond * beyond {
                return TAIL + beyond;
            }
        }
    }

    /// The rare cases: between a layer's rectangle and the bell, or in the tail. `None`: rejected, draw again.
    #[cold]
    #[inline(never)]
    fn decide(&mut self, layer: usize, side: f64) -> Option<f64> {
        if layer == 0 {
            return Some(self.in_tail().copysign(side));
        }
        let number = side * self.widths[layer];
        let [below, above] = [layer, layer + 1].map(|layer| self.heights[layer]);
        (below + share(self.bits()) * (above - below) < height(number)).then_some(number)
    }
}

impl Iterator for NormalNumbers {
    type Item = f64;

    // Always inlined: otherwise each of a picture's 150 000 numbers costs two calls.
    #[inline(always)]
    fn next(&mut self) -> Option<f64> {
        loop {
            let bits = self.bits();
            // The lowest bits choose the layer; the place within it is made of others.
            let layer = bits as usize % LAYERS;
            let side = 2.0 * share(bits) - 1.0;
            let number = side * self.widths[layer];
            if number.abs() < self.widths[layer + 1] {
                return Some(number);
            }
            if let Some(number) = self.decide(layer, side) {
                return Some(number);
            }
        }
    }
}

/// The height of the bell at `place`, 1 in its middle.
fn height(place: f64) -> f64 {
    (-0.5 * place * place).exp()
}

/// Between 0 and 1, neither of them: from the highest 53 bits.
#[inline(always)]
fn share(bits: u64) -> f64 {
    // Most x86 processors convert signed numbers in one instruction, unsigned ones in several.
    ((bits >> 11).cast_signed() as f64 + 0.5) / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::{NormalNumbers, TAIL};

    #[test]
    fn their_moments_are_those_of_the_normal_distribution() {
        let count = 1_000_000;
        let numbers: Vec<f64> = NormalNumbers::new(7, 0).take(count).collect();
        let moment = |power: i32| numbers.iter().map(|value| value.powi(power)).sum::<f64>() / count as f64;
        // Within five standard errors: the variance of the n-th power is that of moment 2n less the square of moment n.
        for (power, wanted, variance) in [
            (1, 0.0, 1.0_f64),
            (2, 1.0, 2.0),
            (3, 0.0, 15.0),
            (4, 3.0, 96.0),
            (6, 15.0, 10_170.0),
        ] {
            let bound = 5.0 * (variance / count as f64).sqrt();
            assert!(
                (moment(power) - wanted).abs() < bound,
                "moment {power}: {}",
                moment(power)
            );
        }
    }

    /// At points that lie within layers, at their borders and in the tail: from a table of the normal distribution.
    #[test]
    fn as_many_are_above_a_number_as_should_be() {
        let count = 4_000_000;
        let mut above = [0_u32; 6];
        let places = [0.0, 0.5, 1.0, 2.0, 3.0, TAIL];
        let mut previous = 0.0;
        let mut product = 0.0;
        for number in NormalNumbers::new(3, 5).take(count) {
            for (above, &place) in above.iter_mut().zip(&places) {
                *above += u32::from(number > place);
            }
            product += number * previous;
            previous = number;
        }
        let shares = [0.5, 0.308_537_5, 0.158_655_3, 0.022_750_1, 0.001_349_9, 0.000_288_07];
        for ((above, place), share) in above.into_iter().zip(places).zip(shares) {
            let found = f64::from(above) / count as f64;
            let bound = 5.0 * (share / count as f64).sqrt();
            assert!((found - share).abs() < bound, "{found} above {place}, not {share}");
        }
        assert!(
            (product / count as f64).abs() < 5.0 / (count as f64).sqrt(),
            "neighbours are not independent"
        );
    }

    #[test]
    fn each_seed_and_stream_has_its_own() {
        let first = |seed, stream| NormalNumbers::new(seed, stream).next();
        assert_eq!(first(1, 0), first(1, 0));
        assert_ne!(first(1, 0), first(2, 0));
        assert_ne!(first(1, 0), first(1, 1));
    }
}
