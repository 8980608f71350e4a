//! 3×3 convolutions of stride 1 with a quarter of the multiplications: Winograd's minimal filtering F(4×4, 3×3), after
//! Lavin and Gray 2015 (arXiv 1509.09308).
//!
//! The picture is cut into tiles of 6×6 pixels that overlap by two. Each is transformed (Bᵀ d B), which leaves 36
//! independent products of channels by weights (themselves transformed, G g Gᵀ), and what they give is transformed back to
//! 4×4 pixels (Aᵀ m A). The way back is the same with flipped taps, channels in and out swapped.
//!
//! The weights are transformed anew in every run, a block of channels at a time: kept, they would be four times as many,
//! more than a core's cache holds, and fetching them took longer than computing them does.
//!
//! The interpolation points are 0, ±√½, ±√2 and infinity. With the usual ±1 and ±2 the error is three to four times as
//! large (6.6·10⁻⁶ instead of 1.6·10⁻⁶ of the largest value, 96 channels of random numbers): their powers are further
//! apart.

use std::mem::MaybeUninit;

use super::aligned::Aligned;
use super::finish::{Finish, Sink};
use super::pack::{self, Weights};
use super::passes::Passes;
use super::tile::{Run, blocks, cover, tile};
use super::transforms::{COMPONENTS, GIVES, SIDE, TAKES, transform_in, transform_out, transform_taps};
use crate::geometry::Geometry;
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// How many tiles go through the three steps together: what they need between the steps should stay in the cache.
const GROUP: usize = 32;

const APART: usize = 16;

/// The most channels that go in: what a block's weights become should stay in the cache.
const MOST_CHANNELS: usize = 1 << 10;

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
            && passes.channels <= MOST_CHANNELS
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

/// Some registers of channels that come out.
struct Block<'a> {
    /// As [`pack::half_transformed`] leaves them.
    packed: &'a [f32],
    /// That go in.
    channels: usize,
    tiles: usize,
    /// From one component of the tiles to the next, in what goes in and in what comes out.
    pitches: [usize; 2],
    /// That come out of all blocks.
    out_channels: usize,
}

impl Block<'_> {
    /// Each component of every tile: `[tiles, channels]` of `x` by `[channels, K registers]`, for which `weights` is room, a
    /// line of components at a time.
    #[inline(always)]
    fn run<L: Lanes, const K: usize>(&self, x: &[f32], weights: &mut [f32], out: &mut [f32]) {
        let rows = self.channels * K * L::COUNT;
        let pitch = rows + APART;
        for (line, packed) in self.packed.chunks_exact(SIDE * rows).enumerate() {
            transform_line::<L, K>(packed, self.channels, weights, pitch);
            for column in 0..TAKES {
                let component = line * TAKES + column;
                multiply_block::<L, K>(
                    &x[component * self.pitches[0]..],
                    self.tiles,
                    self.channels,
                    &weights[column * pitch..][..rows],
                    &mut out[component * self.pitches[1]..],
                    self.out_channels,
                );
            }
        }
    }
}

/// The weights of a block and a line of components: component after component, `pitch` apart, in each a row of the block's
/// channels for every channel that goes in.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(
    all(target_arch = "wasm32", feature = "relaxed-simd"),
    target_feature(enable = "relaxed-simd")
)]
fn transform_line<L: Lanes, const K: usize>(packed: &[f32], channels: usize, to: &mut [f32], pitch: usize) {
    let row = K * L::COUNT;
    assert!(
        packed.len() == SIDE * channels * row && to.len() >= (TAKES - 1) * pitch + channels * row,
        "three numbers become six"
    );
    let (mut from, mut to) = (packed.as_ptr(), to.as_mut_ptr());
    for _ in 0..channels {
        for _ in 0..K {
            // SAFETY: `from` has been moved by whole kernels, `to` by as many registers, and both by less than all; what
            // is read lies in the same kernels, what is written in the same row of each component. The sizes were
            // asserted.
            unsafe {
                let values = transform_taps(core::array::from_fn(|x| L::load_at(from.add(x * row))));
                for (component, value) in values.into_iter().enumerate() {
                    value.store_at(to.add(component * pitch));
                }
                from = from.add(L::COUNT);
                to = to.add(L::COUNT);
            }
        }
        // SAFETY: behind the first number's row lie those of the others.
        from = unsafe { from.add((SIDE - 1) * row) };
    }
}

// A function of its own in WebAssembly: V8 runs out of patience, and then of registers, in one that holds everything.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(
    all(target_arch = "wasm32", feature = "relaxed-simd"),
    target_feature(enable = "relaxed-simd")
)]
fn multiply_block<L: Lanes, const K: usize>(
    x: &[f32],
    tiles: usize,
    channels: usize,
    weights: &[f32],
    out: &mut [f32],
    out_channels: usize,
) {
    let run = [Run {
        offset: 0,
        length: channels,
    }];
    macro_rules! each {
        ($tiles:literal, $x:ident) => {{
            let sums = tile::<L, $tiles, K>(&x[$x * channels..], channels, &run, weights, [L::splat(0.0); K]);
            for (p, sums) in sums.into_iter().enumerate() {
                let out = &mut out[($x + p) * out_channels..];
                for (j, sum) in sums.into_iter().enumerate() {
                    sum.store(&mut out[j * L::COUNT..]);
                }
            }
            $tiles
        }};
    }
    cover!(L, K, tiles, each);
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
