//! A convolution with unpacked weights, `[O, C / groups, kh, kw]`: for each output pixel, a fully connected layer is applied to the patch of the
//! input under the kernel. Used where packing does not pay: many weights for few output pixels; a stride with many phases; a backward pass far
//! larger than the forward pass.

use std::borrow::Cow;
use std::mem::MaybeUninit;

use super::dense;
use crate::elementwise::store;
use crate::epilogue::Epilogue;
use crate::geometry::Geometry;
use crate::lanes::Width;

/// Whether this module computes the convolution: it is a fully connected layer, or packing does not pay.
pub(super) fn suits(g: &Geometry) -> bool {
    dense::suits(g) || !g.suits_packing()
}

/// A convolution with unpacked weights; each output channel's are multiplied by its `scale`, if there is one.
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
        if dense::suits(g) {
            return dense::forward(self.width, x, self.weight, self.scale, bias, epilogue, out);
        }
        let outputs = g.out_channels / g.groups;
        let mut patch = vec![0.0; g.channels / g.groups * g.taps()];
        for (at, out) in out.chunks_exact_mut(outputs).enumerate() {
            let (pixel, group) = (at / g.groups, at % g.groups);
            let channels = group * outputs..(group + 1) * outputs;
            let scale = self.scale.map(|scale| &scale[channels.clone()]);
            let epilogue = epilogue.part(at * outputs, outputs);
            gather(g, x, pixel, group, &mut patch);
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
            // SAFETY: `dense::backward` has written every number.
            let patch = unsafe { patch.assume_init_ref() };
            scatter(g, patch, pixel, group, &mut sums);
        }
        store(self.width, &sums, epilogue, out);
    }

    /// The weights of one group.
    fn weights(&self, group: usize) -> &[f32] {
        let count = self.weight.len() / self.geometry.groups;
        &self.weight[group * count..][..count]
    }
}

/// The numbers under one row of the kernel that lie within the input, of a group's first channel; those of the next channel follow each by one.
struct Row {
    /// The first one's tap.
    tap: usize,
    /// The first one's index in the input.
    at: usize,
    count: usize,
    /// From one to the next in the input.
    stride: usize,
}

/// The rows under the kernel at an output pixel.
fn rows(g: &Geometry, pixel: usize, group: usize) -> impl Iterator<Item = Row> {
    let g = *g;
    let [height, width] = g.kernel;
    let [top, left] = [pixel / g.output[1] * g.stride[0], pixel % g.output[1] * g.stride[1]];
    // Taps from `first` to `last` lie within the input's columns.
    let first = g.padding[1].saturating_sub(left).div_ceil(g.dilation[1]);
    let last = (g.padding[1] + g.input[1])
        .saturating_sub(left)
        .div_ceil(g.dilation[1])
        .min(width);
    let count = last.saturating_sub(first);
    (0..height).filter_map(move |row| {
        let y = (top + row * g.dilation[0]).wrapping_sub(g.padding[0]);
        (y < g.input[0] && count > 0).then(|| {
            let x = left + first * g.dilation[1] - g.padding[1];
            Row {
                tap: row * width + first,
                at: (y * g.input[1] + x) * g.channels + group * (g.channels / g.groups),
                count,
                stride: g.dilation[1] * g.channels,
            }
        })
    })
}

/// Writes the numbers under the kernel at an output pixel, `[C / groups, kh, kw]`; 0 outside the input.
fn gather(g: &Geometry, x: &[f32], pixel: usize, group: usize, patch: &mut [f32]) {
    if g.padding != [0; 4] {
        patch.fill(0.0);
    }
    for row in rows(g, pixel, group) {
        for (channel, taps) in patch.chunks_exact_mut(g.taps()).enumerate() {
            let from = x[row.at + channel..].iter().step_by(row.stride);
            for (to, from) in taps[row.tap..][..row.count].iter_mut().zip(from) {
                *to = *from;
            }
        }
    }
}

/// Adds a patch, `[C / groups, kh, kw]`, to the numbers under the kernel at an output pixel.
fn scatter(g: &Geometry, patch: &[f32], pixel: usize, group: usize, sums: &mut [f32]) {
    for row in rows(g, pixel, group) {
        for (channel, taps) in patch.chunks_exact(g.taps()).enumerate() {
            let to = sums[row.at + channel..].iter_mut().step_by(row.stride);
            for (to, from) in to.zip(&taps[row.tap..][..row.count]) {
                *to += from;
            }
        }
    }
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
            channels: 1 << 11,
            out_channels: 1 << 11,
            ..sound
        }));
    }
}
