//! Max-pooling.

use std::mem::MaybeUninit;

use super::blocks::{Place, each_block, load_block};
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
        let Windows {
            channels,
            rows,
            columns,
        } = self.windows;
        let mut value = OutputWriter::<L>::new(Epilogue::None, self.value);
        let mut taps = OutputWriter::<L>::new(Epilogue::None, self.taps);
        let mut at = 0;
        let [_, height, width] = self.windows.output();
        // They are the same in every row.
        let columns: Vec<Taps> = (0..width).map(|column| columns.window(column)).collect();
        for rows in (0..height).map(|row| rows.window(row)) {
            for &columns in &columns {
                let window = Place {
                    windows: self.windows,
                    pixels: self.windows.input()[2],
                    rows,
                    columns,
                };
                each_block!(L, *channels, |channel, count, K| {
                    let (best, tap) = largest::<L, K>(&window, self.x, channel, count);
                    value.put([best], at + channel, 0, count);
                    taps.put([tap], at + channel, 0, count);
                });
                at += channels;
            }
        }
    }
}

/// The largest numbers of a window and their taps, `count` channels from `channel` on, or `K` whole registers.
#[inline(always)]
fn largest<L: Lanes, const K: usize>(window: &Place<'_>, x: &[f32], channel: usize, count: usize) -> ([L; K], [L; K]) {
    let channels = window.windows.channels;
    let (mut best, mut taps) = ([L::splat(f32::NEG_INFINITY); K], [L::splat(0.0); K]);
    let mut first = true;
    window.each(|pixel, tap| {
        let x = load_block::<L, K>(x, pixel * channels + channel, count);
        let tap = L::splat(tap as f32);
        for register in 0..K {
            // The first tap's number wins even if it is the smallest there is.
            (best[register], taps[register]) = if first {
                (x[register], tap)
            } else {
                best[register].larger(x[register], [taps[register], tap])
            };
        }
        first = false;
    });
    (best, taps)
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
                each_block!(L, *channels, |channel, count, K| {
                    let sums = gathered::<L, K>(&holders, self.r, self.taps, channel, count);
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
    holders: &Place<'_>,
    r: &[f32],
    taps: &[f32],
    channel: usize,
    count: usize,
) -> [L; K] {
    let mut sums = [L::splat(0.0); K];
    let channels = holders.windows.channels;
    holders.each(|window, tap| {
        let at = window * channels + channel;
        let (r, taps) = (load_block::<L, K>(r, at, count), load_block::<L, K>(taps, at, count));
        let tap = L::splat(tap as f32);
        for register in 0..K {
            sums[register] = sums[register].add(r[register].where_equal(taps[register], tap));
        }
    });
    sums
}
