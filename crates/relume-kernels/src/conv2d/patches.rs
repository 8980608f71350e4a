//! A convolution whose weights are read as they lie, `[O, C / groups, kh, kw]`: for each output pixel the patch of the input under the
//! kernel is one fully connected layer's input. It is for what packing does not suit: more weights than may well be packed, for few
//! pixels; a stride of many phases; a backward pass that would be far more work than the forward pass.

use std::borrow::Cow;
use std::mem::MaybeUninit;

use super::dense;
use crate::elementwise::store;
use crate::epilogue::Epilogue;
use crate::geometry::Geometry;
use crate::lanes::Width;

/// Whether a convolution is computed so.
pub(super) fn suits(g: &Geometry) -> bool {
    dense::suits(g) || !g.suits_packing()
}

/// What is computed so: each output channel's weights are multiplied by its `scale`, if there is one.
pub(super) struct Patches<'a> {
    pub(super) width: Width,
    pub(super) geometry: &'a Geometry,
    pub(super) weight: &'a [f32],
    pub(super) scale: Option<&'a [f32]>,
}

impl Patches<'_> {
    /// `x` is a picture with its channels last, and so is `out`; `bias` is one number an output channel.
    pub(super) fn forward(&self, x: &[f32], bias: &[f32], epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
        let g = self.geometry;
        let outputs = g.out_channels / g.groups;
        for (at, out) in out.chunks_exact_mut(outputs).enumerate() {
            let (pixel, group) = (at / g.groups, at % g.groups);
            let channels = group * outputs..(group + 1) * outputs;
            let scale = self.scale.map(|scale| &scale[channels.clone()]);
            let epilogue = epilogue.part(at * outputs, outputs);
            let patch = patch(g, x, pixel, group);
            dense::forward(
                self.width,
                &patch,
                self.weights(group),
                scale,
                &bias[channels],
                epilogue,
                out,
            );
        }
    }

    /// `r` is a signal with its channels last, and so is `out`.
    pub(super) fn backward(&self, r: &[f32], epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
        let g = self.geometry;
        let r: Cow<'_, [f32]> = match self.scale {
            Some(scale) => r.iter().zip(scale.iter().cycle()).map(|(r, scale)| r * scale).collect(),
            None => r.into(),
        };
        if dense::suits(g) {
            return dense::backward(self.width, &r, self.weight, epilogue, out);
        }
        let mut sums = vec![0.0; g.input_len()];
        let mut patch = vec![MaybeUninit::uninit(); g.channels / g.groups * g.taps()];
        for (at, r) in r.chunks_exact(g.out_channels / g.groups).enumerate() {
            if r.iter().all(|&signal| signal == 0.0) {
                continue;
            }
            let (pixel, group) = (at / g.groups, at % g.groups);
            dense::backward(self.width, r, self.weights(group), Epilogue::None, &mut patch);
            for (from, to) in places(g, pixel, group) {
                // SAFETY: `dense::backward` has written every number.
                sums[to] += unsafe { patch[from].assume_init() };
            }
        }
        store(self.width, &sums, epilogue, out);
    }

    /// Those of one group.
    fn weights(&self, group: usize) -> &[f32] {
        let count = self.weight.len() / self.geometry.groups;
        &self.weight[group * count..][..count]
    }
}

/// The numbers under the kernel at an output pixel, `[C / groups, kh, kw]`, 0 where it hangs over.
fn patch<'a>(g: &Geometry, x: &'a [f32], pixel: usize, group: usize) -> Cow<'a, [f32]> {
    if dense::suits(g) {
        return x.into();
    }
    let mut patch = vec![0.0; g.channels / g.groups * g.taps()];
    for (at, from) in places(g, pixel, group) {
        patch[at] = x[from];
    }
    patch.into()
}

/// For each number of an output pixel's patch that lies within the input: its place in the patch, and in the input.
fn places(g: &Geometry, pixel: usize, group: usize) -> impl Iterator<Item = (usize, usize)> {
    let g = *g;
    let channels = g.channels / g.groups;
    let first = [pixel / g.output[1] * g.stride[0], pixel % g.output[1] * g.stride[1]];
    (0..g.taps()).flat_map(move |tap| {
        let taps = [tap / g.kernel[1], tap % g.kernel[1]];
        let [y, x] = [0, 1].map(|axis| (first[axis] + taps[axis] * g.dilation[axis]).wrapping_sub(g.padding[axis]));
        let inside = y < g.input[0] && x < g.input[1];
        let count = if inside { channels } else { 0 };
        (0..count).map(move |c| {
            (
                c * g.taps() + tap,
                (y * g.input[1] + x) * g.channels + group * channels + c,
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Convolution;
    use super::super::tests::{connections, geometries};
    use super::{Patches, suits};
    use crate::epilogue::Epilogue;
    use crate::geometry::Geometry;
    use crate::lanes::Width;
    use crate::testing::{check_gate, compare, guarded, numbers};

    /// Both directions against the definition in f64, for any convolution: also for those that packing suits.
    fn check(g: &Geometry, seed: u64) {
        let (x, r) = (numbers(g.input_len(), seed), numbers(g.output_len(), seed + 1));
        let (weight, bias) = (numbers(g.weight_len(), seed + 2), numbers(g.out_channels, seed + 3));
        let scale = seed.is_multiple_of(2).then(|| numbers(g.out_channels, seed + 4));
        let mut up: Vec<f64> = (0..g.output_len())
            .map(|at| f64::from(bias[at % g.out_channels]))
            .collect();
        let mut down = vec![0.0; g.input_len()];
        let most = (g.weight_len() / g.out_channels.min(g.channels)) as f64;
        connections(g, |input, output, at| {
            let factor = scale.as_ref().map_or(1.0, |scale| scale[output % g.out_channels]);
            up[output] += f64::from(x[input]) * f64::from(weight[at]) * f64::from(factor);
            down[input] += f64::from(r[output]) * f64::from(weight[at]) * f64::from(factor);
        });
        for width in Width::all() {
            let patches = Patches {
                width,
                geometry: g,
                weight: &weight,
                scale: scale.as_deref(),
            };
            let run = |epilogue: Epilogue<'_>| guarded(up.len(), |out| patches.forward(&x, &bias, epilogue, out));
            let got = run(Epilogue::None);
            compare(&got, &up, most, &format!("forward, {width:?}"));
            let clipped: Vec<f32> = got.iter().map(|got| got.clamp(0.0, 0.25)).collect();
            assert_eq!(run(Epilogue::Relu(0.25)), clipped);
            let run = |epilogue: Epilogue<'_>| guarded(down.len(), |out| patches.backward(&r, epilogue, out));
            let got = run(Epilogue::None);
            compare(&got, &down, most, &format!("backward, {width:?}"));
            check_gate(&got, &x, run);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn both_directions_give_what_the_definition_gives(geometry in geometries(), seed in 0u64..1000) {
            if let Some(geometry) = geometry {
                check(&geometry, seed);
            }
        }
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused_and_what_packing_does_not_suit_is_not_packed() {
        let sound = Geometry {
            channels: 4,
            out_channels: 4,
            input: [8, 8],
            output: [8, 8],
            kernel: [3, 3],
            stride: [1, 1],
            padding: [1; 4],
            dilation: [1, 1],
            groups: 1,
        };
        let known = |geometry| Convolution::new(geometry).is_some();
        assert!([1, 2, 4].into_iter().all(|groups| known(Geometry { groups, ..sound })));
        #[rustfmt::skip]
        let impossible = [
            Geometry { groups: 3, ..sound },
            Geometry { groups: 0, ..sound },
            Geometry { stride: [0, 1], ..sound },
            Geometry { dilation: [1, 0], ..sound },
            Geometry { kernel: [0, 3], ..sound },
            Geometry { output: [8, 9], ..sound },
            Geometry { padding: [usize::MAX, 1, 1, 1], ..sound },
            Geometry { stride: [usize::MAX, 1], output: [1, 8], ..sound },
        ];
        for geometry in impossible {
            assert!(!known(geometry), "{geometry:?}");
        }
        #[rustfmt::skip]
        let unsuited = [
            // A phase for every one of a million input pixels.
            Geometry { input: [1024; 2], kernel: [1, 1], stride: [1024; 2], padding: [0; 4], output: [1, 1], ..sound },
            // A backward pass of 2⁴⁰ multiplications, the forward pass of 2²⁰.
            Geometry { channels: 1, out_channels: 1, input: [1024; 2], kernel: [1024; 2], padding: [0; 4], output: [1, 1], ..sound },
            // A hundred million weights for one pixel, and as many as zeros beside few weights.
            Geometry { channels: 512, out_channels: 4096, input: [7; 2], kernel: [7; 2], padding: [0; 4], output: [1, 1], ..sound },
            Geometry { channels: 8192, out_channels: 8192, groups: 4096, kernel: [3; 2], ..sound },
        ];
        for geometry in unsuited {
            assert!(known(geometry) && suits(&geometry), "{geometry:?}");
        }
        // As many weights for many pixels.
        assert!(!suits(&Geometry {
            channels: 1 << 12,
            out_channels: 1 << 12,
            ..sound
        }));
    }
}
