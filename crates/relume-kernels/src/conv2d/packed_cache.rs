//! What a convolution has packed: anew whenever it is given other weights, or once and for all.

use std::sync::{Arc, Mutex, PoisonError};

use super::Weights;
use super::algorithm::Algorithm;
use crate::elementwise::Affine;
use crate::geometry::Geometry;
use crate::lanes::Width;
use crate::layout::{Source, flex, floats};

/// Weights that were multiplied by a factor nearer to 0 are not recovered by dividing.
const SMALLEST_FACTOR: f32 = 1e-6;

/// The weights as they are, and with a batch normalisation.
#[derive(Debug, Default)]
pub(super) struct PackedCache {
    entries: Mutex<[Option<Entry>; 2]>,
    /// Whether there are no weights but those that are packed.
    keeps: bool,
}

#[derive(Debug)]
struct Entry {
    /// What was packed; nothing where the weights are kept here alone.
    source: Option<Source>,
    norm: Option<Arc<Affine>>,
    /// Forward and backward.
    algorithms: Arc<[Algorithm; 2]>,
}

impl PackedCache {
    /// One that keeps the weights itself. `None` if not all of them would be there, packed, for both directions.
    pub(super) fn keeping(g: &Geometry, width: Width, weights: &Weights) -> Option<Self> {
        let norm = weights.norm.as_ref();
        let weight = flex(weights.weight.clone()?).to_contiguous();
        let scale = norm.map(|norm| &*norm.scale);
        if scale.is_some_and(|scale| !can_be_recovered(floats(&weight), scale)) {
            return None;
        }
        let algorithms = Algorithm::pair(g, width, floats(&weight), scale);
        if algorithms.iter().any(|algorithm| algorithm.packed().is_none()) {
            return None;
        }
        let mut entries = [None, None];
        entries[usize::from(norm.is_some())] = Some(Entry {
            source: None,
            norm: norm.cloned(),
            algorithms: Arc::new(algorithms),
        });
        Some(Self {
            entries: Mutex::new(entries),
            keeps: true,
        })
    }

    pub(super) const fn keeps(&self) -> bool {
        self.keeps
    }

    /// The kept weights, `[O, C / groups, kh, kw]` in row-major order, to rounding if a batch normalisation is multiplied into
    /// them.
    pub(super) fn weight(&self, g: &Geometry) -> Option<Vec<f32>> {
        // What a poisoned lock holds is whole: an entry is put there in one step.
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        kept(&entries, g)
    }

    /// With these weights packed, now if they are others than the last time.
    ///
    /// # Panics
    /// If `weights` has none, and none are kept.
    pub(super) fn algorithms(&self, g: &Geometry, width: Width, weights: &Weights) -> Arc<[Algorithm; 2]> {
        let weight = weights.weight.clone().map(|weight| flex(weight).to_contiguous());
        let source = weight.as_ref().map(Source::of);
        let norm = weights.norm.as_ref();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let place = usize::from(norm.is_some());
        let same =
            |entry: &&Entry| entry.source == source && entry.norm.as_ref().map(Arc::as_ptr) == norm.map(Arc::as_ptr);
        if let Some(entry) = entries[place].as_ref().filter(same) {
            return entry.algorithms.clone();
        }
        let scale = norm.map(|norm| &*norm.scale);
        let algorithms = Arc::new(match &weight {
            Some(weight) => Algorithm::pair(g, width, floats(weight), scale),
            None => Algorithm::pair(g, width, &kept(&entries, g).expect("kept weights"), scale),
        });
        entries[place] = Some(Entry {
            source,
            norm: norm.cloned(),
            algorithms: algorithms.clone(),
        });
        algorithms
    }
}

/// Whether each weight can be recovered from its product with its output channel's factor.
fn can_be_recovered(weight: &[f32], scale: &[f32]) -> bool {
    let channels = weight.chunks_exact(weight.len() / scale.len()).zip(scale);
    channels.into_iter().all(|(weights, factor)| {
        factor.abs() >= SMALLEST_FACTOR
            && weights
                .iter()
                .all(|weight| *weight == 0.0 || (weight * factor).is_normal())
    })
}

/// The weights of an entry that has no source.
fn kept(entries: &[Option<Entry>; 2], g: &Geometry) -> Option<Vec<f32>> {
    let entry = entries.iter().flatten().find(|entry| entry.source.is_none())?;
    let packed = entry.algorithms[0].packed()?;
    let mut weight = Vec::with_capacity(g.weight_len());
    for channel in 0..g.out_channels {
        let factor = entry.norm.as_ref().map_or(1.0, |norm| norm.scale[channel]);
        weight.extend(packed.of_channel(channel).map(|product| product / factor));
    }
    Some(weight)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Tensor, TensorData};
    use proptest::prelude::*;

    use super::SMALLEST_FACTOR;
    use crate::conv2d::{Convolution, Weights};
    use crate::elementwise::{AffineCache, BatchNormTensors};
    use crate::geometry::Geometry;
    use crate::testing::numbers;

    fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
        Tensor::from_data(TensorData::new(values, shape), &burn::tensor::Device::flex())
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().expect("f32")
    }

    /// Of 3×3 or single taps, with and without steps and groups.
    fn geometry([channels, out_channels, side, kernel, stride, groups]: [usize; 6]) -> Geometry {
        let padding = kernel / 2;
        Geometry {
            channels: channels * groups,
            out_channels: out_channels * groups,
            input: [side; 2],
            output: [(side + 2 * padding - kernel) / stride + 1; 2],
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 4],
            dilation: [1; 2],
            groups,
        }
    }

    fn weights(g: &Geometry, seed: u64, factors: Option<Vec<f32>>) -> Weights {
        let shape = [g.out_channels, g.channels / g.groups, g.kernel[0], g.kernel[1]];
        let channels = |values| tensor(values, [g.out_channels]);
        let norm = factors.map(|factors| {
            let (mean, bias) = (numbers(g.out_channels, seed + 1), numbers(g.out_channels, seed + 2));
            let tensors = BatchNormTensors {
                weight: channels(factors),
                bias: channels(bias),
                mean: channels(mean),
                variance: channels(vec![1.0; g.out_channels]),
            };
            AffineCache::default().of(tensors, 0.0)
        });
        Weights {
            weight: Some(tensor(numbers(g.weight_len(), seed), shape)),
            bias: Some(channels(numbers(g.out_channels, seed + 3))),
            norm,
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_computes_the_same(
            channels in 1..40_usize, out_channels in 1..40_usize, side in 3..9_usize,
            kernel in prop::sample::select(vec![1_usize, 3]), stride in 1..3_usize, groups in prop::sample::select(vec![1_usize, 2]),
            seed in any::<u32>(), with_norm in any::<bool>(), one_channel in any::<bool>(),
        ) {
            let g = geometry([channels, out_channels, side, kernel, stride, groups]);
            let seed = u64::from(seed);
            let factors = with_norm.then(|| numbers(g.out_channels, seed + 4).iter().map(|factor| factor + 2.0).collect());
            let given = weights(&g, seed, factors);
            let plain = Convolution::new(g).expect("a kernel");
            let Some(keeping) = plain.keeping(&given) else {
                return Ok(());
            };
            let kept = |given: &Weights| Weights { weight: None, ..given.clone() };
            let x = tensor(numbers(g.input_len(), seed + 5), [1, g.channels, side, side]);
            let mut r = numbers(g.output_len(), seed + 6);
            let plane = g.output[0] * g.output[1];
            if one_channel {
                r[plane..].fill(0.0);
            }
            let r = tensor(r, [1, g.out_channels, g.output[0], g.output[1]]);
            prop_assert_eq!(
                values(keeping.forward(x.clone(), &kept(&given), Some(1.0))),
                values(plain.forward(x.clone(), &given, Some(1.0)))
            );
            prop_assert_eq!(
                values(keeping.backward(r.clone(), &kept(&given), None)),
                values(plain.backward(r, &given, None))
            );
            // What a batch normalisation was multiplied into can be had without it, to rounding.
            let without = Weights { norm: None, ..given.clone() };
            let [got, wanted] = [
                values(keeping.forward(x.clone(), &kept(&without), None)),
                values(plain.forward(x, &without, None)),
            ];
            let close = |(got, wanted): (&f32, &f32)| (got - wanted).abs() <= if with_norm { 1e-4 } else { 0.0 };
            prop_assert!(got.iter().zip(&wanted).all(close));
            let [got, wanted] = [keeping.kept_weight(), given.weight].map(|weight| values(weight.expect("a weight")));
            let close = |(got, wanted): (&f32, &f32)| (got - wanted).abs() <= if with_norm { 1e-6 } else { 0.0 };
            prop_assert!(got.iter().zip(&wanted).all(close));
        }
    }

    #[test]
    fn a_factor_of_zero_would_lose_the_weights() {
        let g = geometry([16, 16, 6, 3, 1, 1]);
        let convolution = Convolution::new(g).expect("a kernel");
        let mut factors = vec![1.0; g.out_channels];
        assert!(convolution.keeping(&weights(&g, 1, Some(factors.clone()))).is_some());
        factors[3] = SMALLEST_FACTOR / 2.0;
        assert!(convolution.keeping(&weights(&g, 1, Some(factors.clone()))).is_none());
        // Their product is too large, or has lost its digits.
        for (weight, factor) in [(1e34, 1e5), (1e-38, 1e-5)] {
            factors[3] = factor;
            let given = weights(&g, 1, Some(factors.clone()));
            let extreme = given
                .weight
                .clone()
                .map(|tensor| tensor.mul_scalar(0.0).add_scalar(weight));
            let given = Weights {
                weight: extreme,
                ..given
            };
            assert!(convolution.keeping(&given).is_none(), "{weight} · {factor}");
        }
    }
}
