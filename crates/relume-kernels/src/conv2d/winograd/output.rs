//! What comes out of Winograd's products: pixels.

use std::ops::Range;

use super::Winograd;
use super::transforms::{IN_TILE, OUT_TILE, output_transform};
use crate::epilogue::OutputWriter;
use crate::lanes::Lanes;

/// Where a tile's products go.
pub(super) struct Place {
    /// The first row and column.
    pub(super) pixel: [usize; 2],
    /// Numbers from the start of one pixel to the start of the next.
    pub(super) pixel_pitch: usize,
    /// Those that the products have, whole registers.
    pub(super) channels: Range<usize>,
}

/// Transforms one tile's products to pixels and stores those that lie in the picture.
#[inline(always)]
pub(super) fn store_tile<L: Lanes>(
    w: &Winograd,
    from: &[f32],
    pitch: usize,
    Place {
        pixel: [y, x],
        pixel_pitch,
        channels,
    }: Place,
    bias: &[f32],
    nonzero: Option<&[bool]>,
    writer: &mut OutputWriter<'_, L>,
) {
    let [height, width] = w.output;
    let (rows, columns) = (OUT_TILE.min(height - y), OUT_TILE.min(width - x));
    for (from_channel, channel) in channels.enumerate().step_by(L::COUNT) {
        let bias = L::load(&bias[channel..]);
        let mut lines = [[L::splat(0.0); OUT_TILE]; IN_TILE];
        for (column, line) in lines.iter_mut().enumerate() {
            *line = output_transform(core::array::from_fn(|y| {
                L::load(&from[(y * IN_TILE + column) * pitch + from_channel..])
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
            let at = (y * width + x) * pixel_pitch + channel;
            if columns == OUT_TILE {
                writer.put(pixels, at, pixel_pitch, L::COUNT);
            } else {
                for (column, pixel) in pixels.into_iter().enumerate().take(columns) {
                    writer.put([pixel], at + column * pixel_pitch, 0, L::COUNT);
                }
            }
        }
    }
}
