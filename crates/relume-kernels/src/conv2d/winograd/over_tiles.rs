//! Winograd's backward pass with registers that hold tiles. What goes in are the channels that came out of the forward pass, and a row of the packed
//! weights has those one beside the other: each weight is multiplied by a register of tiles, so that the weights need not be transposed.
//! The tiles are instead, on their way in and out; there are far fewer of them where weights are many.

use super::super::tile::{PART, blocks};
use super::input::Source;
use super::output;
use super::products::{APART, Products};
use super::tiling::{Stride1, Tiling};
use super::transforms::{COMPONENTS, LINE, PAIRS, SIDE};
use super::weights::{To, transform};
use super::{Job, Winograd};
use crate::aligned::Aligned;
use crate::epilogue::OutputWriter;
use crate::lanes::{Lanes, OverLanes, WIDEST, transpose};

/// The most registers of channels that come out of the backward pass and are computed together.
const BLOCK: usize = 3;

pub(super) struct OverTiles<'a>(pub(super) Job<'a>);

impl OverLanes for OverTiles<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Job {
            winograd: w,
            x,
            bias,
            epilogue,
            out,
        } = self.0;
        let mut writer = OutputWriter::<L>::new(epilogue, out.numbers);
        let source = Source { winograd: w, x };
        let nonzero = source.nonzero_mask(Stride1::reads);
        let widest = w.out_channels.min(BLOCK * L::COUNT);
        let group = w.group::<Stride1>(widest).next_multiple_of(L::COUNT);
        let pitches = [w.channels, widest].map(|channels| group * channels + APART);
        let mut transformed = Aligned::zeros(COMPONENTS * pitches[0]);
        let mut products = Aligned::zeros(COMPONENTS * pitches[1]);
        let mut patch = Aligned::zeros(Stride1::TAKES * Stride1::TAKES * w.channels);
        // As many tiles as a register holds, channels last.
        let some = |channels: usize| Products::new(L::COUNT, Stride1::LAST, channels, 0);
        let mut some_tiles = Aligned::zeros(COMPONENTS * L::COUNT * w.channels.max(widest));
        let whole = w.channels.next_multiple_of(L::WIDTH.block() * L::COUNT);
        let mut weights = Aligned::zeros(2 * LINE * (whole * widest + APART));
        let all = w.tiles::<Stride1>();
        for first in (0..all).step_by(group) {
            let here = group.min(all - first);
            // Those beyond the last are of no account: no other tile's products meet theirs.
            let tiles = here.next_multiple_of(L::COUNT);
            for from in (0..here).step_by(L::COUNT) {
                for tile in from..here.min(from + L::COUNT) {
                    let at = w.place::<Stride1>(first + tile).map(|at| at * Stride1::STEP);
                    let tile = source.tile(at, Stride1::TAKES, tile - from, &mut patch);
                    Stride1::transform::<L>(&tile, &some(w.channels), &mut some_tiles);
                }
                for component in 0..COMPONENTS {
                    transpose_rows::<L>(
                        &some_tiles[component * L::COUNT * w.channels..],
                        [L::COUNT, w.channels],
                        w.channels,
                        &mut transformed[component * pitches[0] + from..],
                        tiles,
                    );
                }
            }
            for channel in (0..w.out_channels).step_by(widest) {
                let length = widest.min(w.out_channels - channel);
                let rows = Rows {
                    winograd: w,
                    channel,
                    length,
                    tiles,
                    pitches,
                };
                rows.run::<L>(&transformed, &mut weights, &mut products);
                for from in (0..here).step_by(L::COUNT) {
                    for component in 0..COMPONENTS {
                        transpose_rows::<L>(
                            &products[component * pitches[1] + from..],
                            [length, L::COUNT],
                            tiles,
                            &mut some_tiles[component * L::COUNT * length..],
                            length,
                        );
                    }
                    for tile in from..here.min(from + L::COUNT) {
                        let place = output::Tile {
                            winograd: w,
                            place: w.place::<Stride1>(first + tile),
                            number: tile - from,
                            pixel_pitch: out.pitch,
                            channel,
                            bias,
                            nonzero: nonzero.as_deref(),
                        };
                        Stride1::store::<L>(&place, &some(length), &some_tiles, &mut writer);
                    }
                }
            }
        }
    }
}

/// Some channels that come out.
struct Rows<'a> {
    winograd: &'a Winograd,
    /// The first of them.
    channel: usize,
    length: usize,
    /// A multiple of what a register holds.
    tiles: usize,
    /// From one component of the tiles to the next, in what goes in and in what comes out.
    pitches: [usize; 2],
}

impl Rows<'_> {
    /// Each component: `[rows, channels]` of the weights by `[channels, tiles]` of `x`; gives `[rows, tiles]`.
    #[inline(always)]
    fn run<L: Lanes>(&self, x: &[f32], weights: &mut [f32], out: &mut [f32]) {
        let w = self.winograd;
        let width = w.weights.width();
        let row = L::WIDTH.block() * L::COUNT;
        let whole = w.channels.next_multiple_of(row);
        let pitch = whole * self.length + APART;
        let numbers = SIDE * SIDE * w.out_channels;
        for (pair, lines) in PAIRS.into_iter().enumerate() {
            let mut first = 0;
            for (block, registers) in blocks(w.channels, width).enumerate() {
                let count = registers * L::COUNT;
                let packed = &w.weights.forward()[numbers * first..][..numbers * count];
                let packed = &packed[SIDE * SIDE * count * self.channel..][..SIDE * SIDE * count * self.length];
                let weights = &mut weights[block * row * self.length..];
                transform::<Stride1, L, true>(pair, registers, packed, weights, To { pitch, row });
                first += count;
            }
            for (place, line) in lines.into_iter().enumerate() {
                for column in 0..LINE {
                    let component = line * LINE + column;
                    let weights = &weights[(place * LINE + column) * pitch..][..whole * self.length];
                    let (x, to) = (
                        &x[component * self.pitches[0]..],
                        &mut out[component * self.pitches[1]..],
                    );
                    multiply::<L>(weights, [self.length, w.channels], x, self.tiles, to);
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
fn multiply<L: Lanes>(weights: &[f32], size: [usize; 2], x: &[f32], tiles: usize, out: &mut [f32]) {
    let rows = size[0];
    let mut tile = 0;
    while tile < tiles {
        // As many sums as there are registers for, besides those for the tiles and the weights.
        macro_rules! each {
            ($rows:literal, $registers:literal, $row:ident) => {{
                let sums = products::<L, $rows, $registers>(weights, size, $row, &x[tile..], tiles);
                for (row, sums) in sums.into_iter().enumerate() {
                    for (register, sum) in sums.into_iter().enumerate() {
                        sum.store(&mut out[($row + row) * tiles + tile + register * L::COUNT..]);
                    }
                }
                $rows
            }};
        }
        let mut row = 0;
        if tile + 2 * L::COUNT <= tiles {
            while row < rows {
                row += each!(4, 2, row);
            }
            tile += 2 * L::COUNT;
        } else {
            while row < rows {
                row += match rows - row {
                    6 | 10.. => each!(6, 1, row),
                    _ => each!(4, 1, row),
                };
            }
            tile += L::COUNT;
        }
    }
}

/// The sums of `R` rows from the `first` on, for the first `T` registers of the tiles. `size`: how many rows there are in all, and
/// how many channels each has.
#[inline(always)]
fn products<L: Lanes, const R: usize, const T: usize>(
    weights: &[f32],
    [rows, channels]: [usize; 2],
    first: usize,
    x: &[f32],
    tiles: usize,
) -> [[L; T]; R] {
    let row = L::WIDTH.block() * L::COUNT;
    assert!(
        first + R <= rows && weights.len() >= blocks_of::<L>(channels).count() * rows * row,
        "whole rows"
    );
    assert!(
        (channels - 1) * tiles + T * L::COUNT <= x.len(),
        "every channel's tiles"
    );
    let mut sums = [[L::splat(0.0); T]; R];
    let mut parts = sums;
    let mut added = 0;
    let mut weight = weights[first * row..].as_ptr();
    let mut tile = x.as_ptr();
    for count in blocks_of::<L>(channels) {
        for channel in 0..count {
            // SAFETY: `weight` is moved by all rows of as many blocks as there are, `tile` by as many channels; both were asserted to
            // be there.
            unsafe {
                let x: [L; T] = core::array::from_fn(|register| L::load_at(tile.add(register * L::COUNT)));
                for (row_at, parts) in parts.iter_mut().enumerate() {
                    let value = L::splat(*weight.add(row_at * row + channel));
                    for (sum, x) in parts.iter_mut().zip(&x) {
                        *sum = sum.mul_add(value, *x);
                    }
                }
            }
            tile = tile.wrapping_add(tiles);
        }
        weight = weight.wrapping_add(rows * row);
        added += count;
        if added >= PART {
            add(&mut sums, &mut parts);
            added = 0;
        }
    }
    add(&mut sums, &mut parts);
    sums
}

/// Adds the parts to the sums, and begins them anew.
#[inline(always)]
fn add<L: Lanes, const R: usize, const T: usize>(sums: &mut [[L; T]; R], parts: &mut [[L; T]; R]) {
    for (sums, parts) in sums.iter_mut().zip(parts) {
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum = sum.add(*part);
            *part = L::splat(0.0);
        }
    }
}

/// How many channels each block of the packed weights has.
#[inline(always)]
fn blocks_of<L: Lanes>(channels: usize) -> impl Iterator<Item = usize> {
    blocks(channels, L::WIDTH).map(|registers| registers * L::COUNT)
}

/// Rows become columns: `[rows, columns]`, whole registers of either, `from_row` apart, to `[columns, rows]`, `to_row` apart.
// A function of its own in WebAssembly, as in `weights.rs`.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
#[cfg_attr(target_arch = "wasm32", inline(never))]
fn transpose_rows<L: Lanes>(from: &[f32], [rows, columns]: [usize; 2], from_row: usize, to: &mut [f32], to_row: usize) {
    assert!((rows - 1) * from_row + columns <= from.len() && (columns - 1) * to_row + rows <= to.len());
    assert!(rows.is_multiple_of(L::COUNT) && columns.is_multiple_of(L::COUNT));
    for row in (0..rows).step_by(L::COUNT) {
        for column in (0..columns).step_by(L::COUNT) {
            let mut square = [L::splat(0.0); WIDEST];
            // SAFETY: that the last rows and columns are there was asserted.
            unsafe {
                for (at, numbers) in square.iter_mut().enumerate().take(L::COUNT) {
                    *numbers = L::load_at(from.as_ptr().add((row + at) * from_row + column));
                }
                transpose(&mut square);
                for (at, numbers) in square.into_iter().enumerate().take(L::COUNT) {
                    numbers.store_at(to.as_mut_ptr().add((column + at) * to_row + row));
                }
            }
        }
    }
}
