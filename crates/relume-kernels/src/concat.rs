//! Pictures side by side along the channels, and apart again.

use std::mem::MaybeUninit;
use std::ops::Range;

use burn::tensor::Tensor;

use crate::epilogue::{After, Epilogue, OutputWriter, load};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};
use crate::layout::{PixelRows, floats, picture, pixels};
use crate::{GatedRelu, uninit_vec};

/// The channels of all `parts`, `[1, C, H, W]` each, in one picture.
///
/// # Panics
/// If there are none, their pictures differ in size, a tensor is not f32, lies on another device than Flex's, or is tracked
/// by autodiff.
#[must_use]
pub fn concat(parts: Vec<Tensor<4>>) -> Tensor<4> {
    let shapes: Vec<[usize; 4]> = parts.iter().map(Tensor::dims).collect();
    let [_, _, height, width] = shapes[0];
    assert!(
        shapes.iter().all(|shape| shape[2..] == [height, width]),
        "pictures of one size"
    );
    let channels: usize = shapes.iter().map(|shape| shape[1]).sum();
    let parts: Vec<_> = parts.into_iter().map(pixels).collect();
    let parts: Vec<(&[f32], usize)> = parts
        .iter()
        .zip(&shapes)
        .map(|(part, shape)| (floats(part), shape[1]))
        .collect();
    // SAFETY: every pixel gets the channels of all parts.
    let out = unsafe { uninit_vec(channels * height * width, |out| interleave(&parts, channels, out)) };
    picture(out, [channels, height, width])
}

/// Each part comes with its number of channels.
fn interleave(parts: &[(&[f32], usize)], channels: usize, out: &mut [MaybeUninit<f32>]) {
    let mut first = 0;
    for (part, count) in parts {
        for (from, to) in part.chunks_exact(*count).zip(out.chunks_exact_mut(channels)) {
            to[first..first + count].write_copy_of_slice(from);
        }
        first += count;
    }
}

/// The channels of `x`, `[1, C, H, W]`, in parts: as many channels as each says, one after the other, and what comes after them.
///
/// # Panics
/// If there are fewer channels, a tensor is not f32, lies on another device than Flex's, or is tracked by autodiff.
#[must_use]
pub fn split(x: Tensor<4>, parts: Vec<(usize, After)>) -> Vec<Tensor<4>> {
    let [_, length, height, width] = x.dims();
    let x = pixels(x);
    let x = floats(&x);
    let mut first = 0;
    let parts = parts.into_iter().map(|(count, after)| {
        let channels = first..first + count;
        first += count;
        assert!(count > 0 && first <= length, "channels of the picture");
        let take = |epilogue: Epilogue<'_>, pitch: usize| {
            // SAFETY: it writes every number.
            unsafe {
                uninit_vec(count * height * width, |out| {
                    take(Width::best(), x, length, channels, (epilogue, pitch), out);
                })
            }
        };
        let out = match after {
            After::Nothing => take(Epilogue::None, 0),
            After::Relu(limit) => take(Epilogue::Relu(limit), 0),
            After::Gate(GatedRelu { activation, gate }) => {
                assert_eq!(
                    activation.dims()[1..],
                    [count, height, width],
                    "a ReLU of the part's shape"
                );
                // What was put together is kept once: a part's activation is some channels of the whole's.
                let activation = PixelRows::of(activation);
                let gate = Epilogue::Gate {
                    activation: activation.numbers(),
                    gate,
                };
                take(gate, activation.pitch)
            }
        };
        picture(out, [count, height, width])
    });
    parts.collect()
}

/// Some channels of pixels that have `length` of them. The pixels of a gate's activation lie `pitch` apart.
fn take(
    width: Width,
    x: &[f32],
    length: usize,
    channels: Range<usize>,
    (epilogue, pitch): (Epilogue<'_>, usize),
    out: &mut [MaybeUninit<f32>],
) {
    assert_eq!(x.len() / length * channels.len(), out.len());
    let job = Take {
        x,
        length,
        channels,
        epilogue,
        pitch,
        out,
    };
    dispatch(width, job);
}

struct Take<'a> {
    x: &'a [f32],
    length: usize,
    channels: Range<usize>,
    epilogue: Epilogue<'a>,
    pitch: usize,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Take<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let count = self.channels.len();
        let pixels = self.x.chunks_exact(self.length).zip(self.out.chunks_exact_mut(count));
        for (pixel, (x, out)) in pixels.enumerate() {
            let mut writer = OutputWriter::<L>::new(self.epilogue.part(pixel * self.pitch, count), out);
            for (at, x) in x[self.channels.clone()].chunks(L::COUNT).enumerate() {
                writer.put([[load(x)]], at * L::COUNT, 0, x.len());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{interleave, take};
    use crate::epilogue::Epilogue;
    use crate::lanes::Width;
    use crate::testing::{check_gate, guarded, numbers};

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_put_together_comes_apart(
            channels in proptest::collection::vec(1usize..40, 1..5), pixels in 1usize..9, seed in 0u64..1000,
        ) {
            let parts: Vec<Vec<f32>> = channels.iter().map(|count| numbers(count * pixels, seed + *count as u64)).collect();
            let with_channels: Vec<(&[f32], usize)> = parts.iter().map(Vec::as_slice).zip(channels.iter().copied()).collect();
            let length = channels.iter().sum();
            let whole = guarded(length * pixels, |out| interleave(&with_channels, length, out));
            let mut first = 0;
            for (part, count) in with_channels {
                let y = numbers(part.len(), seed + 1000);
                for width in Width::all() {
                    let apart = |epilogue: Epilogue<'_>, pitch: usize| guarded(part.len(), |out| {
                        take(width, &whole, length, first..first + count, (epilogue, pitch), out);
                    });
                    prop_assert_eq!(&apart(Epilogue::None, 0)[..], part);
                    check_gate(part, &y, |gate| apart(gate, count));
                    // The activation as some channels of a wider picture's.
                    let wide: Vec<f32> = y.chunks(count).flat_map(|y| [&[f32::NAN; 3], y].concat()).collect();
                    check_gate(part, &y, |gate| match gate {
                        Epilogue::Gate { gate, .. } => apart(Epilogue::Gate { activation: &wide[3..], gate }, count + 3),
                        other => apart(other, 0),
                    });
                }
                first += count;
            }
        }
    }
}
