//! Max-pooling.

use std::mem::MaybeUninit;

use super::blocks::{Connection, Place, each_block, load_block};
use super::windows::{Taps, Windows};
use crate::elementwise;
use crate::epilogue::{Epilogue, OutputWriter};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// If more windows than that hold a pixel, the backward pass goes through the windows: each has one number to bring.
const MOST_GATHERED: usize = 16;

/// The largest number of each window into `value`, and which tap it was into `taps`.
pub(super) fn forward(
    width: Width,
    windows: &Windows,
    x: &[f32],
    value: &mut [MaybeUninit<f32>],
    taps: &mut [MaybeUninit<f32>],
) {
    assert_eq!(x.len(), windows.input_len());
    assert_eq!([value.len(), taps.len()], [windows.output_len(); 2]);
    let job = Forward {
        windows,
        x,
        value,
        taps,
    };
    dispatch(width, job);
}

struct Forward<'a> {
    windows: &'a Windows,
    x: &'a [f32],
    value: &'a mut [MaybeUninit<f32>],
    taps: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Forward<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let windows = self.windows;
        // Stays 0 as long as every sum is finite; NaN after a NaN, an infinity or an overflow.
        let mut nan_unless_finite = L::splat(0.0);
        let mut value = OutputWriter::<L>::new(Epilogue::None, self.value);
        let mut taps = OutputWriter::<L>::new(Epilogue::None, self.taps);
        let mut at = 0;
        each_window(windows, |window| {
            each_block!(L, windows.channels, |channel, count, K| {
                let (best, tap, sum) = largest::<L, K>(window, self.x, channel, count);
                value.put([best], at + channel, 0, count);
                taps.put([tap], at + channel, 0, count);
                nan_unless_finite = nan_unless_finite.add(sum.sub(sum));
            });
            at += windows.channels;
        });
        // The whole pooling is repeated. A branch to the careful version inside the loop made every window a tenth slower, even when never taken.
        if nan_unless_finite.sum() != 0.0 {
            largest_or_nan(windows, self.x, self.value, self.taps);
        }
    }
}

/// Calls `each` with the pixels of every window.
#[inline(always)]
fn each_window(windows: &Windows, mut each: impl FnMut(&[Connection])) {
    let [_, height, width] = windows.output();
    // They are the same in every row.
    let columns: Vec<Taps> = (0..width).map(|column| windows.columns.window(column)).collect();
    let mut connections = Vec::new();
    for rows in (0..height).map(|row| windows.rows.window(row)) {
        for &columns in &columns {
            let window = Place {
                windows,
                pixels: windows.input()[2],
                rows,
                columns,
            };
            window.list(&mut connections);
            each(&connections);
        }
    }
}

/// The largest numbers of a window and their taps, `count` channels from `channel` on, or `K` whole registers; and a sum of all its numbers. The first of
/// equal numbers counts.
#[inline(always)]
fn largest<L: Lanes, const K: usize>(
    window: &[Connection],
    x: &[f32],
    channel: usize,
    count: usize,
) -> ([L; K], [L; K], L) {
    let Some((first, others)) = window.split_first() else {
        return ([L::splat(0.0); K], [L::splat(0.0); K], L::splat(0.0));
    };
    let sum_of = |x: &[L; K]| x.iter().skip(1).fold(x[0], |sum, x| sum.add(*x));
    let mut best = load_block::<L, K>(x, first.at + channel, count);
    let mut taps = [L::splat(first.tap); K];
    let mut sum = sum_of(&best);
    for connection in others {
        let x = load_block::<L, K>(x, connection.at + channel, count);
        let tap = L::splat(connection.tap);
        for register in 0..K {
            // Taps come in rising order, so the larger tap is the later one; a 0 changes nothing.
            taps[register] = taps[register].at_least(tap.where_greater(x[register], best[register]));
            best[register] = best[register].at_least(x[register]);
        }
        sum = sum.add(sum_of(&x));
    }
    (best, taps, sum)
}

/// [`forward`] where there may be NaN. It counts as the largest, so that it shows; the last one, if there are several.
#[cold]
#[inline(never)]
fn largest_or_nan(windows: &Windows, x: &[f32], value: &mut [MaybeUninit<f32>], taps: &mut [MaybeUninit<f32>]) {
    let mut at = 0;
    each_window(windows, |window| {
        for channel in 0..windows.channels {
            let (mut largest, mut tap) = (f32::NEG_INFINITY, 0.0);
            for (number, connection) in window.iter().enumerate() {
                let x = x[connection.at + channel];
                if number == 0 || x > largest || x.is_nan() {
                    (largest, tap) = (x, connection.tap);
                }
            }
            value[at + channel].write(largest);
            taps[at + channel].write(tap);
        }
        at += windows.channels;
    });
}

/// Each number of `r` to the pixel that its window's tap names, by `epilogue` into `out`.
pub(super) fn backward(
    width: Width,
    windows: &Windows,
    r: &[f32],
    taps: &[f32],
    epilogue: Epilogue<'_>,
    out: &mut [MaybeUninit<f32>],
) {
    assert_eq!([r.len(), taps.len()], [windows.output_len(); 2]);
    assert_eq!(out.len(), windows.input_len());
    if windows.overlap() > MOST_GATHERED {
        let sums = scattered(windows, r, taps);
        return elementwise::store(width, &sums, epilogue, out);
    }
    let job = Backward {
        windows,
        r,
        taps,
        epilogue,
        out,
    };
    dispatch(width, job);
}

/// What arrives at each pixel, by going through the windows instead of the pixels.
fn scattered(windows: &Windows, r: &[f32], taps: &[f32]) -> Vec<f32> {
    let [channels, height, width] = windows.output();
    let line = windows.input()[2];
    let mut sums = vec![0.0; windows.input_len()];
    let mut at = 0;
    for row in 0..height {
        for column in 0..width {
            for channel in 0..channels {
                let tap = taps[at + channel] as usize;
                let (y, x) = (tap / windows.columns.taps, tap % windows.columns.taps);
                let pixel = windows.rows.position(row, y) * line + windows.columns.position(column, x);
                sums[pixel * channels + channel] += r[at + channel];
            }
            at += channels;
        }
    }
    sums
}

struct Backward<'a> {
    windows: &'a Windows,
    r: &'a [f32],
    taps: &'a [f32],
    epilogue: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Backward<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Windows {
            channels,
            rows,
            columns,
        } = self.windows;
        let mut writer = OutputWriter::<L>::new(self.epilogue, self.out);
        let mut connections = Vec::new();
        let mut at = 0;
        let [_, height, width] = self.windows.input();
        // They are the same in every row.
        let columns: Vec<Taps> = (0..width).map(|column| columns.holders(column)).collect();
        for rows in (0..height).map(|row| rows.holders(row)) {
            for &columns in &columns {
                let holders = Place {
                    windows: self.windows,
                    pixels: self.windows.output()[2],
                    rows,
                    columns,
                };
                holders.list(&mut connections);
                each_block!(L, *channels, |channel, count, K| {
                    let sums = gathered::<L, K>(&connections, self.r, self.taps, channel, count);
                    writer.put([sums], at + channel, 0, count);
                });
                at += channels;
            }
        }
    }
}

/// What arrives at a pixel from the windows whose largest number it is, `count` channels from `channel` on, or `K` whole
/// registers.
#[inline(always)]
fn gathered<L: Lanes, const K: usize>(
    holders: &[Connection],
    r: &[f32],
    taps: &[f32],
    channel: usize,
    count: usize,
) -> [L; K] {
    let mut sums = [L::splat(0.0); K];
    for connection in holders {
        let at = connection.at + channel;
        let (r, taps) = (load_block::<L, K>(r, at, count), load_block::<L, K>(taps, at, count));
        let tap = L::splat(connection.tap);
        for register in 0..K {
            sums[register] = sums[register].add(r[register].where_equal(taps[register], tap));
        }
    }
    sums
}
