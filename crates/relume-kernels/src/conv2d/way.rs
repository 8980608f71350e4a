//! Which kernel computes one direction of a convolution.

use std::borrow::Cow;

use super::depthwise::Depthwise;
use super::direct::Direct;
use super::finish::Finish;
use super::passes::Passes;
use super::winograd::Winograd;
use crate::geometry::Geometry;
use crate::lanes::Width;

/// How one direction is computed.
#[derive(Debug)]
pub(super) enum Way {
    Direct(Direct),
    Winograd(Winograd),
    Depthwise(Depthwise),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Direction {
    Forward,
    Backward,
}

impl Way {
    pub(super) fn new(g: &Geometry, width: Width, direction: Direction, weight: &[f32]) -> Self {
        assert_eq!(weight.len(), g.weight_len());
        let taps = g.taps();
        let (passes, back) = match direction {
            Direction::Forward => (Passes::forward(g), false),
            Direction::Backward => (Passes::backward(g), true),
        };
        if g.groups > 1 {
            return Self::Depthwise(Depthwise::new(width, passes, |tap, channel| {
                weight[channel * taps + tap]
            }));
        }
        let of = |tap: usize, from: usize, to: usize| {
            let (o, i) = if back { (from, to) } else { (to, from) };
            weight[(o * g.channels + i) * taps + tap]
        };
        if Winograd::suits(g, &passes, width) {
            Self::Winograd(Winograd::new(width, &passes, of))
        } else {
            Self::Direct(Direct::new(width, passes, of))
        }
    }

    /// `x` and `out` are pictures with their channels last; `bias` is one number an output channel, or nothing.
    pub(super) fn run(&self, x: &[f32], bias: &[f32], finish: Finish<'_>, out: &mut [f32]) {
        match self {
            Self::Direct(way) => way.run(&bordered(x, way.passes()), bias, finish, out),
            Self::Winograd(way) => way.run(x, bias, finish, out),
            Self::Depthwise(way) => way.run(&bordered(x, way.passes()), bias, finish, out),
        }
    }
}

/// The picture with the zeros around it that its passes reach into.
fn bordered<'a>(x: &'a [f32], passes: &Passes) -> Cow<'a, [f32]> {
    if passes.border == [0; 4] {
        return x.into();
    }
    let [top, left, ..] = passes.border;
    let [height, width] = passes.padded();
    let line = width * passes.channels;
    let mut out = vec![0.0; height * line];
    let length = passes.input[1] * passes.channels;
    for (row, x) in x.chunks_exact(length).enumerate() {
        let at = (top + row) * line + left * passes.channels;
        out[at..at + length].copy_from_slice(x);
    }
    out.into()
}
