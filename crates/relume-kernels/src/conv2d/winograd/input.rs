//! What goes into Winograd's products: tiles of a picture.

use std::ops::Range;

use super::Winograd;
use super::products::Products;
use crate::lanes::Lanes;
use crate::pixels::PixelsIn;

/// The picture that tiles are taken from.
pub(super) struct Source<'a> {
    pub(super) winograd: &'a Winograd,
    pub(super) x: PixelsIn<'a>,
}

/// One tile's pixels.
pub(super) struct Tile<'a> {
    numbers: &'a [f32],
    /// From one row to the next, and from one pixel to the next.
    steps: [usize; 2],
    /// Which of the tiles it is.
    number: usize,
}

impl Source<'_> {
    /// For each output pixel whether anything but zeros reaches it; `None` if that is so everywhere. The transforms turn an
    /// exact zero beside other numbers into rounding, of either sign, which a rule would let pass as a signal. `reads` as
    /// [`Tiling::reads`](super::tiling::Tiling::reads).
    pub(super) fn nonzero_mask(&self, reads: fn(usize) -> Range<usize>) -> Option<Vec<bool>> {
        let w = self.winograd;
        let width = w.input[1];
        let source: Vec<bool> = self
            .x
            .each(w.channels)
            .map(|pixel| pixel.iter().any(|&value| value != 0.0))
            .collect();
        // Those of the picture that an output's row, or column, is made of. With a wide border there may be none.
        let [rows, columns] = [0, 1].map(|axis| {
            let inside = |at: usize| at.saturating_sub(w.border[axis]).min(w.input[axis]);
            let each = (0..w.output[axis]).map(|position| {
                let reads = reads(position + w.before);
                inside(reads.start)..inside(reads.end)
            });
            each.collect::<Vec<_>>()
        });
        let sees_the_picture = rows.iter().chain(&columns).all(|reads| !reads.is_empty());
        if sees_the_picture && source.iter().all(|&nonzero| nonzero) {
            return None;
        }
        let reached = |rows: &Range<usize>, columns: &Range<usize>| {
            let mut rows = rows.clone();
            rows.any(|y| source[y * width + columns.start..y * width + columns.end].contains(&true))
        };
        let each = rows
            .iter()
            .flat_map(|rows| columns.iter().map(move |columns| reached(rows, columns)));
        Some(each.collect())
    }

    /// The pixels of a tile that begins in this row and column of the picture with its border, and takes as many to each side. `number`: which of the
    /// tiles it is, where their factors go.
    pub(super) fn tile<'b>(
        &'b self,
        [y, x]: [usize; 2],
        takes: usize,
        number: usize,
        patch: &'b mut [f32],
    ) -> Tile<'b> {
        let w = self.winograd;
        let channels = w.channels;
        let [height, width] = w.input;
        let [top, left] = w.border;
        let PixelsIn { numbers, pitch: pixel } = self.x;
        if y >= top && x >= left && y - top + takes <= height && x - left + takes <= width {
            return Tile {
                numbers: &numbers[((y - top) * width + x - left) * pixel..],
                steps: [width * pixel, pixel],
                number,
            };
        }
        // What lies beyond the picture is zero.
        for line in 0..takes {
            for column in 0..takes {
                let patch = &mut patch[(line * takes + column) * channels..][..channels];
                let at = [(y + line).wrapping_sub(top), (x + column).wrapping_sub(left)];
                if at[0] < height && at[1] < width {
                    patch.copy_from_slice(&numbers[(at[0] * width + at[1]) * pixel..][..channels]);
                } else {
                    patch.fill(0.0);
                }
            }
        }
        Tile {
            numbers: patch,
            steps: [takes * channels, channels],
            number,
        }
    }
}

impl Tile<'_> {
    /// `line` gives the factors of a line of pixels.
    // A function of its own in WebAssembly, as in `weights.rs`.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    pub(super) fn transform<L: Lanes, const TAKES: usize, const FACTORS: usize>(
        &self,
        line: impl Fn([L; TAKES]) -> [L; FACTORS],
        products: &Products,
        to: &mut [f32],
    ) {
        let [row, column] = self.steps;
        let channels = products.channels;
        let places = products.places::<FACTORS>(self.number);
        let last = places.as_flattened().iter().max().copied().unwrap_or(0);
        assert!(
            channels.is_multiple_of(L::COUNT)
                && (TAKES - 1) * (row + column) + channels <= self.numbers.len()
                && last + channels <= to.len(),
            "every channel of every pixel, and room for their factors"
        );
        for channel in (0..channels).step_by(L::COUNT) {
            let mut lines = [[L::splat(0.0); FACTORS]; TAKES];
            for (x, factors) in lines.iter_mut().enumerate() {
                // SAFETY: a register of the pixel's channels; that the last pixel's are there was asserted.
                *factors = line(core::array::from_fn(|y| unsafe {
                    L::load_at(self.numbers.as_ptr().add(y * row + x * column + channel))
                }));
            }
            for (y, places) in places.iter().enumerate() {
                let factors = line(core::array::from_fn(|x| lines[x][y]));
                for (factor, place) in factors.into_iter().zip(places) {
                    // SAFETY: that there is room at the last place was asserted.
                    unsafe { factor.store_at(to.as_mut_ptr().add(place + channel)) }
                }
            }
        }
    }
}
