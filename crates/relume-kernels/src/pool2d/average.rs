//! Average pooling.

use std::mem::MaybeUninit;

use super::blocks::{Place, each_block, load_block};
use super::windows::{Taps, Windows};
use crate::epilogue::{Epilogue, OutputWriter};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// The sum of each window times its share.
pub(super) fn forward(width: Width, windows: &Windows, shares: &[f32], x: &[f32], out: &mut [MaybeUninit<f32>]) {
    assert_eq!(x.len(), windows.input_len());
    assert_eq!([out.len(), shares.len() * windows.channels], [windows.output_len(); 2]);
    let job = Forward {
        windows,
        shares,
        x,
        out,
    };
    dispatch(width, job);
}

struct Forward<'a> {
    windows: &'a Windows,
    shares: &'a [f32],
    x: &'a [f32],
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Forward<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Windows {
            channels,
            rows,
            columns,
        } = self.windows;
        let mut writer = OutputWriter::<L>::new(Epilogue::None, self.out);
        let mut shares = self.shares.iter();
        let mut at = 0;
        let [_, height, width] = self.windows.output();
        // They are the same in every row.
        let columns: Vec<Taps> = (0..width).map(|column| columns.window(column)).collect();
        for rows in (0..height).map(|row| rows.window(row)) {
            for (&columns, share) in columns.iter().zip(&mut shares) {
                let share = L::splat(*share);
                each_block!(L, *channels, |channel, count, K| {
                    let mut sums = [L::splat(0.0); K];
                    // A row by itself: one long sum would round away what comes last.
                    for (row, _) in rows.each() {
                        let line = row * self.windows.input()[2];
                        let mut line_sums = [L::splat(0.0); K];
                        columns.each().for_each(|(column, _)| {
                            let x = load_block::<L, K>(self.x, (line + column) * channels + channel, count);
                            for register in 0..K {
                                line_sums[register] = line_sums[register].add(x[register]);
                            }
                        });
                        for register in 0..K {
                            sums[register] = sums[register].add(line_sums[register]);
                        }
                    }
                    for sum in &mut sums {
                        *sum = sum.mul(share);
                    }
                    writer.put([sums], at + channel, 0, count);
                });
                at += channels;
            }
        }
    }
}

/// Each number of `r` times its window's share to every pixel of the window, by `epilogue` into `out`.
pub(super) fn backward(
    width: Width,
    windows: &Windows,
    shares: &[f32],
    r: &[f32],
    epilogue: Epilogue<'_>,
    out: &mut [MaybeUninit<f32>],
) {
    assert_eq!([r.len(), shares.len() * windows.channels], [windows.output_len(); 2]);
    assert_eq!(out.len(), windows.input_len());
    let job = Backward {
        windows,
        shares,
        r,
        epilogue,
        out,
    };
    dispatch(width, job);
}

struct Backward<'a> {
    windows: &'a Windows,
    shares: &'a [f32],
    r: &'a [f32],
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
                    let mut sums = [L::splat(0.0); K];
                    holders.each(|window, _| {
                        let r = load_block::<L, K>(self.r, window * channels + channel, count);
                        let share = L::splat(self.shares[window]);
                        for register in 0..K {
                            sums[register] = sums[register].add(r[register].mul(share));
                        }
                    });
                    writer.put([sums], at + channel, 0, count);
                });
                at += channels;
            }
        }
    }
}
