//! Convolutions in which every channel has a kernel of its own: nothing is summed over channels, so registers hold
//! neighbouring channels and each tap is one multiplication.
//!
//! There is little to compute for each number that is read, so the picture is read where it lies: no border is put around a
//! copy. Taps that reach beyond its edge are left out, or meet a zero.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::depthwise_inner_loop::{PIXELS, unrolled};
use super::phases::{AxisTaps, Phase, PhasePlan};
use super::weights::Weights;
use crate::aligned::Aligned;
use crate::epilogue::{Epilogue, OutputWriter, load_part};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// One direction, weights packed.
#[derive(Debug)]
pub(super) struct Depthwise {
    width: Width,
    channels: usize,
    input: [usize; 2],
    output: [usize; 2],
    phases: Vec<PhaseKernel>,
}

/// Register after register of channels, in each a row of numbers for every tap. Channels are rounded up to whole registers.
fn registers(weights: Weights<'_>, taps: &[usize], channels: usize, width: Width) -> Aligned<f32> {
    let count = width.count();
    Aligned::pushed(taps.len() * channels.next_multiple_of(count), |packed| {
        for first in (0..channels).step_by(count) {
            let there = count.min(channels - first);
            for &tap in taps {
                packed.extend((first..first + there).map(|channel| weights.at(tap, 0, channel)));
                packed.resize(packed.len() + count - there, 0.0);
            }
        }
    })
}

/// Output pixels that meet the same taps.
#[derive(Debug)]
struct PhaseKernel {
    axes: [Axis; 2],
    /// Register after register of channels, in each a row of numbers for every tap. Channels are rounded up to whole
    /// registers.
    weights: Aligned<f32>,
}

/// A grid's rows, or its columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    /// How many places the picture has.
    pub(super) size: usize,
    /// The place that the first tap reads for the first pixel; negative ones lie before the picture.
    pub(super) start: isize,
    /// How many taps, how far apart, and how far the next pixel's are.
    pub(super) taps: usize,
    pub(super) apart: usize,
    pub(super) step: usize,
    /// Where the first pixel lies in the output, how many there are, and how far apart.
    first: usize,
    pub(super) count: usize,
    out_step: usize,
}

impl Axis {
    fn new(axis: &AxisTaps, border: usize, size: usize) -> Self {
        let distance = |tap: usize| axis.taps.get(tap).map_or(0, |tap| tap.1);
        Self {
            size,
            start: distance(0) as isize - border as isize,
            taps: axis.taps.len(),
            apart: distance(1).saturating_sub(distance(0)).max(1),
            step: axis.source_step,
            first: axis.first,
            count: axis.count,
            out_step: axis.step,
        }
    }

    /// Those of its pixels that lie in a part of the output.
    fn within(&self, part: &Range<usize>) -> Range<usize> {
        let before = |place: usize| place.saturating_sub(self.first).div_ceil(self.out_step).min(self.count);
        before(part.start)..before(part.end)
    }

    /// The taps that read inside the picture for one pixel.
    fn inside(&self, pixel: usize) -> Range<usize> {
        let start = self.start + (pixel * self.step) as isize;
        // Taps that begin before `place`.
        let before = |place: isize| (usize::try_from(place - start).unwrap_or(0).div_ceil(self.apart)).min(self.taps);
        before(0)..before(self.size as isize)
    }
}

impl Depthwise {
    pub(super) fn new(width: Width, plan: &PhasePlan, weights: Weights<'_>) -> Self {
        let channels = plan.channels;
        let axis = |phase: &Phase, axis: usize| Axis::new(&phase.axes[axis], plan.border[axis], plan.input[axis]);
        Self {
            width,
            channels,
            input: plan.input,
            output: plan.output,
            phases: plan
                .phases
                .iter()
                .map(|phase| PhaseKernel {
                    axes: [axis(phase, 0), axis(phase, 1)],
                    weights: registers(weights, &phase.tap_indices(), channels, width),
                })
                .collect(),
        }
    }

    /// Rows of what comes out.
    pub(super) const fn output_rows(&self) -> usize {
        self.output[0]
    }

    /// Numbers in a row of what comes out.
    pub(super) const fn output_row(&self) -> usize {
        self.output[1] * self.channels
    }

    pub(super) const fn channels(&self) -> usize {
        self.channels
    }

    /// `x` has no border; `bias` is one number a channel, or nothing.
    pub(super) fn run(&self, x: &[f32], bias: &[f32], epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
        self.run_rows(0..self.output[0], x, bias, epilogue, out);
    }

    /// Some rows of what comes out: `out`, and what `epilogue` may hold, is those rows.
    pub(super) fn run_rows(
        &self,
        rows: Range<usize>,
        x: &[f32],
        bias: &[f32],
        epilogue: Epilogue<'_>,
        out: &mut [MaybeUninit<f32>],
    ) {
        assert_eq!(x.len(), self.input[0] * self.input[1] * self.channels);
        assert_eq!(out.len(), rows.len() * self.output_row());
        dispatch(
            self.width,
            Job {
                depthwise: self,
                rows,
                x,
                bias,
                epilogue,
                out,
            },
        );
    }
}

struct Job<'a> {
    depthwise: &'a Depthwise,
    rows: Range<usize>,
    x: &'a [f32],
    bias: &'a [f32],
    epilogue: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let mut writer = OutputWriter::<L>::new(self.epilogue, self.out);
        let Depthwise { channels, output, .. } = *self.depthwise;
        let phases = &self.depthwise.phases;
        let ranges = || phases.iter().map(|grid| grid.axes[0].within(&self.rows));
        let first = ranges().map(|range| range.start).min().unwrap_or(0);
        let end = ranges().map(|range| range.end).max().unwrap_or(0);
        // Row by row through all phases, because what they read and write lies side by side.
        for y in first..end {
            for (PhaseKernel { axes, weights }, _) in
                phases.iter().zip(ranges()).filter(|(_, range)| range.contains(&y))
            {
                let [rows, columns] = *axes;
                let taps = rows.inside(y);
                let row = Row {
                    line: (rows.start + (y * rows.step + taps.start * rows.apart) as isize) as usize,
                    taps,
                    rows,
                    columns,
                    weights,
                    x: self.x,
                    bias: self.bias,
                    channels,
                    to: ((rows.first + y * rows.out_step - self.rows.start) * output[1] + columns.first) * channels,
                    apart: columns.out_step * channels,
                };
                let whole = channels - channels % L::COUNT;
                let unrolled = columns.count >= PIXELS && !row.taps.is_empty() && unrolled(&row, whole, &mut writer);
                let done = if unrolled { whole } else { 0 };
                if done < channels {
                    (0..columns.count).for_each(|x| row.pixel(x, done, &mut writer));
                }
            }
        }
    }
}

/// One row of a grid.
pub(super) struct Row<'a> {
    /// The source's line that the first of its taps reads.
    pub(super) line: usize,
    /// The rows of taps that lie inside the picture.
    pub(super) taps: Range<usize>,
    pub(super) rows: Axis,
    pub(super) columns: Axis,
    pub(super) weights: &'a [f32],
    pub(super) x: &'a [f32],
    pub(super) bias: &'a [f32],
    pub(super) channels: usize,
    /// Where the first pixel's numbers are stored, and how far from one pixel to the next.
    pub(super) to: usize,
    pub(super) apart: usize,
}

impl Row<'_> {
    /// The channels of one pixel from `first` on, tap after tap.
    #[inline(always)]
    fn pixel<L: Lanes>(&self, pixel: usize, first: usize, writer: &mut OutputWriter<'_, L>) {
        let inside = self.columns.inside(pixel);
        let place = self.columns.start + (pixel * self.columns.step) as isize;
        for channel in (first..self.channels).step_by(L::COUNT) {
            let count = L::COUNT.min(self.channels - channel);
            let mut sum = self.bias_of::<L>(channel, count);
            for row in self.taps.clone() {
                let line = self.line + (row - self.taps.start) * self.rows.apart;
                for column in inside.clone() {
                    let at = line * self.columns.size + (place + (column * self.columns.apart) as isize) as usize;
                    let weight = &self.weights[self.weights_of::<L>(channel, row) + column * L::COUNT..];
                    sum = sum.mul_add(
                        load_part(&self.x[at * self.channels + channel..][..count]),
                        L::load(weight),
                    );
                }
            }
            writer.put([[sum]], self.to + pixel * self.apart + channel, 0, count);
        }
    }

    /// `count` channels' bias.
    #[inline(always)]
    pub(super) fn bias_of<L: Lanes>(&self, channel: usize, count: usize) -> L {
        if self.bias.is_empty() {
            L::splat(0.0)
        } else {
            load_part(&self.bias[channel..channel + count])
        }
    }

    /// Where the weights of a register of channels for a row of taps begin.
    #[inline(always)]
    pub(super) fn weights_of<L: Lanes>(&self, channel: usize, row: usize) -> usize {
        (channel / L::COUNT * self.rows.taps + row) * self.columns.taps * L::COUNT
    }
}
