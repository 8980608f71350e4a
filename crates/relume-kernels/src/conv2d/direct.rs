//! Any convolution of one group, tap by tap: a row of taps reads one run of the source (channels last), so nothing is
//! unfolded.

use std::mem::MaybeUninit;

use super::aligned::Aligned;
use super::finish::{Finish, Sink, load_part};
use super::pack::{self, Weights};
use super::passes::{Area, Pass, Passes, Places, Tap};
use super::tile::{Run, blocks, cover, tile};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// How many numbers, read and written, a core keeps close: a quarter of what second-level caches have nowadays.
const CACHED: usize = 32 * 1024;

/// The same where there are no more weights than that, so that going over them is cheap. Then a pixel's channels are written
/// soon after each other, in the order in which they lie in memory; it is memory that such layers wait for.
const CLOSE: usize = 8 * 1024;

/// One direction, weights packed.
#[derive(Debug)]
pub(super) struct Direct {
    width: Width,
    passes: Passes,
    /// For each pass.
    packed: Vec<Packed>,
}

#[derive(Debug)]
struct Packed {
    runs: Vec<Run>,
    weights: Aligned,
}

impl Direct {
    pub(super) fn new(width: Width, passes: Passes, weights: Weights<'_>) -> Self {
        let sizes @ [channels, _] = [passes.channels, passes.out_channels];
        let packed = passes
            .passes
            .iter()
            .map(|pass| Packed {
                runs: runs(pass, channels),
                weights: pack::rows(weights, &pass.tap_indices(), sizes, width),
            })
            .collect();
        Self { width, passes, packed }
    }

    pub(super) const fn passes(&self) -> &Passes {
        &self.passes
    }

    /// Whether each pixel that comes out is computed from the one in its place, and from no other.
    pub(super) fn is_pointwise(&self) -> bool {
        let Passes {
            channels,
            out_channels,
            input: [height, width],
            output,
            border,
            ..
        } = self.passes;
        let [pass] = &*self.passes.passes else {
            return false;
        };
        let places = |column| Places {
            first: 0,
            row: width * column,
            column,
        };
        border == [0; 4]
            && output == [height, width]
            && matches!(*pass.taps, [Tap { offset: 0, .. }])
            && pass.area.grid == [1, height * width]
            && (pass.area.source, pass.area.out) == (places(channels), places(out_channels))
    }

    /// As many pixels as there are in `x`, where [`is_pointwise`](Self::is_pointwise).
    pub(super) fn run_pixels(&self, x: &[f32], bias: &[f32], finish: Finish<'_>, out: &mut [MaybeUninit<f32>]) {
        assert!(self.is_pointwise());
        let pixels = x.len() / self.passes.channels;
        assert_eq!(out.len(), pixels * self.passes.out_channels);
        self.dispatch(x, bias, finish, out, Some([1, pixels]));
    }

    /// `x` has its border; `bias` is one number an output channel, or nothing.
    pub(super) fn run(&self, x: &[f32], bias: &[f32], finish: Finish<'_>, out: &mut [MaybeUninit<f32>]) {
        self.dispatch(x, bias, finish, out, None);
    }

    fn dispatch(
        &self,
        x: &[f32],
        bias: &[f32],
        finish: Finish<'_>,
        out: &mut [MaybeUninit<f32>],
        grid: Option<[usize; 2]>,
    ) {
        dispatch(
            self.width,
            Job {
                direct: self,
                grid,
                x,
                bias,
                finish,
                out,
            },
        );
    }
}

/// Neighbouring taps' numbers that follow each other are one run.
fn runs(pass: &Pass, channels: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for tap in &pass.taps {
        match runs.last_mut() {
            Some(run) if run.offset + run.length == tap.offset => run.length += channels,
            _ => runs.push(Run {
                offset: tap.offset,
                length: channels,
            }),
        }
    }
    runs
}

struct Job<'a> {
    direct: &'a Direct,
    /// Of how many pixels, if not of all that a pass has.
    grid: Option<[usize; 2]>,
    x: &'a [f32],
    bias: &'a [f32],
    finish: Finish<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let mut sink = Sink::<L>::new(self.finish, self.out);
        let Passes {
            out_channels: channels,
            passes,
            ..
        } = &self.direct.passes;
        for (pass, packed) in passes.iter().zip(&self.direct.packed) {
            if pass.taps.is_empty() {
                pass.area.pixels().for_each(|at| sink.put_nothing(at, *channels));
                continue;
            }
            let rows: usize = packed.runs.iter().map(|run| run.length).sum();
            // Every block of channels goes over the same pixels, so they should stay in the cache meanwhile.
            let cached = if packed.weights.len() <= CLOSE { CLOSE } else { CACHED };
            let area = Area {
                grid: self.grid.unwrap_or(pass.area.grid),
                ..pass.area
            };
            for area in area.split(cached / (pass.area.source.column + channels)) {
                let mut weights = &*packed.weights;
                let mut first = 0;
                for registers in blocks(*channels, self.direct.width) {
                    let (here, rest) = weights.split_at(rows * registers * L::COUNT);
                    weights = rest;
                    let block = Block {
                        area,
                        runs: &packed.runs,
                        weights: here,
                        bias: self.bias,
                        first,
                        channels: *channels,
                    };
                    first += registers * L::COUNT;
                    match registers {
                        1 => block.run::<L, 1>(self.x, &mut sink),
                        2 => block.run::<L, 2>(self.x, &mut sink),
                        _ => block.run::<L, 3>(self.x, &mut sink),
                    }
                }
            }
        }
    }
}

/// Some pixels of a pass, for a block of output channels.
struct Block<'a> {
    area: Area,
    runs: &'a [Run],
    weights: &'a [f32],
    bias: &'a [f32],
    /// Its first channel.
    first: usize,
    channels: usize,
}

impl Block<'_> {
    // A function of its own in WebAssembly: V8 runs out of patience, and then of registers, in one that holds everything.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    fn run<L: Lanes, const K: usize>(&self, x: &[f32], sink: &mut Sink<'_, L>) {
        let bias: [L; K] = core::array::from_fn(|j| {
            let from = (self.first + j * L::COUNT).min(self.bias.len());
            let to = (from + L::COUNT).min(self.bias.len());
            load_part(&self.bias[from..to])
        });
        let Area {
            grid: [rows, columns],
            source,
            out: places,
        } = self.area;
        for row in 0..rows {
            let x = &x[source.first + row * source.row..];
            let to = places.first + row * places.row;
            macro_rules! each {
                ($pixels:literal, $x:ident) => {{
                    let from = &x[$x * source.column..];
                    let sums = tile::<L, $pixels, K>(from, source.column, self.runs, self.weights, bias);
                    let at = to + $x * places.column + self.first;
                    sink.put(sums, at, places.column, self.channels - self.first);
                    $pixels
                }};
            }
            cover!(L, K, columns, each);
        }
    }
}
