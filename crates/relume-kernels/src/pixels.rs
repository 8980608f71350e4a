//! One picture's numbers with the channels last, where the pixels may lie further apart than they have channels: those of some channels of a wider
//! picture do.

use std::borrow::Cow;
use std::mem::MaybeUninit;

/// Each pixel's channels lie side by side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pixels<N> {
    /// From the first pixel's first channel on.
    pub(crate) numbers: N,
    /// Numbers from the start of one pixel to the start of the next: at least as many as there are channels.
    pub(crate) pitch: usize,
}

/// Pixels to be read.
pub(crate) type PixelsIn<'a> = Pixels<&'a [f32]>;

/// Pixels to be written.
pub(crate) type PixelsOut<'a> = Pixels<&'a mut [MaybeUninit<f32>]>;

impl<'a> PixelsIn<'a> {
    /// The `channels` of each pixel.
    pub(crate) fn each(self, channels: usize) -> impl Iterator<Item = &'a [f32]> {
        self.numbers.chunks(self.pitch).map(move |pixel| &pixel[..channels])
    }

    /// One pixel after the other, without gaps; a copy if there are any.
    pub(crate) fn without_gaps(self, channels: usize) -> Cow<'a, [f32]> {
        if self.pitch == channels {
            return self.numbers.into();
        }
        let mut numbers = Vec::with_capacity(self.numbers.len() / self.pitch * channels + channels);
        self.each(channels).for_each(|pixel| numbers.extend_from_slice(pixel));
        numbers.into()
    }
}

impl<N> Pixels<N> {
    /// How many numbers it takes from the first of so many pixels to the last, if each has `channels`.
    pub(crate) fn span(&self, pixels: usize, channels: usize) -> usize {
        assert!(channels <= self.pitch, "pixels that do not overlap");
        pixels.checked_sub(1).map_or(0, |before| before * self.pitch + channels)
    }
}
