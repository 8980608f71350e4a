//! The scale of a drawing: which value is drawn as full strength.

/// Values divided by a scale and clamped to [-1, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Clip {
    /// The value drawn at full strength; 0 for a map that is zero everywhere.
    pub(super) scale: f32,
}

impl Clip {
    /// The smallest scale such that the magnitudes up to it carry at least `1 - clip` of the sum of all magnitudes:
    /// the outlier rule of Captum's `visualize_image_attr`. With `clip` 0 it is the largest magnitude. `values` are
    /// finite.
    pub(super) fn new(values: &[f32], clip: f32) -> Self {
        let mut magnitudes: Vec<f32> = values.iter().map(|value| value.abs()).collect();
        magnitudes.sort_unstable_by(f32::total_cmp);
        let largest = magnitudes.last().copied().unwrap_or(0.0);
        if clip == 0.0 {
            return Self { scale: largest };
        }
        // From the smallest up and in f64: the many small ones are not lost beside the few large.
        let total: f64 = magnitudes.iter().map(|&m| f64::from(m)).sum();
        let wanted = (1.0 - f64::from(clip)) * total;
        let mut carried = 0.0;
        let scale = magnitudes.into_iter().find(|&m| {
            carried += f64::from(m);
            carried >= wanted
        });
        Self {
            scale: scale.unwrap_or(largest),
        }
    }

    /// `value` on the scale, from -1 to 1. On the scale 0, whatever is not 0 is at full strength.
    pub(super) fn apply(self, value: f32) -> f32 {
        if value == 0.0 {
            0.0
        } else {
            (value / self.scale).clamp(-1.0, 1.0)
        }
    }

    /// Whether `value` lies beyond the scale.
    pub(super) fn cuts(self, value: f32) -> bool {
        value.abs() > self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_by_hand() {
        // Magnitudes 1, 2, 3, 4, 6 sum to 16; from the smallest up they carry 1, 3, 6, 10, 16.
        let values = [-3.0, 6.0, 1.0, -4.0, 2.0];
        let table = [
            (0.0, 6.0),
            (0.25, 6.0),  // 12 are wanted; 10 do not do
            (0.375, 4.0), // 10 are wanted
            (0.5, 4.0),   // 8 are wanted; 6 do not do
            (0.625, 3.0), // 6 are wanted
            (0.9375, 1.0),
            (0.999, 1.0),
        ];
        for (clip, scale) in table {
            assert_eq!(Clip::new(&values, clip).scale, scale, "{clip}");
        }
    }

    #[test]
    fn one_outlier_is_cut_at_two_percent_only_when_it_carries_less() {
        // 999 ones and one 20 sum to 1019, of which 2 % are 20.38: the ones alone carry enough.
        let mut values = vec![1.0; 999];
        values.push(-20.0);
        let clip = Clip::new(&values, 0.02);
        assert_eq!(clip.scale, 1.0);
        assert_eq!(values.iter().filter(|&&v| clip.cuts(v)).count(), 1);
        assert_eq!(clip.apply(-20.0), -1.0);
        // One 21 makes it 1020 and 20.4.
        *values.last_mut().unwrap() = 21.0;
        assert_eq!(Clip::new(&values, 0.02).scale, 21.0);
    }

    #[test]
    fn a_map_of_zeros_has_the_scale_zero_and_stays_zero() {
        for clip in [0.0, 0.02, 0.9] {
            let clip = Clip::new(&[0.0, -0.0, 0.0], clip);
            assert_eq!(clip.scale, 0.0);
            assert_eq!(clip.apply(0.0), 0.0);
            assert!(!clip.cuts(-0.0));
        }
    }

    #[test]
    fn a_scale_is_one_of_the_magnitudes_and_never_zero_beside_a_value() {
        let tiny = f32::from_bits(1);
        for values in [
            vec![tiny],
            vec![0.0, 0.0, tiny],
            vec![tiny, f32::MAX],
            vec![f32::MAX; 9],
            vec![-0.3],
        ] {
            for clip in [0.0, 0.02, 0.5, 0.999_999_9] {
                let made = Clip::new(&values, clip);
                assert!(
                    made.scale > 0.0 && values.iter().any(|v| v.abs() == made.scale),
                    "{values:?}, {clip}"
                );
                assert!(values.iter().all(|&v| made.apply(v).abs() <= 1.0), "{values:?}, {clip}");
            }
        }
    }
}
