//! Max-pooling of a batch and its gradient. Activations are `[N, H, W, C]` here, so that a window's maximum is found
//! for several channels at a time.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use relume_kernels::Geometry;
use relume_kernels::uninit_vec;

/// The largest value of each window, `[N, oh, ow, C]`, and the position (row · width + column) it came from: among
/// equal ones the first in row order. NaN wins, so that it shows.
pub(super) fn forward(geometry: &Geometry, x: &[f32]) -> (Vec<f32>, Vec<u32>) {
    let g = geometry;
    let channels = g.channels;
    let windows = Windows::new(g);
    let mut switches = vec![0; x.len() / g.input_len() * g.output_len()];
    let work = |y: &mut [MaybeUninit<f32>]| {
        y.par_chunks_mut(g.output_len())
            .zip(switches.par_chunks_mut(g.output_len()))
            .zip(x.par_chunks(g.input_len()))
            .for_each(|((y, switches), x)| {
                let outputs = y.chunks_exact_mut(channels).zip(switches.chunks_exact_mut(channels));
                for (output, (y, switches)) in outputs.enumerate() {
                    let mut taps = windows.taps(output);
                    let first = taps.next().expect("every window meets the input");
                    let y = y.write_copy_of_slice(&x[first * channels..][..channels]);
                    switches.fill(first as u32);
                    for tap in taps {
                        let x = &x[tap * channels..][..channels];
                        for ((y, switch), x) in y.iter_mut().zip(switches.iter_mut()).zip(x) {
                            // False where `x` is NaN, so that the NaN wins.
                            let stays = *x <= *y || y.is_nan();
                            *y = if stays { *y } else { *x };
                            *switch = if stays { *switch } else { tap as u32 };
                        }
                    }
                }
            });
    };
    // SAFETY: the pieces cover all of the output, and each window writes all of its channels.
    let y = unsafe { uninit_vec(x.len() / g.input_len() * g.output_len(), work) };
    (y, switches)
}

/// The gradient for the input, given the gradient `r` for the output: each number goes to the position of its maximum.
pub(super) fn backward(geometry: &Geometry, switches: &[u32], r: &[f32]) -> Vec<f32> {
    let g = geometry;
    let channels = g.channels;
    let mut gradient = vec![0.0; r.len() / g.output_len() * g.input_len()];
    gradient
        .par_chunks_mut(g.input_len())
        .zip(r.par_chunks(g.output_len()).zip(switches.par_chunks(g.output_len())))
        .for_each(|(gradient, (r, switches))| {
            for (r, switches) in r.chunks_exact(channels).zip(switches.chunks_exact(channels)) {
                for (channel, (r, switch)) in r.iter().zip(switches).enumerate() {
                    gradient[*switch as usize * channels + channel] += r;
                }
            }
        });
    gradient
}

/// Which rows and columns of the input the windows of each row and column of the output cover.
struct Windows {
    rows: Vec<Vec<usize>>,
    columns: Vec<Vec<usize>>,
    width: usize,
}

impl Windows {
    fn new(g: &Geometry) -> Self {
        let along = |axis: usize| {
            let at = |output: usize, tap: usize| {
                let padded = output * g.stride[axis] + tap * g.dilation[axis];
                padded.checked_sub(g.padding[axis]).filter(|at| *at < g.input[axis])
            };
            (0..g.output[axis])
                .map(|output| (0..g.kernel[axis]).filter_map(|tap| at(output, tap)).collect())
                .collect()
        };
        Self {
            rows: along(0),
            columns: along(1),
            width: g.input[1],
        }
    }

    /// The input positions of an output position's window, in row order.
    fn taps(&self, output: usize) -> impl Iterator<Item = usize> {
        let (rows, columns) = (
            &self.rows[output / self.columns.len()],
            &self.columns[output % self.columns.len()],
        );
        rows.iter()
            .flat_map(move |row| columns.iter().map(move |column| row * self.width + column))
    }

    /// Whether every window covers a position of the input.
    fn meet_the_input(&self) -> bool {
        self.rows.iter().chain(&self.columns).all(|taps| !taps.is_empty())
    }
}

/// Whether this pooling is possible: every window covers a position of the input, and every position fits a switch.
pub(super) fn is_possible(geometry: &Geometry) -> bool {
    Windows::new(geometry).meet_the_input() && geometry.input[0] * geometry.input[1] <= u32::MAX as usize
}
