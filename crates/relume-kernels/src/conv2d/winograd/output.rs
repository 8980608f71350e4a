//! What comes out of Winograd's products: pixels.

use super::Winograd;
use super::products::Products;
use crate::epilogue::OutputWriter;
use crate::lanes::Lanes;

/// Where a tile's pixels go.
pub(super) struct Tile<'a> {
    pub(super) winograd: &'a Winograd,
    /// Its row and column among the picture's tiles.
    pub(super) place: [usize; 2],
    /// Which it is among the tiles whose products are there.
    pub(super) number: usize,
    /// Numbers from the start of one pixel to the start of the next.
    pub(super) pixel_pitch: usize,
    /// The first of the channels that the products have.
    pub(super) channel: usize,
    pub(super) bias: &'a [f32],
    pub(super) nonzero: Option<&'a [bool]>,
}

impl Tile<'_> {
    /// Stores the pixels that lie in the picture; `line` gives those of a line of products.
    // A function of its own in WebAssembly, as in `weights.rs`.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    pub(super) fn store<L: Lanes, const PRODUCTS: usize, const GIVES: usize>(
        &self,
        line: impl Fn([L; PRODUCTS]) -> [L; GIVES],
        products: &Products,
        from: &[f32],
        writer: &mut OutputWriter<'_, L>,
    ) {
        let Winograd {
            output: [height, width],
            before,
            ..
        } = *self.winograd;
        let [top, left] = self.place.map(|at| at * GIVES);
        // Of the rows and columns that it gives, those that lie in the picture.
        let inside = |first: usize, size: usize| before.saturating_sub(first)..GIVES.min(size + before - first);
        let (rows, columns) = (inside(top, height), inside(left, width));
        let places = products.places::<PRODUCTS>(self.number);
        let channels = products.channels;
        let last = places.as_flattened().iter().max().copied().unwrap_or(0);
        assert!(
            channels.is_multiple_of(L::COUNT) && last + channels <= from.len(),
            "every channel of every product"
        );
        for at in (0..channels).step_by(L::COUNT) {
            let bias = L::load(&self.bias[self.channel + at..]);
            let mut lines = [[L::splat(0.0); GIVES]; PRODUCTS];
            for (column, pixels) in lines.iter_mut().enumerate() {
                // SAFETY: that all of the last product's channels are there was asserted.
                *pixels = line(core::array::from_fn(|y| unsafe {
                    L::load_at(from.as_ptr().add(places[y][column] + at))
                }));
            }
            for row in rows.clone() {
                let pixels = line(core::array::from_fn(|x| lines[x][row]));
                let mut pixels: [[L; 1]; GIVES] = core::array::from_fn(|column| [pixels[column].add(bias)]);
                let first = (top + row - before) * width + left + columns.start - before;
                if let Some(nonzero) = self.nonzero {
                    let pixels = pixels[columns.clone()].iter_mut();
                    for (pixel, _) in pixels.zip(&nonzero[first..]).filter(|(_, nonzero)| !**nonzero) {
                        *pixel = [bias];
                    }
                }
                let to = first * self.pixel_pitch + self.channel + at;
                if columns.len() == GIVES {
                    writer.put(pixels, to, self.pixel_pitch, L::COUNT);
                } else {
                    for (column, pixel) in pixels[columns.clone()].iter().enumerate() {
                        writer.put([*pixel], to + column * self.pixel_pitch, 0, L::COUNT);
                    }
                }
            }
        }
    }
}
