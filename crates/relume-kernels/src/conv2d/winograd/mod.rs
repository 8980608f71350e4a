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

mod gemm;
mod transforms;

use std::mem::MaybeUninit;
use std::sync::Arc;

use self::gemm::{APART, Block};
use self::transforms::{COMPONENTS, IN_TILE, OUT_TILE, SIDE, input_transform, output_transform};
use super::algorithm::Direction;
use super::packed::PackedWeights;
use super::phases::PhasePlan;
use super::tile::blocks;
use crate::aligned::Aligned;
use crate::epilogue::{Epilogue, OutputWriter};
use crate::geometry::Geometry;
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// How many tiles go through the three steps together: what they need between the steps should stay in the cache.
const GROUP: usize = 32;

/// One direction.
#[derive(Debug)]
pub(super) struct Winograd {
    direction: Direction,
    /// In the order in which they lie in the source: the backward pass reads them flipped.
    taps: Vec<usize>,
    channels: usize,
    input: [usize; 2],
    /// Zeros above and to the left.
    border: [usize; 2],
    out_channels: usize,
    output: [usize; 2],
    weights: Arc<PackedWeights>,
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
        Self {
            direction,
            taps: plan.phases[0].tap_indices(),
            channels: plan.channels,
            input: plan.input,
            border: [plan.border[0], plan.border[1]],
            out_channels: plan.out_channels,
            output: plan.output,
            weights,
        }
    }

    /// `x` has no border; `bias` is one number an output channel, or nothing.
    pub(super) fn run(&self, x: &[f32], bias: &[f32], epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
        let none;
        let bias = if bias.is_empty() {
            none = vec![0.0; self.out_channels];
            &none
        } else {
            bias
        };
        assert_eq!(out.len(), self.output[0] * self.output[1] * self.out_channels);
        let job = Job {
            winograd: self,
            x,
            bias,
            epilogue,
            out,
        };
        dispatch(self.weights.width(), job);
    }

    /// Tiles down and across.
    fn tiles(&self) -> [usize; 2] {
        self.output.map(|size| size.div_ceil(OUT_TILE))
    }
}

struct Job<'a> {
    winograd: &'a Winograd,
    x: &'a [f32],
    bias: &'a [f32],
    epilogue: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let w = self.winograd;
        let mut writer = OutputWriter::<L>::new(self.epilogue, self.out);
        let source = Source { winograd: w, x: self.x };
        let nonzero = source.nonzero_mask();
        let [down, across] = w.tiles();
        // The first output row and column that a tile gives.
        let place = |tile: usize| [tile / across * OUT_TILE, tile % across * OUT_TILE];
        let count = down * across;
        let group = GROUP.min(count);
        let pitches = [w.channels, w.out_channels].map(|channels| group * channels + APART);
        let mut transformed = Aligned::zeros(COMPONENTS * pitches[0]);
        let mut products = Aligned::zeros(COMPONENTS * pitches[1]);
        let mut patch = Aligned::zeros(COMPONENTS * w.channels);
        let width = w.weights.width();
        let rows = w.channels * width.block() * L::COUNT;
        let mut weights = Aligned::zeros(2 * IN_TILE * (rows + APART));
        let mut swapped = match w.direction {
            Direction::Forward => Aligned::uninit(0),
            Direction::Backward => Aligned::uninit(SIDE * SIDE * rows),
        };
        for first in (0..count).step_by(group) {
            let here = group.min(count - first);
            for tile in 0..here {
                let to = &mut transformed[tile * w.channels..];
                source.transform::<L>(place(first + tile), &mut patch, to, pitches[0]);
            }
            let mut to = 0;
            for registers in blocks(w.out_channels, width) {
                let length = registers * L::COUNT;
                let numbers = SIDE * SIDE * w.channels;
                let packed = match w.direction {
                    Direction::Forward => &w.weights.forward()[numbers * to..][..numbers * length],
                    Direction::Backward => {
                        w.weights
                            .swap(0, &w.taps, to..to + length, &mut swapped[..numbers * length])
                    }
                };
                let block = Block {
                    packed,
                    channels: w.channels,
                    tiles: here,
                    pitches,
                    out_channels: w.out_channels,
                };
                let out = &mut products[to..];
                match registers {
                    1 => block.run::<L, 1>(&transformed, &mut weights, out),
                    2 => block.run::<L, 2>(&transformed, &mut weights, out),
                    _ => block.run::<L, 3>(&transformed, &mut weights, out),
                }
                to += length;
            }
            for tile in 0..here {
                let (products, at) = (&products[tile * w.out_channels..], place(first + tile));
                store_tile(w, products, pitches[1], at, self.bias, nonzero.as_deref(), &mut writer);
            }
        }
    }
}

/// The picture that tiles are taken from.
struct Source<'a> {
    winograd: &'a Winograd,
    x: &'a [f32],
}

impl Source<'_> {
    /// For each output pixel whether anything but zeros reaches it; `None` if that is so everywhere. The transforms turn an
    /// exact zero beside other numbers into rounding, of either sign, which a rule would let pass as a signal.
    fn nonzero_mask(&self) -> Option<Vec<bool>> {
        let w = self.winograd;
        let [height, width] = w.input;
        let source: Vec<bool> = self
            .x
            .chunks_exact(w.channels)
            .map(|pixel| pixel.iter().any(|&value| value != 0.0))
            .collect();
        let [top, left] = w.border;
        let [rows, columns] = w.output;
        // With a wider border the first pixels, or the last, see nothing but the border.
        let sees_the_picture = top < SIDE && left < SIDE && rows <= top + height && columns <= left + width;
        if sees_the_picture && source.iter().all(|&nonzero| nonzero) {
            return None;
        }
        let reached = |y: usize, x: usize| {
            (0..3).any(|dy| {
                let y = (y + dy).wrapping_sub(top);
                y < height
                    && (0..3).any(|dx| {
                        let x = (x + dx).wrapping_sub(left);
                        x < width && source[y * width + x]
                    })
            })
        };
        Some(
            (0..rows)
                .flat_map(|y| (0..columns).map(move |x| (y, x)))
                .map(|(y, x)| reached(y, x))
                .collect(),
        )
    }

    /// Transforms the tile that gives output row `y` and column `x` on: component after component into `to`, `pitch`
    /// apart.
    #[inline(always)]
    fn transform<L: Lanes>(&self, [y, x]: [usize; 2], patch: &mut [f32], to: &mut [f32], pitch: usize) {
        let w = self.winograd;
        let channels = w.channels;
        let [height, width] = w.input;
        let [top, left] = w.border;
        let inside = y >= top && x >= left && y - top + IN_TILE <= height && x - left + IN_TILE <= width;
        let (from, row) = if inside {
            (&self.x[((y - top) * width + x - left) * channels..], width * channels)
        } else {
            // What lies beyond the picture is zero.
            for line in 0..IN_TILE {
                for column in 0..IN_TILE {
                    let patch = &mut patch[(line * IN_TILE + column) * channels..][..channels];
                    let at = [(y + line).wrapping_sub(top), (x + column).wrapping_sub(left)];
                    if at[0] < height && at[1] < width {
                        patch.copy_from_slice(&self.x[(at[0] * width + at[1]) * channels..][..channels]);
                    } else {
                        patch.fill(0.0);
                    }
                }
            }
            (&*patch, IN_TILE * channels)
        };
        for channel in (0..channels).step_by(L::COUNT) {
            let mut lines = [[L::splat(0.0); IN_TILE]; IN_TILE];
            for (column, line) in lines.iter_mut().enumerate() {
                *line = input_transform(core::array::from_fn(|y| {
                    L::load(&from[y * row + column * channels + channel..])
                }));
            }
            for y in 0..IN_TILE {
                let line = input_transform(core::array::from_fn(|x| lines[x][y]));
                for (x, value) in line.into_iter().enumerate() {
                    value.store(&mut to[(y * IN_TILE + x) * pitch + channel..]);
                }
            }
        }
    }
}

/// Transforms one tile's products to pixels and stores those that lie in the picture.
#[inline(always)]
fn store_tile<L: Lanes>(
    w: &Winograd,
    from: &[f32],
    pitch: usize,
    [y, x]: [usize; 2],
    bias: &[f32],
    nonzero: Option<&[bool]>,
    writer: &mut OutputWriter<'_, L>,
) {
    let [height, width] = w.output;
    let (rows, columns) = (OUT_TILE.min(height - y), OUT_TILE.min(width - x));
    for channel in (0..w.out_channels).step_by(L::COUNT) {
        let bias = L::load(&bias[channel..]);
        let mut lines = [[L::splat(0.0); OUT_TILE]; IN_TILE];
        for (column, line) in lines.iter_mut().enumerate() {
            *line = output_transform(core::array::from_fn(|y| {
                L::load(&from[(y * IN_TILE + column) * pitch + channel..])
            }));
        }
        for (line, y) in (y..y + rows).enumerate() {
            let mut pixels = output_transform(core::array::from_fn(|x| lines[x][line])).map(|pixel| [pixel.add(bias)]);
            if let Some(nonzero) = nonzero {
                let nonzero = &nonzero[y * width + x..][..columns];
                for (pixel, _) in pixels.iter_mut().zip(nonzero).filter(|(_, nonzero)| !**nonzero) {
                    *pixel = [bias];
                }
            }
            let at = (y * width + x) * w.out_channels + channel;
            if columns == OUT_TILE {
                writer.put(pixels, at, w.out_channels, L::COUNT);
            } else {
                for (column, pixel) in pixels.into_iter().enumerate().take(columns) {
                    writer.put([pixel], at + column * w.out_channels, 0, L::COUNT);
                }
            }
        }
    }
}
