//! Winograd with registers that hold channels that come out.

use super::super::tile::{Run, blocks, cover, tile};
use super::input::Source;
use super::output::{Place, store_tile};
use super::transforms::{COMPONENTS, IN_TILE, PAIRS, SIDE};
use super::weights::{To, transform};
use super::{APART, Job};
use crate::aligned::Aligned;
use crate::epilogue::OutputWriter;
use crate::lanes::{Lanes, OverLanes};

/// A run, and the weights in the order in which it reads them: block after block of channels that come out.
pub(super) struct OverChannels<'a>(pub(super) Job<'a>, pub(super) &'a [f32]);

impl OverLanes for OverChannels<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Job {
            winograd: w,
            x,
            bias,
            epilogue,
            out,
        } = self.0;
        let packed = self.1;
        let mut writer = OutputWriter::<L>::new(epilogue, out.numbers);
        let source = Source { winograd: w, x };
        let nonzero = source.nonzero_mask();
        let width = w.weights.width();
        let widest = width.block() * L::COUNT;
        let group = w.group(widest);
        let pitches = [w.channels, widest].map(|channels| group * channels + APART);
        let mut transformed = Aligned::zeros(COMPONENTS * pitches[0]);
        let mut products = Aligned::zeros(COMPONENTS * pitches[1]);
        let mut patch = Aligned::zeros(COMPONENTS * w.channels);
        let mut weights = Aligned::zeros(2 * IN_TILE * (w.channels * widest + APART));
        for first in (0..w.tiles()).step_by(group) {
            let here = group.min(w.tiles() - first);
            for tile in 0..here {
                let to = &mut transformed[tile * w.channels..];
                source.transform::<L>(w.place(first + tile), &mut patch, to, pitches[0]);
            }
            let numbers = SIDE * SIDE * w.channels;
            let mut channel = 0;
            for registers in blocks(w.out_channels, width) {
                let length = registers * L::COUNT;
                let block = Block {
                    packed: &packed[numbers * channel..][..numbers * length],
                    channels: w.channels,
                    tiles: here,
                    pitches,
                };
                match registers {
                    1 => block.run::<L, 1>(&transformed, &mut weights, &mut products),
                    2 => block.run::<L, 2>(&transformed, &mut weights, &mut products),
                    _ => block.run::<L, 3>(&transformed, &mut weights, &mut products),
                }
                for tile in 0..here {
                    let place = Place {
                        pixel: w.place(first + tile),
                        pixel_pitch: out.pitch,
                        channels: channel..channel + length,
                    };
                    let products = &products[tile * length..];
                    store_tile(w, products, pitches[1], place, bias, nonzero.as_deref(), &mut writer);
                }
                channel += length;
            }
        }
    }
}

/// Some registers of channels that come out.
struct Block<'a> {
    packed: &'a [f32],
    /// That go in.
    channels: usize,
    tiles: usize,
    /// From one component of the tiles to the next, in what goes in and in what comes out.
    pitches: [usize; 2],
}

impl Block<'_> {
    /// Each component of every tile: `[tiles, channels]` of `x` by `[channels, K registers]`, for which `weights` is room, two
    /// lines of components at a time; gives `[tiles, K registers]`.
    #[inline(always)]
    fn run<L: Lanes, const K: usize>(&self, x: &[f32], weights: &mut [f32], out: &mut [f32]) {
        let row = K * L::COUNT;
        let rows = self.channels * row;
        let pitch = rows + APART;
        for (pair, lines) in PAIRS.into_iter().enumerate() {
            transform::<L, K, false>(pair, self.packed, weights, To { pitch, row });
            for (place, line) in lines.into_iter().enumerate() {
                for column in 0..IN_TILE {
                    let component = line * IN_TILE + column;
                    multiply::<L, K>(
                        &x[component * self.pitches[0]..],
                        [self.tiles, self.channels],
                        &weights[(place * IN_TILE + column) * pitch..][..rows],
                        &mut out[component * self.pitches[1]..],
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
fn multiply<L: Lanes, const K: usize>(x: &[f32], [tiles, channels]: [usize; 2], weights: &[f32], out: &mut [f32]) {
    let run = [Run {
        offset: 0,
        length: channels,
    }];
    macro_rules! each {
        ($tiles:literal, $x:ident) => {{
            let sums = tile::<L, $tiles, K>(&x[$x * channels..], channels, &run, weights, [L::splat(0.0); K]);
            for (p, sums) in sums.into_iter().enumerate() {
                let out = &mut out[($x + p) * K * L::COUNT..];
                for (j, sum) in sums.into_iter().enumerate() {
                    sum.store(&mut out[j * L::COUNT..]);
                }
            }
            $tiles
        }};
    }
    cover!(L, K, tiles, each);
}
