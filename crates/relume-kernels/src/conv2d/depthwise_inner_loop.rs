//! The innermost loop of depthwise convolutions: a few neighbouring pixels at a time, so that what several of their taps
//! read is loaded once.

use super::depthwise::Row;
use crate::epilogue::OutputWriter;
use crate::lanes::Lanes;

/// How many pixels.
pub(super) const PIXELS: usize = 4;

/// Computes all pixels of a row, at least [`PIXELS`] of them, `channels` of each (whole registers); does nothing and gives
/// `false` for taps that no loop was unrolled for. Some row of taps must lie inside the picture.
#[inline(always)]
pub(super) fn unrolled<L: Lanes>(row: &Row<'_>, channels: usize, writer: &mut OutputWriter<'_, L>) -> bool {
    if row.columns.apart != 1 {
        return false;
    }
    match (row.columns.taps, row.columns.step) {
        (1, 1) => over_row::<L, 1, 1>(row, channels, writer),
        (2, 1) => over_row::<L, 2, 1>(row, channels, writer),
        (3, 1) => over_row::<L, 3, 1>(row, channels, writer),
        (5, 1) => over_row::<L, 5, 1>(row, channels, writer),
        (3, 2) => over_row::<L, 3, 2>(row, channels, writer),
        (5, 2) => over_row::<L, 5, 2>(row, channels, writer),
        _ => return unusual(row, channels, writer),
    }
    true
}

/// The same for taps that few networks have. Among the others they slowed those down.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(
    all(target_arch = "wasm32", feature = "relaxed-simd"),
    target_feature(enable = "relaxed-simd")
)]
fn unusual<L: Lanes>(row: &Row<'_>, channels: usize, writer: &mut OutputWriter<'_, L>) -> bool {
    match (row.columns.taps, row.columns.step) {
        (4, 1) => over_row::<L, 4, 1>(row, channels, writer),
        (7, 1) => over_row::<L, 7, 1>(row, channels, writer),
        (7, 2) => over_row::<L, 7, 2>(row, channels, writer),
        _ => return false,
    }
    true
}

/// `T` taps side by side, `S` from one pixel to the next.
#[inline(always)]
fn over_row<L: Lanes, const T: usize, const S: usize>(
    row: &Row<'_>,
    channels: usize,
    writer: &mut OutputWriter<'_, L>,
) {
    let pixels = row.columns.count;
    let mut pixel = 0;
    while pixel < pixels {
        // The last ones are moved back where they would stand out: some pixels are computed twice.
        let first = pixel.min(pixels - PIXELS);
        let place = row.columns.start + (first * S) as isize;
        let reach = ((PIXELS - 1) * S + T) as isize;
        if place >= 0 && place + reach <= row.columns.size as isize {
            strip::<L, T, S, false>(row, first, channels, writer);
        } else {
            strip::<L, T, S, true>(row, first, channels, writer);
        }
        pixel = first + PIXELS;
    }
}

/// Some pixels from `first` on; where it is at an `EDGE`, some taps of which may lie beyond the picture.
// A function of its own in WebAssembly: V8 runs out of patience, and then of registers, in one that holds everything.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(
    all(target_arch = "wasm32", feature = "relaxed-simd"),
    target_feature(enable = "relaxed-simd")
)]
fn strip<L: Lanes, const T: usize, const S: usize, const EDGE: bool>(
    row: &Row<'_>,
    first: usize,
    channels: usize,
    writer: &mut OutputWriter<'_, L>,
) {
    let width = row.columns.size;
    let place = row.columns.start + (first * S) as isize;
    let reach = (PIXELS - 1) * S + T;
    let inside = |column: usize| (0..width as isize).contains(&(place + column as isize));
    assert!(!row.taps.is_empty(), "some line is read");
    let last_line = row.line + (row.taps.len() - 1) * row.rows.apart;
    assert!(EDGE || (inside(0) && inside(reach - 1)), "every pixel lies in its line");
    assert!(
        channels.is_multiple_of(L::COUNT) && channels <= row.channels,
        "whole registers"
    );
    assert!(
        (last_line + 1) * width * row.channels <= row.x.len(),
        "every line lies in the picture"
    );
    for channel in (0..channels).step_by(L::COUNT) {
        let mut sums = [[row.bias_of::<L>(channel, L::COUNT)]; PIXELS];
        let weights = &row.weights[row.weights_of::<L>(channel, row.taps.start)..];
        let mut line = row.line * width;
        for weights in weights.chunks_exact(T * L::COUNT).take(row.taps.len()) {
            let weights: [L; T] = core::array::from_fn(|tap| L::load(&weights[tap * L::COUNT..]));
            for column in 0..reach {
                let value = if EDGE && !inside(column) {
                    L::splat(0.0)
                } else {
                    let at = line.wrapping_add_signed(place).wrapping_add(column) * row.channels + channel;
                    // SAFETY: this pixel lies in the line, as was asserted or asked; the line lies in the picture, and
                    // the register's channels in the pixel, as was asserted.
                    unsafe { L::load_at(row.x.as_ptr().add(at)) }
                };
                for tap in 0..T {
                    if column >= tap && (column - tap) % S == 0 && (column - tap) / S < PIXELS {
                        let [sum] = &mut sums[(column - tap) / S];
                        *sum = sum.mul_add(value, weights[tap]);
                    }
                }
            }
            line += row.rows.apart * width;
        }
        writer.put(sums, row.to + first * row.apart + channel, row.apart, L::COUNT);
    }
}
