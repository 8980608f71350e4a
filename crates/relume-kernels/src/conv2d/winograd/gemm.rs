//! The middle of Winograd's three steps: for each of the 36 components, tiles by channels times channels by channels.

use super::super::tile::{Run, cover, tile};
use super::transforms::{IN_TILE, PAIRS, SIDE, kernel_pair, kernel_transform};
use crate::lanes::Lanes;

/// Numbers between one component's and the next, a line of the cache: some of their sizes are multiples of 4 KiB, and what
/// is so far apart has the same few places in a first-level cache. Without it All-CNN-C took four per cent longer.
pub(super) const APART: usize = 16;

/// Some registers of channels that come out.
pub(super) struct Block<'a> {
    /// As [`Order::ByChannel`](super::super::packed::Order::ByChannel) has it.
    pub(super) packed: &'a [f32],
    /// That go in.
    pub(super) channels: usize,
    pub(super) tiles: usize,
    /// From one component of the tiles to the next, in what goes in and in what comes out.
    pub(super) pitches: [usize; 2],
    /// That come out of all blocks.
    pub(super) out_channels: usize,
}

impl Block<'_> {
    /// Each component of every tile: `[tiles, channels]` of `x` by `[channels, K registers]`, for which `weights` is room, two
    /// lines of components at a time.
    #[inline(always)]
    pub(super) fn run<L: Lanes, const K: usize>(&self, x: &[f32], weights: &mut [f32], out: &mut [f32]) {
        let rows = self.channels * K * L::COUNT;
        let pitch = rows + APART;
        for (pair, lines) in PAIRS.into_iter().enumerate() {
            match pair {
                0 => transform_pair::<L, K, 0>(self.packed, weights, pitch),
                1 => transform_pair::<L, K, 1>(self.packed, weights, pitch),
                _ => transform_pair::<L, K, 2>(self.packed, weights, pitch),
            }
            for (place, line) in lines.into_iter().enumerate() {
                for column in 0..IN_TILE {
                    let component = line * IN_TILE + column;
                    multiply_block::<L, K>(
                        &x[component * self.pitches[0]..],
                        self.tiles,
                        self.channels,
                        &weights[(place * IN_TILE + column) * pitch..][..rows],
                        &mut out[component * self.pitches[1]..],
                        self.out_channels,
                    );
                }
            }
        }
    }
}

/// The transformed weights of a block for a pair of lines: component after component, `pitch` apart, in each a row of the
/// block's channels for every channel that goes in.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(
    all(target_arch = "wasm32", feature = "relaxed-simd"),
    target_feature(enable = "relaxed-simd")
)]
fn transform_pair<L: Lanes, const K: usize, const PAIR: usize>(packed: &[f32], to: &mut [f32], pitch: usize) {
    let row = K * L::COUNT;
    let kernels = packed.chunks_exact(SIDE * SIDE * row);
    assert!(
        kernels.remainder().is_empty() && to.len() >= (2 * IN_TILE - 1) * pitch + kernels.len() * row,
        "room for two lines of whole kernels"
    );
    let mut to = to.as_mut_ptr();
    for kernels in kernels {
        for at in (0..row).step_by(L::COUNT) {
            let [mut upper, mut lower] = [[L::splat(0.0); SIDE]; 2];
            for (x, (upper, lower)) in upper.iter_mut().zip(&mut lower).enumerate() {
                let mut taps = [L::splat(0.0); SIDE];
                for (y, tap) in taps.iter_mut().enumerate() {
                    // SAFETY: a register of one tap's row, of which there are nine.
                    *tap = unsafe { L::load_at(kernels.as_ptr().add((y * SIDE + x) * row + at)) };
                }
                [*upper, *lower] = kernel_pair::<L, PAIR>(taps);
            }
            // SAFETY: `to` is moved by a register for each register of a tap's rows; that there is room for as many in each of
            // twelve components was asserted.
            unsafe {
                for (place, line) in [upper, lower].into_iter().enumerate() {
                    for (column, value) in kernel_transform(line).into_iter().enumerate() {
                        value.store_at(to.add((place * IN_TILE + column) * pitch));
                    }
                }
                to = to.add(L::COUNT);
            }
        }
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
