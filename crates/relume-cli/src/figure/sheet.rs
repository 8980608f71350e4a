//! Tiles of one size side by side on white, each pixel drawn as a square.

use image::{Rgba, RgbaImage};
use relume::{Error, ErrorKind, Result};

/// The most pixels of a sheet: a larger one would be a file of some hundred megabytes.
const MAX_PIXELS: usize = 1 << 26;

pub(super) struct Sheet {
    columns: usize,
    /// `[width, height]` of a tile before it is scaled.
    tile: [usize; 2],
    scale: usize,
    gap: usize,
    pixels: RgbaImage,
}

impl Sheet {
    /// Room for `count` tiles in rows of `columns`; each pixel becomes `scale` × `scale`, tiles are `gap` pixels apart.
    pub(super) fn new(count: usize, columns: usize, tile: [usize; 2], scale: usize, gap: usize) -> Result<Self> {
        let rows = count.div_ceil(columns);
        let side = |tiles: usize, size: usize| {
            let each = size.saturating_mul(scale).saturating_add(gap);
            tiles.saturating_mul(each).saturating_add(gap)
        };
        let (width, height) = (side(columns, tile[0]), side(rows, tile[1]));
        if width.saturating_mul(height) > MAX_PIXELS {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!("a sheet of {width}×{height} pixels is too large: draw fewer tiles or lower --scale"),
            ));
        }
        Ok(Self {
            columns,
            tile,
            scale,
            gap,
            pixels: RgbaImage::from_pixel(width as u32, height as u32, Rgba([255; 4])),
        })
    }

    /// Puts tile `index`, RGBA row by row, into its place.
    pub(super) fn put(&mut self, index: usize, tile: &[u8]) {
        let [width, height] = self.tile;
        let left = self.gap + (index % self.columns) * (width * self.scale + self.gap);
        let top = self.gap + (index / self.columns) * (height * self.scale + self.gap);
        for y in 0..height * self.scale {
            for x in 0..width * self.scale {
                let from = ((y / self.scale) * width + x / self.scale) * 4;
                let pixel = Rgba([0, 1, 2, 3].map(|part| tile[from + part]));
                self.pixels.put_pixel((left + x) as u32, (top + y) as u32, pixel);
            }
        }
    }

    pub(super) fn into_pixels(self) -> RgbaImage {
        self.pixels
    }
}

#[cfg(test)]
mod tests {
    use super::Sheet;

    #[test]
    fn tiles_find_their_places() {
        let mut sheet = Sheet::new(3, 2, [1, 1], 2, 1).expect("a small sheet");
        sheet.put(2, &[9, 9, 9, 255]);
        let pixels = sheet.into_pixels();
        assert_eq!(pixels.dimensions(), (7, 7));
        let dark: Vec<_> = pixels
            .enumerate_pixels()
            .filter(|(.., pixel)| pixel.0[0] == 9)
            .map(|(x, y, _)| (x, y))
            .collect();
        assert_eq!(dark, [(1, 4), (2, 4), (1, 5), (2, 5)]);
    }

    #[test]
    fn an_absurd_sheet_is_refused() {
        assert!(Sheet::new(1000, 10, [224, 224], 16, 1).is_err());
        assert!(Sheet::new(usize::MAX, 3, [usize::MAX, 1], 64, 1).is_err());
    }
}
