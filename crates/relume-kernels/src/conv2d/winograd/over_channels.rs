//! Winograd with registers that hold channels that come out.

use std::marker::PhantomData;

use super::super::tile::{Run, blocks, cover, tile};
use super::Job;
use super::input::Source;
use super::output;
use super::products::{APART, Products};
use super::tiling::Tiling;
use super::transforms::{LINE, PAIRS, SIDE};
use super::weights::{To, transform};
use crate::aligned::Aligned;
use crate::epilogue::OutputWriter;
use crate::lanes::{Lanes, OverLanes};

/// A run, and the weights in the order in which it reads them: block after block of channels that come out.
pub(super) struct OverChannels<'a, T> {
    job: Job<'a>,
    packed: &'a [f32],
    tiling: PhantomData<T>,
}

impl<'a, T> OverChannels<'a, T> {
    pub(super) const fn new(job: Job<'a>, packed: &'a [f32]) -> Self {
        Self {
            job,
            packed,
            tiling: PhantomData,
        }
    }
}

impl<T: Tiling> OverLanes for OverChannels<'_, T> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Job {
            winograd: w,
            x,
            bias,
            epilogue,
            out,
        } = self.job;
        let mut writer = OutputWriter::<L>::new(epilogue, out.numbers);
        let source = Source { winograd: w, x };
        let nonzero = source.nonzero_mask(T::reads);
        let width = w.weights.width();
        let widest = width.block() * L::COUNT;
        let group = w.group::<T>(widest);
        let [factors, products] = [w.channels, widest].map(|channels| Products::new(group, T::LAST, channels, APART));
        let mut transformed = Aligned::zeros(factors.len());
        let mut multiplied = Aligned::zeros(products.len());
        let mut patch = Aligned::zeros(T::TAKES * T::TAKES * w.channels);
        let mut weights = Aligned::zeros(2 * LINE * (w.channels * widest + APART));
        let tiles = w.tiles::<T>();
        for first in (0..tiles).step_by(group) {
            let here = group.min(tiles - first);
            for number in 0..here {
                let at = w.place::<T>(first + number).map(|at| at * T::STEP);
                let tile = source.tile(at, T::TAKES, number, &mut patch);
                T::transform::<L>(&tile, &factors, &mut transformed);
            }
            let numbers = SIDE * SIDE * w.channels;
            let mut channel = 0;
            for registers in blocks(w.out_channels, width) {
                let length = registers * L::COUNT;
                let block = Block {
                    packed: &self.packed[numbers * channel..][..numbers * length],
                    tiles: here,
                    factors,
                    products: products.narrowed(length),
                };
                match registers {
                    1 => block.run::<T, L, 1>(&transformed, &mut weights, &mut multiplied),
                    2 => block.run::<T, L, 2>(&transformed, &mut weights, &mut multiplied),
                    // Not compiled where no block is as wide.
                    _ if L::WIDTH.block() >= 3 => block.run::<T, L, 3>(&transformed, &mut weights, &mut multiplied),
                    _ => unreachable!("no block is wider"),
                }
                for number in 0..here {
                    let tile = output::Tile {
                        winograd: w,
                        place: w.place::<T>(first + number),
                        number,
                        pixel_pitch: out.pitch,
                        channel,
                        bias,
                        nonzero: nonzero.as_deref(),
                    };
                    T::store::<L>(&tile, &block.products, &multiplied, &mut writer);
                }
                channel += length;
            }
        }
    }
}

/// Some registers of channels that come out.
struct Block<'a> {
    packed: &'a [f32],
    tiles: usize,
    factors: Products,
    products: Products,
}

impl Block<'_> {
    /// Each component of every tile: `[rows, channels]` of `x` by `[channels, K registers]`, for which `weights` is room, two
    /// lines of components at a time; gives `[rows, K registers]`.
    #[inline(always)]
    fn run<T: Tiling, L: Lanes, const K: usize>(&self, x: &[f32], weights: &mut [f32], out: &mut [f32]) {
        let row = K * L::COUNT;
        let channels = self.factors.channels;
        let pitch = channels * row + APART;
        for (pair, lines) in PAIRS.into_iter().enumerate() {
            transform::<T, L, false>(pair, K, self.packed, weights, To { pitch, row });
            for (place, line) in lines.into_iter().enumerate() {
                for column in 0..LINE {
                    let component = line * LINE + column;
                    multiply::<L, K>(
                        &x[self.factors.start(component)..],
                        [self.tiles * self.factors.of_tile(component), channels],
                        &weights[(place * LINE + column) * pitch..][..channels * row],
                        &mut out[self.products.start(component)..],
                    );
                }
            }
        }
    }
}

// A function of its own in WebAssembly, as in `weights.rs`.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(
    all(target_arch = "wasm32", feature = "relaxed-simd"),
    target_feature(enable = "relaxed-simd")
)]
fn multiply<L: Lanes, const K: usize>(x: &[f32], [rows, channels]: [usize; 2], weights: &[f32], out: &mut [f32]) {
    let run = [Run {
        offset: 0,
        length: channels,
    }];
    macro_rules! each {
        ($rows:literal, $x:ident) => {{
            let sums = tile::<L, $rows, K>(&x[$x * channels..], channels, &run, weights, [L::splat(0.0); K]);
            for (p, sums) in sums.into_iter().enumerate() {
                let out = &mut out[($x + p) * K * L::COUNT..];
                for (j, sum) in sums.into_iter().enumerate() {
                    sum.store(&mut out[j * L::COUNT..]);
                }
            }
            $rows
        }};
    }
    cover!(L, K, rows, each);
}
