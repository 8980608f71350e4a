//! Any convolution of one group that gives few channels, as a first layer's backward pass does: three numbers for each pixel of
//! the picture. Registers are filled by the channels that go in; each number that comes out is a sum over a whole register.

use std::mem::MaybeUninit;

use super::phases::{Grid, PhasePlan};
use super::tile::{Run, runs};
use super::weights::Weights;
use crate::aligned::Aligned;
use crate::epilogue::{Epilogue, OutputWriter, load};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// The most channels that may come out.
const MOST: usize = 4;

/// How many pixels are computed together: with four channels twelve sums, which fit the fewest registers there are.
const PIXELS: usize = 3;

/// One direction, weights packed.
#[derive(Debug)]
pub(super) struct Narrow {
    width: Width,
    plan: PhasePlan,
    /// For each phase.
    packed: Vec<Packed>,
}

#[derive(Debug)]
struct Packed {
    runs: Vec<Run>,
    /// For each register of a run's numbers, a register for each channel that comes out; zeros at the end of a run.
    weights: Aligned<f32>,
}

impl Narrow {
    /// Whether so few channels come out of so many, in this direction, that a register is better filled by those that go in.
    pub(super) const fn suits(channels: usize, out_channels: usize, width: Width) -> bool {
        out_channels <= MOST && channels >= width.count()
    }

    pub(super) fn new(width: Width, plan: PhasePlan, weights: Weights<'_>) -> Self {
        let packed = plan
            .phases
            .iter()
            .map(|phase| {
                let runs = runs(phase, plan.channels);
                let numbers: Vec<[usize; 2]> = phase
                    .taps
                    .iter()
                    .flat_map(|tap| (0..plan.channels).map(|from| [tap.index, from]))
                    .collect();
                Packed {
                    weights: pack(weights, &numbers, &runs, plan.out_channels, width),
                    runs,
                }
            })
            .collect();
        Self { width, plan, packed }
    }

    pub(super) const fn plan(&self) -> &PhasePlan {
        &self.plan
    }

    /// `x` has its border; `bias` is one number an output channel, or nothing.
    pub(super) fn run(&self, x: &[f32], bias: &[f32], epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
        assert_eq!(out.len(), self.plan.output_len());
        let job = Job {
            narrow: self,
            x,
            bias,
            epilogue,
            out,
        };
        dispatch(self.width, job);
    }
}

/// `numbers` are the tap and the channel of every number that goes in, run after run.
fn pack(weights: Weights<'_>, numbers: &[[usize; 2]], runs: &[Run], channels: usize, width: Width) -> Aligned<f32> {
    let registers: usize = runs.iter().map(|run| run.length.div_ceil(width.count())).sum();
    let mut numbers = numbers;
    Aligned::pushed(registers * channels * width.count(), |packed| {
        for run in runs {
            let (here, rest) = numbers.split_at(run.length);
            numbers = rest;
            for register in here.chunks(width.count()) {
                for to in 0..channels {
                    packed.extend(register.iter().map(|&[tap, from]| weights.at(tap, from, to)));
                    packed.resize(packed.len() + width.count() - register.len(), 0.0);
                }
            }
        }
    })
}

struct Job<'a> {
    narrow: &'a Narrow,
    x: &'a [f32],
    bias: &'a [f32],
    epilogue: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let plan = &self.narrow.plan;
        let channels = plan.out_channels;
        let mut writer = OutputWriter::<L>::new(self.epilogue, self.out);
        for (phase, packed) in plan.phases.iter().zip(&self.narrow.packed) {
            if phase.taps.is_empty() {
                phase.grid.pixels().for_each(|at| writer.put_zeros(at, channels));
                continue;
            }
            let rows = Rows {
                grid: phase.grid,
                packed,
                bias: self.bias,
            };
            match channels {
                1 => rows.run::<L, 1>(self.x, &mut writer),
                2 => rows.run::<L, 2>(self.x, &mut writer),
                3 => rows.run::<L, 3>(self.x, &mut writer),
                _ => rows.run::<L, MOST>(self.x, &mut writer),
            }
        }
    }
}

/// All pixels of a phase.
struct Rows<'a> {
    grid: Grid,
    packed: &'a Packed,
    bias: &'a [f32],
}

impl Rows<'_> {
    // A function of its own in WebAssembly: V8 runs out of patience, and then of registers, in one that holds everything.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    fn run<L: Lanes, const C: usize>(&self, x: &[f32], writer: &mut OutputWriter<'_, L>) {
        let bias: [f32; C] = core::array::from_fn(|c| self.bias.get(c).copied().unwrap_or(0.0));
        let Grid {
            size: [rows, columns],
            source,
            out,
        } = self.grid;
        for row in 0..rows {
            let x = &x[source.first + row * source.row..];
            let to = out.first + row * out.row;
            let mut column = 0;
            while column < columns {
                let from = &x[column * source.column..];
                let at = to + column * out.column;
                macro_rules! pixels {
                    ($pixels:expr) => {{
                        let sums = sums::<L, { $pixels }, C>(from, source.column, self.packed);
                        for (pixel, sums) in sums.into_iter().enumerate() {
                            let mut numbers = bias;
                            for (number, sum) in numbers.iter_mut().zip(sums) {
                                *number += sum.sum();
                            }
                            writer.put_numbers::<C>(numbers, at + pixel * out.column);
                        }
                        $pixels
                    }};
                }
                column += if column + PIXELS <= columns {
                    pixels!(PIXELS)
                } else {
                    pixels!(1)
                };
            }
        }
    }
}

/// For `P` pixels, `step` apart from the start of `x`, and each channel that comes out: the products, to be added up.
#[inline(always)]
fn sums<L: Lanes, const P: usize, const C: usize>(x: &[f32], step: usize, packed: &Packed) -> [[L; C]; P] {
    let mut sums = [[L::splat(0.0); C]; P];
    let mut weights = &*packed.weights;
    for run in &packed.runs {
        let whole = run.length - run.length % L::COUNT;
        assert!(
            (P - 1) * step + run.offset + run.length <= x.len(),
            "every run lies in the source"
        );
        let (here, rest) = weights.split_at(whole * C);
        let mut pixel = x[run.offset..].as_ptr();
        for weights in here.chunks_exact(C * L::COUNT) {
            let weights: [L; C] = core::array::from_fn(|c| L::load(&weights[c * L::COUNT..]));
            for (p, sums) in sums.iter_mut().enumerate() {
                // SAFETY: `pixel` has been moved by whole registers, fewer than the run has; that the run lies in `x` for
                // every pixel was asserted.
                let value = unsafe { L::load_at(pixel.add(p * step)) };
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum = sum.mul_add(value, weight);
                }
            }
            // SAFETY: as above; at most to the run's end.
            pixel = unsafe { pixel.add(L::COUNT) };
        }
        weights = rest;
        if whole < run.length {
            let (here, rest) = weights.split_at(C * L::COUNT);
            for (p, sums) in sums.iter_mut().enumerate() {
                let value: L = load(&x[p * step + run.offset + whole..p * step + run.offset + run.length]);
                for (c, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.mul_add(value, L::load(&here[c * L::COUNT..]));
                }
            }
            weights = rest;
        }
    }
    sums
}
