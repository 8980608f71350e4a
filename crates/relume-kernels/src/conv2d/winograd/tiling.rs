//! How a picture is cut into tiles, and what becomes of a tile's lines.

use std::ops::Range;

use super::products::Products;
use super::transforms::{SIDE, input_line, kernel_pair, output_line};
use super::{input, output, transforms};
use crate::epilogue::OutputWriter;
use crate::lanes::Lanes;

/// One way to compute one direction. A line of a tile has six components; of all but the last a single product.
pub(super) trait Tiling {
    /// Pixels a side of what a tile takes.
    const TAKES: usize;
    /// From where one tile begins in what goes in to where the next one does.
    const STEP: usize;
    /// Pixels a side of what a tile gives, which lie beside those of the next tile.
    const GIVES: usize;
    /// How many products a line has of its last component.
    const LAST: usize;

    /// The pixels along one axis that an output pixel is made of, counted from where the first tile begins.
    fn reads(position: usize) -> Range<usize>;
    /// Two components of three taps, those of [`PAIRS`](transforms::PAIRS)`[PAIR]`.
    fn kernel_pair<L: Lanes, const PAIR: usize>(taps: [L; SIDE]) -> [L; 2];
    /// Writes a tile's pixels, transformed, as factors of its products.
    fn transform<L: Lanes>(tile: &input::Tile<'_>, products: &Products, to: &mut [f32]);
    /// Writes the pixels that a tile's products give.
    fn store<L: Lanes>(tile: &output::Tile<'_>, products: &Products, from: &[f32], writer: &mut OutputWriter<'_, L>);
}

/// F(4×4, 3×3), in either direction.
pub(super) struct Stride1;

impl Tiling for Stride1 {
    const TAKES: usize = 6;
    const STEP: usize = 4;
    const GIVES: usize = 4;
    const LAST: usize = 1;

    fn reads(position: usize) -> Range<usize> {
        position..position + SIDE
    }

    #[inline(always)]
    fn kernel_pair<L: Lanes, const PAIR: usize>(taps: [L; SIDE]) -> [L; 2] {
        kernel_pair::<L, PAIR>(taps)
    }

    #[inline(always)]
    fn transform<L: Lanes>(tile: &input::Tile<'_>, products: &Products, to: &mut [f32]) {
        tile.transform(input_line::<L>, products, to);
    }

    #[inline(always)]
    fn store<L: Lanes>(tile: &output::Tile<'_>, products: &Products, from: &[f32], writer: &mut OutputWriter<'_, L>) {
        tile.store(output_line::<L>, products, from, writer);
    }
}

/// Forward through a stride of two. In each axis the outer taps meet every second pixel, which is F(4, 2); the middle tap meets the pixels between.
pub(super) struct Stride2;

impl Tiling for Stride2 {
    const TAKES: usize = 9;
    const STEP: usize = 8;
    const GIVES: usize = 4;
    const LAST: usize = 4;

    fn reads(position: usize) -> Range<usize> {
        2 * position..2 * position + SIDE
    }

    #[inline(always)]
    fn kernel_pair<L: Lanes, const PAIR: usize>(taps: [L; SIDE]) -> [L; 2] {
        transforms::outer_kernel_pair::<L, PAIR>(taps)
    }

    #[inline(always)]
    fn transform<L: Lanes>(tile: &input::Tile<'_>, products: &Products, to: &mut [f32]) {
        tile.transform(transforms::stride_2_input_line::<L>, products, to);
    }

    #[inline(always)]
    fn store<L: Lanes>(tile: &output::Tile<'_>, products: &Products, from: &[f32], writer: &mut OutputWriter<'_, L>) {
        tile.store(transforms::stride_2_output_line::<L>, products, from, writer);
    }
}

/// Back through a stride of two: the middle tap gives every second pixel, with the tile's first, and the outer taps those between.
pub(super) struct Stride2Backward;

impl Tiling for Stride2Backward {
    const TAKES: usize = 5;
    const STEP: usize = 4;
    const GIVES: usize = 8;
    const LAST: usize = 4;

    fn reads(position: usize) -> Range<usize> {
        let first = position / 2;
        let taps = 1 + position % 2;
        first..first + taps
    }

    #[inline(always)]
    fn kernel_pair<L: Lanes, const PAIR: usize>(taps: [L; SIDE]) -> [L; 2] {
        transforms::outer_kernel_pair::<L, PAIR>(taps)
    }

    #[inline(always)]
    fn transform<L: Lanes>(tile: &input::Tile<'_>, products: &Products, to: &mut [f32]) {
        tile.transform(transforms::stride_2_signal_line::<L>, products, to);
    }

    #[inline(always)]
    fn store<L: Lanes>(tile: &output::Tile<'_>, products: &Products, from: &[f32], writer: &mut OutputWriter<'_, L>) {
        tile.store(transforms::stride_2_gradient_line::<L>, products, from, writer);
    }
}
