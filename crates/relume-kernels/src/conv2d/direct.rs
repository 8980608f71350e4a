//! Any convolution, tap by tap: a row of taps reads one run of the source (channels last), so nothing is
//! unfolded.

use std::mem::MaybeUninit;
use std::sync::Arc;

use super::algorithm::Direction;
use super::packed::PackedWeights;
use super::phases::{Grid, PhasePlan, Strides, Tap};
use super::tile::{Run, blocks, cover, runs, tile};
use crate::aligned::Aligned;
use crate::epilogue::{Epilogue, OutputWriter, load_part};
use crate::lanes::{Lanes, OverLanes, dispatch};
use crate::pixels::{Pixels, PixelsIn, PixelsOut};

/// How many numbers, read and written, a core keeps close: a quarter of what second-level caches have nowadays.
const CACHED: usize = 32 * 1024;

/// The same where there are no more weights than that, so that going over them is cheap. Then a pixel's channels are written
/// soon after each other, in the order in which they lie in memory; it is memory that such layers wait for.
const CLOSE: usize = 8 * 1024;

/// One direction.
#[derive(Debug)]
pub(super) struct Direct {
    direction: Direction,
    plan: PhasePlan,
    groups: usize,
    /// For each phase.
    runs: Vec<Vec<Run>>,
    weights: Arc<PackedWeights>,
}

impl Direct {
    pub(super) fn new(direction: Direction, plan: PhasePlan, weights: Arc<PackedWeights>, groups: usize) -> Self {
        let channels = plan.channels / groups;
        Self {
            direction,
            runs: plan.phases.iter().map(|phase| runs(phase, channels)).collect(),
            plan,
            groups,
            weights,
        }
    }

    pub(super) const fn plan(&self) -> &PhasePlan {
        &self.plan
    }

    pub(super) fn weights(&self) -> &PackedWeights {
        &self.weights
    }

    /// Whether each pixel that comes out is computed from the one in its place, and from no other.
    pub(super) fn is_pointwise(&self) -> bool {
        let PhasePlan {
            channels,
            out_channels,
            input: [height, width],
            output,
            border,
            ..
        } = self.plan;
        let [phase] = &*self.plan.phases else {
            return false;
        };
        let strides = |column| Strides {
            first: 0,
            row: width * column,
            column,
        };
        self.groups == 1
            && border == [0; 4]
            && output == [height, width]
            && matches!(*phase.taps, [Tap { offset: 0, .. }])
            && phase.grid.size == [1, height * width]
            && (phase.grid.source, phase.grid.out) == (strides(channels), strides(out_channels))
    }

    /// Whether [`run`](Ready::run) can read pixels whose pitch is larger than their number of channels. Otherwise a run of numbers may cover several pixels.
    pub(super) fn reads_with_gaps(&self) -> bool {
        let alone = |taps: &[Tap]| matches!(taps, [] | [Tap { offset: 0, .. }]);
        self.plan.border == [0; 4] && self.plan.phases.iter().all(|phase| alone(&phase.taps))
    }

    /// With the weights in the order of this direction.
    pub(super) fn ready(&self) -> Ready<'_> {
        let swapped = match self.direction {
            Direction::Forward => Vec::new(),
            Direction::Backward => {
                let phases = self.plan.phases.iter();
                phases
                    .map(|phase| self.weights.backward(&phase.tap_indices()))
                    .collect()
            }
        };
        Ready { direct: self, swapped }
    }
}

/// A [`Direct`] for which everything is there: in the backward pass the weights of each phase, whose rows and columns were
/// swapped.
pub(super) struct Ready<'a> {
    direct: &'a Direct,
    swapped: Vec<Aligned<f32>>,
}

impl Ready<'_> {
    /// As many pixels as there are in `x`, where [`is_pointwise`](Direct::is_pointwise).
    pub(super) fn run_pixels(&self, x: &[f32], bias: &[f32], epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
        assert!(self.direct.is_pointwise());
        let PhasePlan {
            channels, out_channels, ..
        } = self.direct.plan;
        let pixels = x.len() / channels;
        assert_eq!(out.len(), pixels * out_channels);
        let x = Pixels {
            numbers: x,
            pitch: channels,
        };
        let out = Pixels {
            numbers: out,
            pitch: out_channels,
        };
        self.dispatch(x, bias, epilogue, out, Some([1, pixels]));
    }

    /// `x` has its border; `bias` is one number an output channel, or nothing.
    pub(super) fn run(&self, x: PixelsIn<'_>, bias: &[f32], epilogue: Epilogue<'_>, out: PixelsOut<'_>) {
        let plan = &self.direct.plan;
        assert!(
            x.pitch == plan.channels || self.direct.reads_with_gaps(),
            "an input without gaps"
        );
        let room = out.span(plan.output[0] * plan.output[1], plan.out_channels);
        assert!(out.numbers.len() >= room, "room for the output");
        self.dispatch(x, bias, epilogue, out, None);
    }

    fn dispatch(
        &self,
        x: PixelsIn<'_>,
        bias: &[f32],
        epilogue: Epilogue<'_>,
        out: PixelsOut<'_>,
        part: Option<[usize; 2]>,
    ) {
        dispatch(
            self.direct.weights.width(),
            Job {
                ready: self,
                part,
                x,
                bias,
                epilogue,
                out,
            },
        );
    }
}

struct Job<'a> {
    ready: &'a Ready<'a>,
    /// The size of a phase's grid, if `x` is not a whole picture.
    part: Option<[usize; 2]>,
    x: PixelsIn<'a>,
    bias: &'a [f32],
    epilogue: Epilogue<'a>,
    out: PixelsOut<'a>,
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Ready { direct, swapped } = self.ready;
        let plan = &direct.plan;
        let (channels, groups, width) = (plan.out_channels, direct.groups, direct.weights.width());
        let mut writer = OutputWriter::<L>::new(self.epilogue, self.out.numbers);
        for (number, (phase, runs)) in plan.phases.iter().zip(&direct.runs).enumerate() {
            let grid = Grid {
                size: self.part.unwrap_or(phase.grid.size),
                source: phase.grid.source.with_pitch(plan.channels, self.x.pitch),
                out: phase.grid.out.with_pitch(channels, self.out.pitch),
            };
            if phase.taps.is_empty() {
                grid.pixels().for_each(|at| writer.put_zeros(at, channels));
                continue;
            }
            // The one phase of the forward pass has all taps, in their order.
            let all = swapped.get(number).map_or(direct.weights.forward(), |swapped| swapped);
            let rows: usize = runs.iter().map(|run| run.length).sum();
            // Every block of channels goes over the same pixels, so they should stay in the cache meanwhile.
            let cached = if all.len() <= CLOSE { CLOSE } else { CACHED };
            for grid in grid.split(cached / (phase.grid.source.column + channels)) {
                let mut weights = all;
                for group in 0..groups {
                    let last = (group + 1) * channels / groups;
                    let mut first = group * channels / groups;
                    for registers in blocks(channels / groups, width) {
                        let (here, rest) = weights.split_at(rows * registers * L::COUNT);
                        weights = rest;
                        let block = Block {
                            grid,
                            from: group * plan.channels / groups,
                            runs,
                            weights: here,
                            bias: self.bias,
                            first,
                            last,
                        };
                        first += registers * L::COUNT;
                        match registers {
                            1 => block.run::<L, 1>(self.x.numbers, &mut writer),
                            2 => block.run::<L, 2>(self.x.numbers, &mut writer),
                            // Not compiled where no block is as wide.
                            _ if L::WIDTH.block() >= 3 => block.run::<L, 3>(self.x.numbers, &mut writer),
                            _ => unreachable!("no block is wider"),
                        }
                    }
                }
            }
        }
    }
}

/// Some pixels of a phase, for a block of output channels.
struct Block<'a> {
    grid: Grid,
    /// The first channel of those that go in.
    from: usize,
    runs: &'a [Run],
    weights: &'a [f32],
    bias: &'a [f32],
    /// The first of its channels, and the end of its group's.
    first: usize,
    last: usize,
}

impl Block<'_> {
    // A function of its own in WebAssembly: V8 runs out of patience, and then of registers, in one that holds everything.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    fn run<L: Lanes, const K: usize>(&self, x: &[f32], writer: &mut OutputWriter<'_, L>) {
        let bias: [L; K] = core::array::from_fn(|j| {
            let last = self.last.min(self.bias.len());
            let from = (self.first + j * L::COUNT).min(last);
            let to = (from + L::COUNT).min(last);
            load_part(&self.bias[from..to])
        });
        let Grid {
            size: [rows, columns],
            source,
            out,
        } = self.grid;
        for row in 0..rows {
            let x = &x[source.first + row * source.row + self.from..];
            let to = out.first + row * out.row;
            macro_rules! each {
                ($pixels:literal, $x:ident) => {{
                    let from = &x[$x * source.column..];
                    let sums = tile::<L, $pixels, K>(from, source.column, self.runs, self.weights, bias);
                    let at = to + $x * out.column + self.first;
                    writer.put(sums, at, out.column, self.last - self.first);
                    $pixels
                }};
            }
            cover!(L, K, columns, each);
        }
    }
}
