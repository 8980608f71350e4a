//! Any convolution of one group, tap by tap: a row of taps reads one run of the source (channels last), so nothing is
//! unfolded.

use super::finish::Finish;
use super::passes::{Pass, Passes};
use super::tile::{Run, blocks, cover, pack, tile};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// One direction, weights packed.
#[derive(Debug)]
pub(super) struct Direct {
    width: Width,
    passes: Passes,
    /// For each pass.
    packed: Vec<Packed>,
}

#[derive(Debug)]
struct Packed {
    runs: Vec<Run>,
    weights: Vec<f32>,
}

impl Direct {
    /// `weight` gives the number for a tap, a channel in and a channel out.
    pub(super) fn new(width: Width, passes: Passes, weight: impl Fn(usize, usize, usize) -> f32) -> Self {
        let channels = passes.channels;
        let packed = passes
            .passes
            .iter()
            .map(|pass| Packed {
                runs: runs(pass, channels),
                weights: pack(
                    pass.taps.len() * channels,
                    passes.out_channels,
                    width.count(),
                    |row, out| weight(pass.taps[row / channels].index, row % channels, out),
                ),
            })
            .collect();
        Self { width, passes, packed }
    }

    pub(super) const fn passes(&self) -> &Passes {
        &self.passes
    }

    /// `x` has its border; `bias` is one number an output channel, or nothing. What no tap reaches stays as it is in
    /// `out`.
    pub(super) fn run(&self, x: &[f32], bias: &[f32], finish: Finish<'_>, out: &mut [f32]) {
        dispatch(
            self.width,
            Job {
                direct: self,
                x,
                bias,
                finish,
                out,
            },
        );
    }
}

/// Neighbouring taps' numbers that follow each other are one run.
fn runs(pass: &Pass, channels: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for tap in &pass.taps {
        match runs.last_mut() {
            Some(run) if run.offset + run.length == tap.offset => run.length += channels,
            _ => runs.push(Run {
                offset: tap.offset,
                length: channels,
            }),
        }
    }
    runs
}

struct Job<'a> {
    direct: &'a Direct,
    x: &'a [f32],
    bias: &'a [f32],
    finish: Finish<'a>,
    out: &'a mut [f32],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let channels = self.direct.passes.out_channels;
        for (pass, packed) in self.direct.passes.passes.iter().zip(&self.direct.packed) {
            if pass.taps.is_empty() {
                continue;
            }
            let rows: usize = packed.runs.iter().map(|run| run.length).sum();
            let mut weights = packed.weights.as_slice();
            let mut first = 0;
            for block in blocks(channels, L::COUNT) {
                let (here, rest) = weights.split_at(rows * block * L::COUNT);
                weights = rest;
                let block = Block {
                    pass,
                    runs: &packed.runs,
                    weights: here,
                    bias: self.bias,
                    first,
                    channels,
                    finish: self.finish,
                };
                first += here.len() / rows;
                match here.len() / rows / L::COUNT {
                    1 => block.run::<L, 1>(self.x, self.out),
                    2 => block.run::<L, 2>(self.x, self.out),
                    _ => block.run::<L, 3>(self.x, self.out),
                }
            }
        }
    }
}

/// A pass for a block of output channels.
struct Block<'a> {
    pass: &'a Pass,
    runs: &'a [Run],
    weights: &'a [f32],
    bias: &'a [f32],
    /// Its first channel.
    first: usize,
    channels: usize,
    finish: Finish<'a>,
}

impl Block<'_> {
    #[inline(always)]
    fn run<L: Lanes, const K: usize>(&self, x: &[f32], out: &mut [f32]) {
        let bias: [L; K] = core::array::from_fn(|j| {
            let from = (self.first + j * L::COUNT).min(self.bias.len());
            let to = (from + L::COUNT).min(self.bias.len());
            super::finish::load_part(&self.bias[from..to])
        });
        let Pass {
            grid: [rows, columns],
            source,
            out: places,
            ..
        } = *self.pass;
        for row in 0..rows {
            let x = &x[source.first + row * source.row..];
            let to = places.first + row * places.row;
            macro_rules! each {
                ($pixels:literal, $x:ident) => {{
                    let from = &x[$x * source.column..];
                    let sums = tile::<L, $pixels, K>(from, source.column, self.runs, self.weights, bias);
                    for (p, sums) in sums.into_iter().enumerate() {
                        let at = to + ($x + p) * places.column;
                        for (j, sum) in sums.into_iter().enumerate() {
                            let channel = self.first + j * L::COUNT;
                            self.finish.store(sum, out, at + channel, self.channels - channel);
                        }
                    }
                    $pixels
                }};
            }
            cover!(L, K, columns, each);
        }
    }
}
