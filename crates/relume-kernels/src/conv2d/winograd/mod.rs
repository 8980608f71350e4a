//! 3×3 convolutions with fewer multiplications: Winograd's minimal filtering, after Lavin and Gray 2015 (arXiv 1509.09308).
//!
//! With a stride of one by F(4×4, 3×3), with a quarter of the multiplications. The picture is cut into tiles of 6×6 pixels that overlap by two. Each
//! is transformed (Bᵀ d B), which leaves 36 independent products of channels by weights (themselves transformed, G g Gᵀ), and what they give is
//! transformed back to 4×4 pixels (Aᵀ m A). The backward pass is the same with flipped taps, channels in and out swapped.
//!
//! With a stride of two, 81 products give what 144 do. Along each axis the outer two taps see every second pixel, and there are as one filter of two taps
//! and a stride of one: F(4, 2). The middle tap sees the pixels between and is multiplied by them as they are. So a line has nine products: five of
//! the transformed outer taps, and four of the middle tap, which share its weights. There are then 36 transformed weights, as with a stride of one. The
//! backward pass gives every second pixel by the outer taps and those between by the middle one.
//!
//! The weights are transformed in every run, for a few channels and two lines of products at a time, which the nearest caches
//! hold: kept transformed they would be four times as many, and fetching them took longer than computing them does.
//!
//! The interpolation points are 0, ±√½, ±√2 and, with a stride of one, infinity. With the usual ±1 and ±2 the error is several times as large
//! (6.6·10⁻⁶ instead of 1.3·10⁻⁶ of the largest value, 96 channels of random numbers): their powers are further apart.

mod input;
mod output;
mod over_channels;
mod over_tiles;
mod products;
#[cfg(test)]
mod tests;
mod tiling;
mod transforms;
mod weights;

use std::sync::Arc;

use self::over_channels::OverChannels;
use self::over_tiles::OverTiles;
use self::tiling::{Stride1, Stride2, Stride2Backward, Tiling};
use self::transforms::{COMPONENTS, LINE, SIDE};
use super::algorithm::Direction;
use super::packed::PackedWeights;
use super::phases::PhasePlan;
use crate::epilogue::Epilogue;
use crate::geometry::Geometry;
use crate::lanes::{Width, dispatch};
use crate::pixels::{PixelsIn, PixelsOut};

/// The fewest products of one channel that are computed together, if there are as many: those of 36 tiles with a stride of one, of 16 with a stride of
/// two. Few in the tests, which so have several groups.
const GROUP: usize = if cfg!(test) { 3 } else { 36 } * COMPONENTS;
/// The most numbers that they need between the steps, if they are more than [`GROUP`]: 640 KiB.
const CACHED: usize = if cfg!(test) { 8 << 10 } else { 160 << 10 };

/// One direction.
#[derive(Debug)]
pub(super) struct Winograd {
    way: Way,
    channels: usize,
    input: [usize; 2],
    /// Zeros above and to the left.
    border: [usize; 2],
    out_channels: usize,
    output: [usize; 2],
    /// How many rows and columns the first tile gives before the picture begins.
    before: usize,
    weights: Arc<PackedWeights>,
}

/// How the tiles are cut, and how the weights are read.
#[derive(Debug)]
enum Way {
    /// The weights as they are packed.
    Forward { stride: usize },
    /// For the backward pass their rows become columns, and the other way round. `taps` are in the order in which they lie in the
    /// source, flipped.
    TransposedWeights { stride: usize, taps: Vec<usize> },
    /// In the backward pass, too, as the forward pass wants them: where there are more weights than numbers in tiles, the tiles are
    /// transposed instead. With a stride of one.
    TransposedTiles,
}

impl Winograd {
    /// Whether it computes this direction faster than the definition.
    pub(super) fn suits(g: &Geometry, plan: &PhasePlan, width: Width) -> bool {
        Self::can(g, plan, width) && (g.stride == [1, 1] || pays_with_stride_2(g))
    }

    /// Whether it computes this direction: registers are filled by channels, and tiles can be laid from the picture's corner on.
    pub(super) fn can(g: &Geometry, plan: &PhasePlan, width: Width) -> bool {
        let full = |channels: usize| channels.is_multiple_of(width.count());
        let small = g.groups == 1 && g.kernel == [3, 3] && g.dilation == [1, 1];
        if !small || !full(plan.channels) || !full(plan.out_channels) {
            return false;
        }
        match g.stride {
            [1, 1] => {
                // In the backward pass a padding of more than two leaves out border pixels, which a tile here would begin with.
                let from_the_corner = plan
                    .phases
                    .first()
                    .is_some_and(|phase| phase.taps.first().is_some_and(|tap| tap.offset == 0));
                plan.output.iter().all(|&size| size >= Stride1::GIVES) && from_the_corner
            }
            // In the backward pass a tile begins alike along both axes, with at most one output before the first.
            [2, 2] => g.padding[0] == g.padding[1] && g.padding[0] <= 2,
            _ => false,
        }
    }

    pub(super) fn new(g: &Geometry, direction: Direction, plan: &PhasePlan, weights: Arc<PackedWeights>) -> Self {
        let stride = g.stride[0];
        let weight_count = SIDE * SIDE * plan.channels * plan.out_channels;
        let tiles = || -> usize { plan.output.iter().map(|size| size.div_ceil(Stride1::GIVES)).product() };
        let mut border = [plan.border[0], plan.border[1]];
        let mut rows_before = 0;
        let way = match direction {
            Direction::Forward => Way::Forward { stride },
            Direction::Backward if stride == 2 => {
                // A tile begins with a pixel that a middle tap meets. If the padding is even that is not the picture's first pixel, but one before it;
                // without padding, such a tap belongs to an output before the first.
                let padding = g.padding[0];
                rows_before = before(padding);
                border = [usize::from(padding == 0); 2];
                Way::TransposedWeights {
                    stride,
                    taps: (0..SIDE * SIDE).rev().collect(),
                }
            }
            Direction::Backward if weight_count > tiles() * COMPONENTS * (plan.channels + plan.out_channels) => {
                Way::TransposedTiles
            }
            Direction::Backward => Way::TransposedWeights {
                stride,
                taps: plan.phases[0].tap_indices(),
            },
        };
        Self {
            way,
            channels: plan.channels,
            input: plan.input,
            border,
            out_channels: plan.out_channels,
            output: plan.output,
            before: rows_before,
            weights,
        }
    }

    pub(in super::super) fn weights(&self) -> &PackedWeights {
        &self.weights
    }

    /// `x` has no border; `bias` is one number an output channel, or nothing.
    pub(super) fn run(&self, x: PixelsIn<'_>, bias: &[f32], epilogue: Epilogue<'_>, out: PixelsOut<'_>) {
        let none;
        let bias = if bias.is_empty() {
            none = vec![0.0; self.out_channels];
            &none
        } else {
            bias
        };
        let pixels = |[height, width]: [usize; 2]| height * width;
        assert!(
            x.numbers.len() >= x.span(pixels(self.input), self.channels),
            "the input"
        );
        assert!(
            out.numbers.len() >= out.span(pixels(self.output), self.out_channels),
            "room for the output"
        );
        let job = Job {
            winograd: self,
            x,
            bias,
            epilogue,
            out,
        };
        match &self.way {
            Way::Forward { stride: 1 } => job.over_channels::<Stride1>(self.weights.forward()),
            Way::Forward { .. } => job.over_channels::<Stride2>(self.weights.forward()),
            Way::TransposedTiles => dispatch(self.weights.width(), OverTiles(job)),
            Way::TransposedWeights { stride: 1, taps } => job.over_channels::<Stride1>(&self.weights.backward(taps)),
            Way::TransposedWeights { taps, .. } => job.over_channels::<Stride2Backward>(&self.weights.backward(taps)),
        }
    }

    /// How many tiles there are.
    fn tiles<T: Tiling>(&self) -> usize {
        self.output
            .iter()
            .map(|size| (size + self.before).div_ceil(T::GIVES))
            .product()
    }

    /// The row of tiles that a tile is in, and its place in the row.
    fn place<T: Tiling>(&self, tile: usize) -> [usize; 2] {
        let across = (self.output[1] + self.before).div_ceil(T::GIVES);
        [tile / across, tile % across]
    }

    /// How many tiles go through the three steps together, if `channels` come out at once: as many as a cache holds, with at least
    /// [`GROUP`] products, since the weights are transformed anew for each group.
    fn group<T: Tiling>(&self, channels: usize) -> usize {
        let products = (LINE - 1 + T::LAST).pow(2);
        let most = (CACHED / (products * (self.channels + channels))).max(GROUP / products);
        let groups = self.tiles::<T>().div_ceil(most);
        self.tiles::<T>().div_ceil(groups)
    }
}

/// Whether F(4×4, 2×2) is faster than the definition, in both directions together. In multiplications of one channel by another, as measured in
/// WebAssembly: transforming a kernel takes as long as 140 of them, and transforming a tile's channel, on its way in or out, as 950.
fn pays_with_stride_2(g: &Geometry) -> bool {
    const KERNEL: f64 = 140.0;
    const CHANNEL: f64 = 950.0;
    let count = |size: [usize; 2], gives: usize| size.map(|size| size.div_ceil(gives) as f64).iter().product::<f64>();
    let signal = g.input.map(|size| size + before(g.padding[0]));
    let tiles = count(g.output, Stride2::GIVES) + count(signal, Stride2Backward::GIVES);
    let [channels, out_channels] = [g.channels, g.out_channels].map(|channels| channels as f64);
    let products = (LINE - 1 + Stride2::LAST).pow(2) as f64;
    let tile = products + CHANNEL * (1.0 / channels + 1.0 / out_channels);
    // A little less than the definition's nine in each direction, which are multiplied without a detour.
    2.0 * KERNEL + tiles * tile < 2.0 * 8.0 * count(g.output, 1)
}

/// How many rows and columns the first tile of the backward pass through a stride of two gives before the picture begins.
fn before(padding: usize) -> usize {
    usize::from(padding.is_multiple_of(2))
}

/// One run of either direction.
struct Job<'a> {
    winograd: &'a Winograd,
    x: PixelsIn<'a>,
    bias: &'a [f32],
    epilogue: Epilogue<'a>,
    out: PixelsOut<'a>,
}

impl Job<'_> {
    fn over_channels<T: Tiling>(self, packed: &[f32]) {
        dispatch(self.winograd.weights.width(), OverChannels::<T>::new(self, packed));
    }
}
