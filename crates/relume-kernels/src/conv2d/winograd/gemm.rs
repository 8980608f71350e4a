//! The middle of Winograd's three steps: for each of the 36 components, tiles by channels times channels by channels.

use super::super::tile::{Run, cover, tile};
use super::transforms::{IN_TILE, SIDE, kernel_row_transform};
use crate::lanes::Lanes;

/// Numbers between one component's and the next, a line of the cache: some of their sizes are multiples of 4 KiB, and what
/// is so far apart has the same few places in a first-level cache. Without it All-CNN-C took four per cent longer.
pub(super) const APART: usize = 16;

/// Some registers of channels that come out.
pub(super) struct Block<'a> {
    /// As [`half_transformed`](super::super::pack::half_transformed) leaves them.
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
    /// Each component of every tile: `[tiles, channels]` of `x` by `[channels, K registers]`, for which `weights` is room, a
    /// line of components at a time.
    #[inline(always)]
    pub(super) fn run<L: Lanes, const K: usize>(&self, x: &[f32], weights: &mut [f32], out: &mut [f32]) {
        let rows = self.channels * K * L::COUNT;
        let pitch = rows + APART;
        for (line, packed) in self.packed.chunks_exact(SIDE * rows).enumerate() {
            transform_line::<L, K>(packed, self.channels, weights, pitch);
            for column in 0..IN_TILE {
                let component = line * IN_TILE + column;
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
        packed.len() == SIDE * channels * row && to.len() >= (IN_TILE - 1) * pitch + channels * row,
        "three numbers become six"
    );
    let (mut from, mut to) = (packed.as_ptr(), to.as_mut_ptr());
    for _ in 0..channels {
        for _ in 0..K {
            // SAFETY: `from` has been moved by whole kernels, `to` by as many registers, and both by less than all; what
            // is read lies in the same kernels, what is written in the same row of each component. The sizes were
            // asserted.
            unsafe {
                let values = kernel_row_transform(core::array::from_fn(|x| L::load_at(from.add(x * row))));
                for (component, value) in values.into_iter().enumerate() {
                    value.store_at(to.add(component * pitch));
                }
                from = from.add(L::COUNT);
                to = to.add(L::COUNT);
            }
        }
        // SAFETY: after the first number's row lie those of the others.
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
