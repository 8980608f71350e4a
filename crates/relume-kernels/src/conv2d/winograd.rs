//! 3×3 convolutions of stride 1 with a quarter of the multiplications: Winograd's minimal filtering F(4×4, 3×3), after
//! Lavin and Gray 2015 (arXiv 1509.09308).
//!
//! The picture is cut into tiles of 6×6 pixels that overlap by two. Each is transformed (Bᵀ d B), which leaves 36
//! independent products of channels by weights (themselves transformed, G g Gᵀ), and what they give is transformed back to
//! 4×4 pixels (Aᵀ m A). The way back is the same with flipped taps, channels in and out swapped.
//!
//! Half of the weights' transform is done when they are packed, the other half in every run, for a few rows of products at
//! a time, which the nearest caches hold: kept transformed they would be four times as many as before, not twice, and
//! fetching them took longer than computing them does.
//!
//! The interpolation points are 0, ±√½, ±√2 and infinity. With the usual ±1 and ±2 the error is several times as large
//! (6.6·10⁻⁶ instead of 1.3·10⁻⁶ of the largest value, 96 channels of random numbers): their powers are further apart.

use std::mem::MaybeUninit;

use super::aligned::Aligned;
use super::finish::{Finish, Sink};
use super::pack::{self, Weights};
use super::passes::Passes;
use super::products::{APART, Block};
use super::tile::blocks;
use super::transforms::{COMPONENTS, GIVES, SIDE, TAKES, transform_in, transform_out};
use crate::geometry::Geometry;
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// How many tiles go through the three steps together: what they need between the steps should stay in the cache.
const GROUP: usize = 32;

/// One direction, weights packed.
#[derive(Debug)]
pub(super) struct Winograd {
    width: Width,
    channels: usize,
    input: [usize; 2],
    /// Zeros above and to the left.
    border: [usize; 2],
    out_channels: usize,
    output: [usize; 2],
    /// See [`pack::half_transformed`].
    weights: Aligned,
}

impl Winograd {
    /// Whether the way is here: single steps, and registers filled by channels.
    pub(super) fn suits(g: &Geometry, passes: &Passes, width: Width) -> bool {
        let full = |channels: usize| channels.is_multiple_of(width.count());
        // On its way back a padding of more than two leaves out border pixels, which a tile here would begin with.
        let from_the_corner = passes
            .passes
            .first()
            .is_some_and(|pass| pass.taps.first().is_some_and(|tap| tap.offset == 0));
        g.kernel == [3, 3]
            && g.stride == [1, 1]
            && g.dilation == [1, 1]
            && full(passes.channels)
            && full(passes.out_channels)
            && passes.output.iter().all(|&size| size >= GIVES)
            && from_the_corner
    }

    pub(super) fn new(width: Width, passes: &Passes, weights: Weights<'_>) -> Self {
        let sizes @ [channels, out_channels] = [passes.channels, passes.out_channels];
        // The taps in the order in which they lie in the source: the way back reads them flipped.
        let taps = passes.passes[0].tap_indices();
        let taps = taps.as_slice().try_into().expect("nine taps");
        let weights = pack::half_transformed(weights, taps, sizes, width);
        Self {
            width,
            channels,
            input: passes.input,
            border: [passes.border[0], passes.border[1]],
            out_channels,
            output: passes.output,
            weights,
        }
    }

    /// `x` has no border; `bias` is one number an output channel, or nothing.
    pub(super) fn run(&self, x: &[f32], bias: &[f32], finish: Finish<'_>, out: &mut [MaybeUninit<f32>]) {
        let none;
        let bias = if bias.is_empty() {
            none = vec![0.0; self.out_channels];
            &none
        } else {
            bias
        };
        dispatch(
            self.width,
            Job {
                winograd: self,
                x,
                bias,
                finish,
                out,
            },
        );
    }

    /// Numbers that come out.
    pub(super) const fn output_len(&self) -> usize {
        self.output[0] * self.output[1] * self.out_channels
    }

    /// Tiles down and across.
    fn tiles(&self) -> [usize; 2] {
        self.output.map(|size| size.div_ceil(GIVES))
    }
}

struct Job<'a> {
    winograd: &'a Winograd,
    x: &'a [f32],
    bias: &'a [f32],
    finish: Finish<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let w = self.winograd;
        let mut sink = Sink::<L>::new(self.finish, self.out);
        let source = Source { winograd: w, x: self.x };
        let alive = source.alive();
        let [down, across] = w.tiles();
        let count = down * across;
        let group = GROUP.min(count);
        let pitches = [w.channels, w.out_channels].map(|channels| group * channels + APART);
        let mut taken = Aligned::zeros(COMPONENTS * pitches[0]);
        let mut given = Aligned::zeros(COMPONENTS * pitches[1]);
        let mut patch = Aligned::zeros(COMPONENTS * w.channels);
        let mut weights = Aligned::zeros(TAKES * (w.channels * w.width.block() * L::COUNT + APART));
        for first in (0..count).step_by(group) {
            let here = group.min(count - first);
            for tile in 0..here {
                let [y, x] = [(first + tile) / across * GIVES, (first + tile) % across * GIVES];
                source.take::<L>([y, x], &mut patch, &mut taken[tile * w.channels..], pitches[0]);
            }
            let mut kernels = &*w.weights;
            let mut to = 0;
            for registers in blocks(w.out_channels, w.width) {
                let (packed, rest) = kernels.split_at(TAKES * SIDE * w.channels * registers * L::COUNT);
                kernels = rest;
                let block = Block {
                    packed,
                    channels: w.channels,
                    tiles: here,
                    pitches,
                    out_channels: w.out_channels,
                };
                let out = &mut given[to..];
                match registers {
                    1 => block.run::<L, 1>(&taken, &mut weights, out),
                    2 => block.run::<L, 2>(&taken, &mut weights, out),
                    _ => block.run::<L, 3>(&taken, &mut weights, out),
                }
                to += registers * L::COUNT;
            }
            for tile in 0..here {
                let [y, x] = [(first + tile) / across * GIVES, (first + tile) % across * GIVES];
                let given = &given[tile * w.out_channels..];
                give(w, given, pitches[1], [y, x], self.bias, alive.as_deref(), &mut sink);
            }
        }
    }
}

/// What tiles are taken from.
struct Source<'a> {
    winograd: &'a Winograd,
    x: &'a [f32],
}

impl Source<'_> {
    /// For each output pixel whether anything but zeros reaches it; `None` if that is so everywhere. The transforms turn
    /// an exact zero beside other numbers into rounding, of either sign, which a rule would let pass as a signal.
    fn alive(&self) -> Option<Vec<bool>> {
        let w = self.winograd;
        let [height, width] = w.input;
        let source: Vec<bool> = self
            .x
            .chunks_exact(w.channels)
            .map(|pixel| pixel.iter().any(|&value| value != 0.0))
            .collect();
        if source.iter().all(|&alive| alive) {
            return None;
        }
        let [top, left] = w.border;
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
        let [rows, columns] = w.output;
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
    fn take<L: Lanes>(&self, [y, x]: [usize; 2], patch: &mut [f32], to: &mut [f32], pitch: usize) {
        let w = self.winograd;
        let channels = w.channels;
        let [height, width] = w.input;
        let [top, left] = w.border;
        let inside = y >= top && x >= left && y - top + TAKES <= height && x - left + TAKES <= width;
        let (from, row) = if inside {
            (&self.x[((y - top) * width + x - left) * channels..], width * channels)
        } else {
            // What lies beyond the picture is zero.
            for line in 0..TAKES {
                for column in 0..TAKES {
                    let patch = &mut patch[(line * TAKES + column) * channels..][..channels];
                    let at = [(y + line).wrapping_sub(top), (x + column).wrapping_sub(left)];
                    if at[0] < height && at[1] < width {
                        patch.copy_from_slice(&self.x[(at[0] * width + at[1]) * channels..][..channels]);
                    } else {
                        patch.fill(0.0);
                    }
                }
            }
            (&*patch, TAKES * channels)
        };
        for channel in (0..channels).step_by(L::COUNT) {
            let mut lines = [[L::splat(0.0); TAKES]; TAKES];
            for (column, line) in lines.iter_mut().enumerate() {
                *line = transform_in(core::array::from_fn(|y| {
                    L::load(&from[y * row + column * channels + channel..])
                }));
            }
            for y in 0..TAKES {
                let line = transform_in(core::array::from_fn(|x| lines[x][y]));
                for (x, value) in line.into_iter().enumerate() {
                    value.store(&mut to[(y * TAKES + x) * pitch + channel..]);
                }
            }
        }
    }
}

/// Transforms one tile's products back and stores the pixels that lie in the picture.
#[inline(always)]
fn give<L: Lanes>(
    w: &Winograd,
    from: &[f32],
    pitch: usize,
    [y, x]: [usize; 2],
    bias: &[f32],
    alive: Option<&[bool]>,
    sink: &mut Sink<'_, L>,
) {
    let [height, width] = w.output;
    let (rows, columns) = (GIVES.min(height - y), GIVES.min(width - x));
    for channel in (0..w.out_channels).step_by(L::COUNT) {
        let bias = L::load(&bias[channel..]);
        let mut lines = [[L::splat(0.0); GIVES]; TAKES];
        for (column, line) in lines.iter_mut().enumerate() {
            *line = transform_out(core::array::from_fn(|y| {
                L::load(&from[(y * TAKES + column) * pitch + channel..])
            }));
        }
        for (line, y) in (y..y + rows).enumerate() {
            let mut pixels = transform_out(core::array::from_fn(|x| lines[x][line])).map(|pixel| [pixel.add(bias)]);
            if let Some(alive) = alive {
                let alive = &alive[y * width + x..][..columns];
                for (pixel, _) in pixels.iter_mut().zip(alive).filter(|(_, alive)| !**alive) {
                    *pixel = [bias];
                }
            }
            let at = (y * width + x) * w.out_channels + channel;
            if columns == GIVES {
                sink.put(pixels, at, w.out_channels, L::COUNT);
            } else {
                for (column, pixel) in pixels.into_iter().enumerate().take(columns) {
                    sink.put([pixel], at + column * w.out_channels, 0, L::COUNT);
                }
            }
        }
    }
}
