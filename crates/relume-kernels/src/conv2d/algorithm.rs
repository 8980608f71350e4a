//! Which kernel computes one direction of a convolution.

use std::borrow::Cow;
use std::mem::MaybeUninit;

use super::depthwise::Depthwise;
use super::direct::Direct;
use super::narrow::Narrow;
use super::pack::Weights;
use super::phases::PhasePlan;
use super::winograd::Winograd;
use crate::epilogue::Epilogue;
use crate::geometry::Geometry;
use crate::lanes::Width;

/// How one direction is computed.
#[derive(Debug)]
pub(super) enum Algorithm {
    Direct(Direct),
    Narrow(Narrow),
    Winograd(Winograd),
    Depthwise(Depthwise),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Direction {
    Forward,
    Backward,
}

impl Algorithm {
    pub(super) fn new(g: &Geometry, width: Width, direction: Direction, weight: &[f32]) -> Self {
        assert_eq!(weight.len(), g.weight_len());
        let (plan, weights) = match direction {
            Direction::Forward => (PhasePlan::forward(g), Weights::forward(g, weight)),
            Direction::Backward => (PhasePlan::backward(g), Weights::backward(g, weight)),
        };
        if g.is_depthwise() {
            // A channel goes in where it comes out, whichever the direction.
            return Self::Depthwise(Depthwise::new(width, &plan, Weights::forward(g, weight)));
        }
        if g.groups > 1 {
            return Self::Direct(Direct::new(width, plan, weights, g.groups));
        }
        if Winograd::suits(g, &plan, width) {
            Self::Winograd(Winograd::new(width, &plan, weights))
        } else if Narrow::suits(plan.channels, plan.out_channels, width) {
            Self::Narrow(Narrow::new(width, plan, weights))
        } else {
            Self::Direct(Direct::new(width, plan, weights, 1))
        }
    }

    /// Writes every number of `out`. `x` is a picture with its channels last, and so is the result; `bias` is one number an
    /// output channel, or nothing.
    pub(super) fn fill(&self, x: &[f32], bias: &[f32], epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
        match self {
            Self::Direct(direct) => direct.run(&bordered(x, direct.plan()), bias, epilogue, out),
            Self::Narrow(narrow) => narrow.run(&bordered(x, narrow.plan()), bias, epilogue, out),
            Self::Winograd(winograd) => winograd.run(x, bias, epilogue, out),
            Self::Depthwise(depthwise) => depthwise.run(x, bias, epilogue, out),
        }
    }
}

/// The picture with the zeros around it that its taps reach into.
fn bordered<'a>(x: &'a [f32], plan: &PhasePlan) -> Cow<'a, [f32]> {
    if plan.border == [0; 4] {
        return x.into();
    }
    let [top, left, bottom, right] = plan.border;
    let [height, width] = plan.padded();
    let [pixel, line] = [plan.channels, width * plan.channels];
    let mut out = Vec::with_capacity(height * line);
    out.resize(top * line, 0.0);
    for row in x.chunks_exact(plan.input[1] * pixel) {
        out.resize(out.len() + left * pixel, 0.0);
        out.extend_from_slice(row);
        out.resize(out.len() + right * pixel, 0.0);
    }
    out.resize(out.len() + bottom * line, 0.0);
    out.into()
}
