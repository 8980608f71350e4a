//! 3×3 convolutions of stride 1 with a quarter of the multiplications: Winograd's minimal filtering F(4×4, 3×3), after
//! Lavin and Gray 2015 (arXiv 1509.09308).
//!
//! The picture is cut into tiles of 6×6 pixels that overlap by two. Each is transformed (Bᵀ d B), which leaves 36
//! independent products of channels by weights (themselves transformed, G g Gᵀ), and what they give is transformed back to
//! 4×4 pixels (Aᵀ m A). The backward pass is the same with flipped taps, channels in and out swapped.
//!
//! The weights are transformed in every run, for a few channels and two lines of products at a time, which the nearest caches
//! hold: kept transformed they would be four times as many, and fetching them took longer than computing them does.
//!
//! The interpolation points are 0, ±√½, ±√2 and infinity. With the usual ±1 and ±2 the error is several times as large
//! (6.6·10⁻⁶ instead of 1.3·10⁻⁶ of the largest value, 96 channels of random numbers): their powers are further apart.

mod input;
mod output;
mod over_channels;
mod over_tiles;
mod transforms;
mod weights;

use std::sync::Arc;

use self::over_channels::OverChannels;
use self::over_tiles::OverTiles;
use self::transforms::{COMPONENTS, OUT_TILE, SIDE};
use super::algorithm::Direction;
use super::packed::PackedWeights;
use super::phases::PhasePlan;
use crate::epilogue::Epilogue;
use crate::geometry::Geometry;
use crate::lanes::{Width, dispatch};
use crate::pixels::{PixelsIn, PixelsOut};

/// The fewest tiles that go through the three steps together, if there are as many.
const GROUP: usize = 32;
/// The most numbers that they need between the steps, if they are more than [`GROUP`]: 640 KiB.
const CACHED: usize = 160 << 10;
/// Numbers between one component's and the next, a line of the cache: some of their sizes are multiples of 4 KiB, and what
/// is so far apart has the same few places in a first-level cache. Without it All-CNN-C took four per cent longer.
const APART: usize = 16;

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
    weights: Arc<PackedWeights>,
}

/// How the weights are read.
#[derive(Debug)]
enum Way {
    /// As the forward pass wants them.
    AsPacked,
    /// For the backward pass their rows become columns, and the other way round. `taps` are in the order in which they lie in the
    /// source, flipped.
    TransposedWeights { taps: Vec<usize> },
    /// In the backward pass, too, as the forward pass wants them: where there are more weights than numbers in tiles, the tiles are
    /// transposed instead.
    TransposedTiles,
}

impl Winograd {
    /// Whether it computes this direction: steps of one pixel, and registers filled by channels.
    pub(super) fn suits(g: &Geometry, plan: &PhasePlan, width: Width) -> bool {
        let full = |channels: usize| channels.is_multiple_of(width.count());
        // In the backward pass a padding of more than two leaves out border pixels, which a tile here would begin with.
        let from_the_corner = plan
            .phases
            .first()
            .is_some_and(|phase| phase.taps.first().is_some_and(|tap| tap.offset == 0));
        g.kernel == [3, 3]
            && g.stride == [1, 1]
            && g.dilation == [1, 1]
            && full(plan.channels)
            && full(plan.out_channels)
            && plan.output.iter().all(|&size| size >= OUT_TILE)
            && from_the_corner
    }

    pub(super) fn new(direction: Direction, plan: &PhasePlan, weights: Arc<PackedWeights>) -> Self {
        let weight_count = SIDE * SIDE * plan.channels * plan.out_channels;
        let tiles: usize = plan.output.iter().map(|size| size.div_ceil(OUT_TILE)).product();
        let way = match direction {
            Direction::Forward => Way::AsPacked,
            Direction::Backward if weight_count > tiles * COMPONENTS * (plan.channels + plan.out_channels) => {
                Way::TransposedTiles
            }
            Direction::Backward => Way::TransposedWeights {
                taps: plan.phases[0].tap_indices(),
            },
        };
        Self {
            way,
            channels: plan.channels,
            input: plan.input,
            border: [plan.border[0], plan.border[1]],
            out_channels: plan.out_channels,
            output: plan.output,
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
        let width = self.weights.width();
        match &self.way {
            Way::AsPacked => dispatch(width, OverChannels(job, self.weights.forward())),
            Way::TransposedWeights { taps } => dispatch(width, OverChannels(job, &self.weights.backward(taps))),
            Way::TransposedTiles => dispatch(width, OverTiles(job)),
        }
    }

    /// How many tiles there are.
    fn tiles(&self) -> usize {
        self.output.iter().map(|size| size.div_ceil(OUT_TILE)).product()
    }

    /// The first output row and column that a tile gives.
    fn place(&self, tile: usize) -> [usize; 2] {
        let across = self.output[1].div_ceil(OUT_TILE);
        [tile / across * OUT_TILE, tile % across * OUT_TILE]
    }

    /// How many tiles go through the three steps together, if `channels` come out at once: as many as a cache holds, at least
    /// [`GROUP`], since the weights are transformed anew for each group.
    fn group(&self, channels: usize) -> usize {
        let most = (CACHED / (COMPONENTS * (self.channels + channels))).max(GROUP);
        let groups = self.tiles().div_ceil(most);
        self.tiles().div_ceil(groups)
    }
}

/// One run of either direction.
struct Job<'a> {
    winograd: &'a Winograd,
    x: PixelsIn<'a>,
    bias: &'a [f32],
    epilogue: Epilogue<'a>,
    out: PixelsOut<'a>,
}
