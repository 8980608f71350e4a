//! The output of a concatenation, written part by part: by the layers before it, or by copying what they gave.

use std::ops::Range;

use burn::tensor::Tensor;

use crate::layout::{PixelRows, picture};
use crate::pixels::{Pixels, PixelsIn, PixelsOut};

/// The output of a concatenation, as far as it is written.
#[derive(Debug)]
pub struct ConcatOutput {
    /// Memory for all numbers. Its length stays 0 until `finish`, because some may not be written yet.
    numbers: Vec<f32>,
    shape: [usize; 3],
    /// The channels that are written.
    written: Vec<Range<usize>>,
}

impl ConcatOutput {
    /// Of this shape, `[C, H, W]`.
    #[must_use]
    pub fn new(shape: [usize; 3]) -> Self {
        Self {
            numbers: Vec::with_capacity(shape.iter().product()),
            shape,
            written: Vec::new(),
        }
    }

    /// `[height, width]`
    pub(crate) const fn size(&self) -> [usize; 2] {
        [self.shape[1], self.shape[2]]
    }

    /// Copies `part`, `[1, C, H, W]`, to channels `first..first + C`: for parts that were computed elsewhere.
    ///
    /// # Panics
    /// If `part` has another height or width, or these channels are out of range or already written; if it is not f32, lies on another device than
    /// Flex's, or is tracked by autodiff.
    pub fn copy(&mut self, part: Tensor<4>, first: usize) {
        let [_, channels, height, width] = part.dims();
        assert_eq!([height, width], self.size(), "pictures of one size");
        let part = PixelRows::of(part);
        // SAFETY: it writes the channels of every pixel.
        unsafe { self.write(first..first + channels, |out| copy(part.pixels(), channels, out)) }
    }

    /// Has `fill` write these channels.
    ///
    /// # Safety
    /// `fill` must write the first `channels.len()` numbers of every pixel that it is given.
    ///
    /// # Panics
    /// If these channels are out of range or already written.
    pub(crate) unsafe fn write(&mut self, channels: Range<usize>, fill: impl FnOnce(PixelsOut<'_>)) {
        let [pitch, height, width] = self.shape;
        let is_new = |other: &Range<usize>| other.end <= channels.start || channels.end <= other.start;
        assert!(
            channels.start < channels.end && channels.end <= pitch && self.written.iter().all(is_new),
            "channels that are in range and not written yet"
        );
        let room = &mut self.numbers.spare_capacity_mut()[..height * width * pitch];
        if let Some(numbers) = room.get_mut(channels.start..) {
            fill(Pixels { numbers, pitch });
        }
        self.written.push(channels);
    }

    /// The whole, `[1, C, H, W]`.
    ///
    /// # Panics
    /// If some channels were not written.
    #[must_use]
    pub fn finish(mut self) -> Tensor<4> {
        // They do not overlap.
        let written: usize = self.written.iter().map(Range::len).sum();
        assert_eq!(written, self.shape[0], "every channel was written");
        // SAFETY: the room is there, and `write` was promised that all of it is written.
        unsafe { self.numbers.set_len(self.shape.iter().product()) };
        picture(self.numbers, self.shape)
    }
}

fn copy(part: PixelsIn<'_>, channels: usize, out: PixelsOut<'_>) {
    for (from, to) in part.each(channels).zip(out.numbers.chunks_mut(out.pitch)) {
        to[..channels].write_copy_of_slice(from);
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;
    use proptest::prelude::*;

    use super::ConcatOutput;
    use crate::layout::picture;
    use crate::testing::numbers;

    fn values(tensor: Tensor<4>) -> Vec<f32> {
        crate::layout::numbers(tensor.permute([0, 2, 3, 1]))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        /// Of parts that come in any order, some of them channels of wider pictures, or with their channels first.
        #[test]
        fn each_part_is_found_where_it_was_put(
            channels in proptest::collection::vec(1usize..40, 1..5), height in 1usize..4, width in 1usize..4, turn in 0usize..5, seed in 0u64..1000,
        ) {
            let all: usize = channels.iter().sum();
            let mut parts: Vec<(usize, usize)> = Vec::new();
            let mut first = 0;
            for &count in &channels {
                parts.push((first, count));
                first += count;
            }
            let count = parts.len();
            parts.rotate_left(turn % count);
            let mut output = ConcatOutput::new([all, height, width]);
            for &(first, count) in &parts {
                let wide = picture(numbers((count + 3) * height * width, seed + first as u64), [count + 3, height, width]);
                let part = wide.narrow(1, 2, count);
                output.copy(if first % 2 == 0 { part.mul_scalar(1.0) } else { part }, first);
            }
            let whole = output.finish();
            for (first, count) in parts {
                let wide = picture(numbers((count + 3) * height * width, seed + first as u64), [count + 3, height, width]);
                prop_assert_eq!(values(whole.clone().narrow(1, first, count)), values(wide.narrow(1, 2, count)));
            }
        }
    }

    #[test]
    #[should_panic(expected = "every channel was written")]
    fn a_channel_that_nobody_wrote_is_not_read() {
        let mut output = ConcatOutput::new([3, 1, 1]);
        output.copy(picture(vec![1.0; 2], [2, 1, 1]), 0);
        let _ = output.finish();
    }

    #[test]
    #[should_panic(expected = "not written yet")]
    fn no_channel_is_written_twice() {
        let mut output = ConcatOutput::new([3, 1, 1]);
        output.copy(picture(vec![1.0; 2], [2, 1, 1]), 0);
        output.copy(picture(vec![1.0; 2], [2, 1, 1]), 1);
    }
}
