//! Pictures side by side along the channels, and apart again.

use std::mem::MaybeUninit;
use std::ops::Range;

use burn::tensor::Tensor;

use crate::concat_output::ConcatOutput;
use crate::epilogue::{After, Epilogue, OutputWriter, load};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};
use crate::layout::{PixelRows, floats, picture, pixels};
use crate::pixels::Pixels;
use crate::{GatedRelu, uninit_vec};

/// The channels of all `parts`, `[1, C, H, W]` each, in one picture.
///
/// # Panics
/// If there are none, their pictures differ in size, a tensor is not f32, lies on another device than Flex's, or is tracked
/// by autodiff.
#[must_use]
pub fn concat(parts: Vec<Tensor<4>>) -> Tensor<4> {
    let [_, _, height, width] = parts[0].dims();
    let channels = parts.iter().map(|part| part.dims()[1]).sum();
    let mut output = ConcatOutput::new([channels, height, width]);
    let mut first = 0;
    for part in parts {
        let count = part.dims()[1];
        output.copy(part, first);
        first += count;
    }
    output.finish()
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
                let Pixels { numbers, pitch } = activation.pixels();
                let gate = Epilogue::Gate {
                    activation: numbers,
                    gate,
                };
                take(gate, pitch)
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

    use super::take;
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
            let length = channels.iter().sum();
            let whole: Vec<f32> = (0..pixels)
                .flat_map(|pixel| parts.iter().zip(&channels).flat_map(move |(part, &count)| &part[pixel * count..][..count]))
                .copied()
                .collect();
            let mut first = 0;
            for (part, count) in parts.iter().zip(channels) {
                let y = numbers(part.len(), seed + 1000);
                for width in Width::all() {
                    let apart = |epilogue: Epilogue<'_>, pitch: usize| guarded(part.len(), |out| {
                        take(width, &whole, length, first..first + count, (epilogue, pitch), out);
                    });
                    prop_assert_eq!(&apart(Epilogue::None, 0), part);
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
