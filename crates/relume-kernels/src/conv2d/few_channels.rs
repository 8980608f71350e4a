//! The backward pass of a signal that few channels have: where a class or a unit is explained, it begins in a single one. It is the
//! backward pass of a smaller convolution, whose weights are packed for the occasion.

use std::mem::MaybeUninit;

use super::algorithm::Algorithm;
use crate::epilogue::Epilogue;
use crate::geometry::Geometry;
use crate::lanes::Width;
use crate::pixels::{Pixels, PixelsIn};

/// One channel of so many has a signal, or fewer. With more, packing would take a good part of what is saved.
const SHARE: usize = 8;

/// A convolution of some output channels only, and their signal.
pub(super) struct FewChannels {
    geometry: Geometry,
    channels: Vec<usize>,
    /// As pixels, channels last.
    signal: Vec<f32>,
}

impl FewChannels {
    /// Those of a signal with its channels last; `None` if they are many.
    pub(super) fn of(g: &Geometry, r: PixelsIn<'_>) -> Option<Self> {
        let most = g.out_channels / SHARE;
        if g.groups > 1 || most == 0 {
            return None;
        }
        let mut present = vec![false; g.out_channels];
        let mut count = 0;
        for pixel in r.each(g.out_channels) {
            for (present, _) in present.iter_mut().zip(pixel).filter(|(_, value)| **value != 0.0) {
                count += usize::from(!*present);
                *present = true;
            }
            if count > most {
                return None;
            }
        }
        // Of a signal that is 0 everywhere one channel is as good as another.
        present[0] |= count == 0;
        let channels: Vec<usize> = (0..g.out_channels).filter(|&channel| present[channel]).collect();
        let signal = r
            .each(g.out_channels)
            .flat_map(|pixel| channels.iter().map(|&channel| pixel[channel]))
            .collect();
        let geometry = Geometry {
            out_channels: channels.len(),
            ..*g
        };
        Some(Self {
            geometry,
            channels,
            signal,
        })
    }

    /// Which output channels they are, in ascending order; at least one.
    pub(super) fn channels(&self) -> &[usize] {
        &self.channels
    }

    /// `weight` is that of these channels, `[channels, C, kh, kw]`.
    pub(super) fn backward(&self, width: Width, weight: &[f32], epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
        let [_, backward] = Algorithm::pair(&self.geometry, width, weight, None);
        let signal = Pixels {
            numbers: &*self.signal,
            pitch: self.geometry.out_channels,
        };
        let out = Pixels {
            numbers: out,
            pitch: self.geometry.channels,
        };
        backward.fill(signal, &[], epilogue, out);
    }
}
