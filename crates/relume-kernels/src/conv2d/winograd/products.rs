//! Where the products of the tiles lie, and likewise their factors: component after component.

use super::transforms::{COMPONENTS, LINE};

/// Numbers between one component's and the next, a line of the cache: some of their sizes are multiples of 4 KiB, and what
/// is so far apart has the same few places in a first-level cache. Without it All-CNN-C took four per cent longer.
pub(super) const APART: usize = 16;

/// Each component has a row of channels for every product that a tile has of it, tile after tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Products {
    tiles: usize,
    /// How many products a line of a tile has of its last component.
    last: usize,
    /// The most channels that a row may have.
    widest: usize,
    /// How many it has.
    pub(super) channels: usize,
    apart: usize,
}

impl Products {
    /// Of so many tiles at most; each row has as many channels.
    pub(super) const fn new(tiles: usize, last: usize, channels: usize, apart: usize) -> Self {
        Self {
            tiles,
            last,
            widest: channels,
            channels,
            apart,
        }
    }

    /// In the same room, rows of fewer channels.
    pub(super) fn narrowed(self, channels: usize) -> Self {
        assert!(channels <= self.widest, "rows that fit");
        Self { channels, ..self }
    }

    /// How many products a tile has of a component.
    pub(super) const fn of_tile(&self, component: usize) -> usize {
        self.of_line(component / LINE) * self.of_line(component % LINE)
    }

    /// How many products a line has of a component.
    const fn of_line(&self, component: usize) -> usize {
        if component == LINE - 1 { self.last } else { 1 }
    }

    /// Where a component begins.
    pub(super) const fn start(&self, component: usize) -> usize {
        let a_line = LINE - 1 + self.last;
        let [line, column] = [component / LINE, component % LINE];
        let before = line * a_line + column * self.of_line(line);
        before * self.tiles * self.widest + component * self.apart
    }

    /// How many numbers there are.
    pub(super) const fn len(&self) -> usize {
        self.start(COMPONENTS - 1) + self.of_tile(COMPONENTS - 1) * self.tiles * self.widest + self.apart
    }

    /// Where the products of each line and column of a tile lie.
    #[inline(always)]
    pub(super) fn places<const PRODUCTS: usize>(&self, tile: usize) -> [[usize; PRODUCTS]; PRODUCTS] {
        let mut places = [[0; PRODUCTS]; PRODUCTS];
        for (y, places) in places.iter_mut().enumerate() {
            for (x, place) in places.iter_mut().enumerate() {
                let [line, column] = [y, x].map(|at| at.min(LINE - 1));
                let component = line * LINE + column;
                let product = (y - line) * self.of_line(column) + x - column;
                let row = tile * self.of_tile(component) + product;
                *place = self.start(component) + row * self.channels;
            }
        }
        places
    }
}
