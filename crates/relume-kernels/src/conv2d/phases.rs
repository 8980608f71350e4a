//! A convolution and its gradient as phases over a padded picture, channels last.
//!
//! A phase computes a grid of pixels. Each is a sum over taps; each tap reads the channels of one source pixel, at a
//! fixed distance from the pixel's own place in the source. The forward pass is one phase. The backward pass through a
//! stride s is s · s phases, one for every remainder of the input's rows and columns divided by s, because input pixels
//! with the same remainder meet the same taps: nothing is multiplied by the zeros that a stride would put between values.

use crate::geometry::Geometry;

/// Where a grid's pixels lie, in numbers from the start of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strides {
    pub(super) first: usize,
    /// From one row of the grid to the next.
    pub(super) row: usize,
    /// From one pixel of the grid to the next.
    pub(super) column: usize,
}

impl Strides {
    /// The same places where pixels lie `pitch` numbers apart instead of `channels`.
    pub(super) fn with_pitch(self, channels: usize, pitch: usize) -> Self {
        let spread = |numbers: usize| numbers / channels * pitch;
        Self {
            first: spread(self.first),
            row: spread(self.row),
            column: spread(self.column),
        }
    }
}

/// What a phase adds up for each pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tap {
    /// From the pixel's place in the source.
    pub(super) offset: usize,
    /// Which tap of the kernel, counted in row order.
    pub(super) index: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Phase {
    /// In the order of their offsets; none means that the grid is zero.
    pub(super) taps: Vec<Tap>,
    pub(super) grid: Grid,
    /// The same by rows and by columns.
    pub(super) axes: [AxisTaps; 2],
}

impl Phase {
    /// Which taps of the kernel it adds up.
    pub(super) fn tap_indices(&self) -> Vec<usize> {
        self.taps.iter().map(|tap| tap.index).collect()
    }
}

/// A grid of pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    /// `[rows, columns]`
    pub(super) size: [usize; 2],
    pub(super) source: Strides,
    pub(super) out: Strides,
}

/// One direction of a convolution.
#[derive(Debug, Clone)]
pub(super) struct PhasePlan {
    /// Channels, height and width of what goes in.
    pub(super) channels: usize,
    pub(super) input: [usize; 2],
    /// `[top, left, bottom, right]` zeros that have to be put around it.
    pub(super) border: [usize; 4],
    /// Channels of what comes out, and its `[height, width]`.
    pub(super) out_channels: usize,
    pub(super) output: [usize; 2],
    pub(super) phases: Vec<Phase>,
}

/// One axis of a phase.
#[derive(Debug, Clone)]
pub(super) struct AxisTaps {
    /// (position of the tap, distance in source pixels), in the order of their distances, which lie evenly apart.
    pub(super) taps: Vec<(usize, usize)>,
    /// Where the grid's first pixel lies in the output, how many there are, and how far apart they lie there and in the
    /// source.
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) step: usize,
    pub(super) source_step: usize,
}

impl PhasePlan {
    /// From input to output.
    pub(super) fn forward(g: &Geometry) -> Self {
        let axis = |axis: usize| AxisTaps {
            taps: (0..g.kernel[axis]).map(|tap| (tap, tap * g.dilation[axis])).collect(),
            first: 0,
            count: g.output[axis],
            step: 1,
            source_step: g.stride[axis],
        };
        let mut plan = Self {
            channels: g.channels,
            input: g.input,
            border: g.padding,
            out_channels: g.out_channels,
            output: g.output,
            phases: Vec::new(),
        };
        plan.add(g, &axis(0), &axis(1));
        plan
    }

    /// From the gradient for the output to the gradient for the input.
    pub(super) fn backward(g: &Geometry) -> Self {
        let axes = [0, 1].map(|axis| axis_phases(g, axis));
        // How far the taps reach beyond the output, at both ends.
        let before = |axis: usize| {
            let least = axes[axis]
                .iter()
                .flat_map(|phase| phase.taps.iter().map(|tap| tap.1))
                .min();
            least.map_or(0, |least| usize::try_from(-least).unwrap_or(0))
        };
        let after = |axis: usize| {
            let most = axes[axis]
                .iter()
                .flat_map(|phase| phase.taps.iter().map(|tap| tap.1 + phase.count as isize))
                .max();
            most.map_or(0, |most| usize::try_from(most - g.output[axis] as isize).unwrap_or(0))
        };
        let mut plan = Self {
            channels: g.out_channels,
            input: g.output,
            border: [before(0), before(1), after(0), after(1)],
            out_channels: g.channels,
            output: g.input,
            phases: Vec::new(),
        };
        let axis_taps = |axis: usize, phase: &AxisPhase| {
            let mut taps: Vec<(usize, usize)> = phase
                .taps
                .iter()
                .map(|&(tap, distance)| (tap, distance.wrapping_add_unsigned(before(axis)) as usize))
                .collect();
            taps.sort_by_key(|tap| tap.1);
            AxisTaps {
                taps,
                first: phase.first,
                count: phase.count,
                step: g.stride[axis],
                source_step: 1,
            }
        };
        for rows in &axes[0] {
            for columns in &axes[1] {
                plan.add(g, &axis_taps(0, rows), &axis_taps(1, columns));
            }
        }
        plan
    }

    /// Numbers that come out.
    pub(super) const fn output_len(&self) -> usize {
        self.output[0] * self.output[1] * self.out_channels
    }

    /// `[height, width]` with the border.
    pub(super) const fn padded(&self) -> [usize; 2] {
        let [top, left, bottom, right] = self.border;
        [self.input[0] + top + bottom, self.input[1] + left + right]
    }

    fn add(&mut self, g: &Geometry, rows: &AxisTaps, columns: &AxisTaps) {
        if rows.count == 0 || columns.count == 0 {
            return;
        }
        let channels = self.channels;
        let source_row = self.padded()[1] * channels;
        let out_row = self.output[1] * self.out_channels;
        let mut phase = Phase {
            taps: rows
                .taps
                .iter()
                .flat_map(|&(ky, y)| {
                    columns.taps.iter().map(move |&(kx, x)| Tap {
                        offset: y * source_row + x * channels,
                        index: ky * g.kernel[1] + kx,
                    })
                })
                .collect(),
            grid: Grid {
                size: [rows.count, columns.count],
                source: Strides {
                    first: 0,
                    row: rows.source_step * source_row,
                    column: columns.source_step * channels,
                },
                out: Strides {
                    first: rows.first * out_row + columns.first * self.out_channels,
                    row: rows.step * out_row,
                    column: columns.step * self.out_channels,
                },
            },
            axes: [rows.clone(), columns.clone()],
        };
        phase.grid.join_rows();
        self.phases.push(phase);
    }
}

impl Grid {
    /// Rows that follow each other without a gap, in source and output, are one long row: fewer tiles are cut short.
    fn join_rows(&mut self) {
        let [rows, columns] = self.size;
        if self.source.row == columns * self.source.column && self.out.row == columns * self.out.column {
            self.size = [1, rows * columns];
        }
    }

    /// Where each pixel lies in the output.
    pub(super) fn pixels(self) -> impl Iterator<Item = usize> {
        let Strides { first, row, column } = self.out;
        let [rows, columns] = self.size;
        (0..rows).flat_map(move |y| (0..columns).map(move |x| first + y * row + x * column))
    }

    /// The same pixels in parts of about `pixels`: whole rows, or pieces of a row where one is longer.
    pub(super) fn split(self, pixels: usize) -> impl Iterator<Item = Self> {
        let [rows, columns] = self.size;
        let columns_each = columns.min(pixels.max(1));
        let rows_each = (pixels / columns).clamp(1, rows);
        (0..rows).step_by(rows_each).flat_map(move |row| {
            (0..columns).step_by(columns_each).map(move |column| {
                let from = |strides: Strides| Strides {
                    first: strides.first + row * strides.row + column * strides.column,
                    ..strides
                };
                Self {
                    size: [rows_each.min(rows - row), columns_each.min(columns - column)],
                    source: from(self.source),
                    out: from(self.out),
                }
            })
        })
    }
}

/// The input positions along one axis that meet the same taps.
struct AxisPhase {
    first: usize,
    count: usize,
    /// (tap, distance from the number of a position in this phase to that of the output it meets)
    taps: Vec<(usize, isize)>,
}

fn axis_phases(g: &Geometry, axis: usize) -> Vec<AxisPhase> {
    let (stride, size) = (g.stride[axis], g.input[axis]);
    (0..stride)
        .map(|first| {
            let padded = (first + g.padding[axis]) as isize;
            AxisPhase {
                first,
                count: size.saturating_sub(first).div_ceil(stride),
                taps: (0..g.kernel[axis])
                    .map(|tap| (tap, padded - (tap * g.dilation[axis]) as isize))
                    .filter(|(_, distance)| distance % stride as isize == 0)
                    .map(|(tap, distance)| (tap, distance / stride as isize))
                    .collect(),
            }
        })
        .filter(|phase| phase.count > 0)
        .collect()
}
