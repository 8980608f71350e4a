//! The innermost loops' frame: a few registers of channels at a time, all taps of a window for each.

use super::windows::{Taps, Windows};
use crate::epilogue::load;
use crate::lanes::Lanes;

/// One window's pixels in a picture, or one pixel's windows in a picture of windows.
pub(super) struct Place<'a> {
    pub(super) windows: &'a Windows,
    /// Pixels of a row of that picture.
    pub(super) pixels: usize,
    pub(super) rows: Taps,
    pub(super) columns: Taps,
}

/// One pixel of a window, or one window of a pixel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connection {
    /// Where its numbers begin.
    pub(super) at: usize,
    /// The number of the tap that connects them, as registers compare it.
    pub(super) tap: f32,
}

impl Place<'_> {
    /// All of them into `list`, which is emptied first: every block of channels goes through the list.
    #[inline(always)]
    pub(super) fn list(&self, list: &mut Vec<Connection>) {
        let channels = self.windows.channels;
        list.clear();
        self.each(|at, tap| {
            list.push(Connection {
                at: at * channels,
                tap: tap as f32,
            });
        });
    }

    /// Each of them, and by which tap.
    #[inline(always)]
    pub(super) fn each(&self, mut each: impl FnMut(usize, usize)) {
        let taps = self.windows.columns.taps;
        for (row, row_tap) in self.rows.each() {
            for (column, tap) in self.columns.each() {
                each(row * self.pixels + column, row_tap * taps + tap);
            }
        }
    }
}

/// `K` registers of numbers from `at` on, or `count` numbers in one.
#[inline(always)]
pub(super) fn load_block<L: Lanes, const K: usize>(from: &[f32], at: usize, count: usize) -> [L; K] {
    if count < L::COUNT {
        return [load(&from[at..at + count]); K];
    }
    let from = &from[at..at + K * L::COUNT];
    core::array::from_fn(|register| L::load(&from[register * L::COUNT..]))
}

/// Runs `$run` with a channel, how many from there on, and how many registers they fill: four, one, or a part of one.
macro_rules! each_block {
    ($lanes:ident, $channels:expr, |$channel:ident, $count:ident, $registers:ident| $run:expr) => {{
        let channels = $channels;
        let mut $channel = 0;
        while $channel + 4 * $lanes::COUNT <= channels {
            const $registers: usize = 4;
            let $count = 4 * $lanes::COUNT;
            $run;
            $channel += $count;
        }
        while $channel < channels {
            const $registers: usize = 1;
            let $count = (channels - $channel).min($lanes::COUNT);
            $run;
            $channel += $count;
        }
    }};
}
pub(super) use each_block;
