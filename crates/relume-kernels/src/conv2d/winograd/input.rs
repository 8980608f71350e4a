//! What goes into Winograd's products: tiles of a picture.

use super::Winograd;
use super::transforms::{IN_TILE, SIDE, input_transform};
use crate::lanes::Lanes;
use crate::pixels::PixelsIn;

/// The picture that tiles are taken from.
pub(super) struct Source<'a> {
    pub(super) winograd: &'a Winograd,
    pub(super) x: PixelsIn<'a>,
}

impl Source<'_> {
    /// For each output pixel whether anything but zeros reaches it; `None` if that is so everywhere. The transforms turn an
    /// exact zero beside other numbers into rounding, of either sign, which a rule would let pass as a signal.
    pub(super) fn nonzero_mask(&self) -> Option<Vec<bool>> {
        let w = self.winograd;
        let [height, width] = w.input;
        let source: Vec<bool> = self
            .x
            .each(w.channels)
            .map(|pixel| pixel.iter().any(|&value| value != 0.0))
            .collect();
        let [top, left] = w.border;
        let [rows, columns] = w.output;
        // With a wider border the first pixels, or the last, see nothing but the border.
        let sees_the_picture = top < SIDE && left < SIDE && rows <= top + height && columns <= left + width;
        if sees_the_picture && source.iter().all(|&nonzero| nonzero) {
            return None;
        }
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
    pub(super) fn transform<L: Lanes>(&self, [y, x]: [usize; 2], patch: &mut [f32], to: &mut [f32], pitch: usize) {
        let w = self.winograd;
        let channels = w.channels;
        let [height, width] = w.input;
        let [top, left] = w.border;
        let inside = y >= top && x >= left && y - top + IN_TILE <= height && x - left + IN_TILE <= width;
        let PixelsIn { numbers, pitch: pixel } = self.x;
        let (from, row, column) = if inside {
            (&numbers[((y - top) * width + x - left) * pixel..], width * pixel, pixel)
        } else {
            // What lies beyond the picture is zero.
            for line in 0..IN_TILE {
                for column in 0..IN_TILE {
                    let patch = &mut patch[(line * IN_TILE + column) * channels..][..channels];
                    let at = [(y + line).wrapping_sub(top), (x + column).wrapping_sub(left)];
                    if at[0] < height && at[1] < width {
                        patch.copy_from_slice(&numbers[(at[0] * width + at[1]) * pixel..][..channels]);
                    } else {
                        patch.fill(0.0);
                    }
                }
            }
            (&*patch, IN_TILE * channels, channels)
        };
        for channel in (0..channels).step_by(L::COUNT) {
            let mut lines = [[L::splat(0.0); IN_TILE]; IN_TILE];
            for (x, line) in lines.iter_mut().enumerate() {
                *line = input_transform(core::array::from_fn(|y| {
                    L::load(&from[y * row + x * column + channel..])
                }));
            }
            for y in 0..IN_TILE {
                let line = input_transform(core::array::from_fn(|x| lines[x][y]));
                for (x, value) in line.into_iter().enumerate() {
                    value.store(&mut to[(y * IN_TILE + x) * pitch + channel..]);
                }
            }
        }
    }
}
