//! Which kernel computes one direction of a convolution.

use std::borrow::Cow;
use std::mem::MaybeUninit;

use super::depthwise::Depthwise;
use super::direct::Direct;
use super::finish::Finish;
use super::pack::Weights;
use super::passes::Passes;
use super::winograd::Winograd;
use crate::fresh::fresh;
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
        let (passes, weights) = match direction {
            Direction::Forward => (Passes::forward(g), Weights::forward(g, weight)),
            Direction::Backward => (Passes::backward(g), Weights::backward(g, weight)),
        };
        if g.groups > 1 {
            // A channel goes in where it comes out, whichever the direction.
            return Self::Depthwise(Depthwise::new(width, &passes, Weights::forward(g, weight)));
        }
        if Winograd::suits(g, &passes, width) {
            Self::Winograd(Winograd::new(width, &passes, weights))
        } else {
            Self::Direct(Direct::new(width, passes, weights))
        }
    }

    /// `x` is a picture with its channels last, and so is the result, of `length` numbers; `bias` is one number an output
    /// channel, or nothing.
    pub(super) fn run(&self, x: &[f32], bias: &[f32], finish: Finish<'_>, length: usize) -> Vec<f32> {
        // SAFETY: a way writes every number of its output: each pixel belongs to one pass, to one tile or to one row of a
        // grid. The tests have it write into memory filled with NaN.
        unsafe { fresh(length, |out| self.fill(x, bias, finish, out)) }
    }

    /// Writes every number of `out`.
    pub(super) fn fill(&self, x: &[f32], bias: &[f32], finish: Finish<'_>, out: &mut [MaybeUninit<f32>]) {
        match self {
            Self::Direct(way) => {
                assert_eq!(out.len(), way.passes().output_len());
                way.run(&bordered(x, way.passes()), bias, finish, out);
            }
            Self::Winograd(way) => {
                assert_eq!(out.len(), way.output_len());
                way.run(x, bias, finish, out);
            }
            Self::Depthwise(way) => {
                assert_eq!(out.len(), way.output_len());
                way.run(x, bias, finish, out);
            }
        }
    }
}

/// The picture with the zeros around it that its passes reach into.
fn bordered<'a>(x: &'a [f32], passes: &Passes) -> Cow<'a, [f32]> {
    if passes.border == [0; 4] {
        return x.into();
    }
    let [top, left, bottom, right] = passes.border;
    let [height, width] = passes.padded();
    let [pixel, line] = [passes.channels, width * passes.channels];
    let mut out = Vec::with_capacity(height * line);
    out.resize(top * line, 0.0);
    for row in x.chunks_exact(passes.input[1] * pixel) {
        out.resize(out.len() + left * pixel, 0.0);
        out.extend_from_slice(row);
        out.resize(out.len() + right * pixel, 0.0);
    }
    out.resize(out.len() + bottom * line, 0.0);
    out.into()
}
