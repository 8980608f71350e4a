//! Which kernel computes one direction of a convolution.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::sync::Arc;

use super::depthwise::Depthwise;
use super::direct::Direct;
use super::narrow::Narrow;
use super::packed::{Order, PackedWeights};
use super::phases::PhasePlan;
use super::weights::Weights;
use super::winograd::Winograd;
use crate::epilogue::Epilogue;
use crate::geometry::Geometry;
use crate::lanes::Width;
use crate::pixels::{Pixels, PixelsIn, PixelsOut};

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
    /// Forward and backward, of weights `[O, C / groups, kh, kw]`. Each output channel's are multiplied by its `scale`, if there
    /// is one.
    pub(super) fn pair(g: &Geometry, width: Width, weight: &[f32], scale: Option<&[f32]>) -> [Self; 2] {
        let pack = |order| Arc::new(PackedWeights::new(g, order, width, weight, scale));
        let by_tap = LazyCell::new(|| pack(Order::ByTap));
        let by_channel = LazyCell::new(|| pack(Order::ByChannel));
        let scaled = LazyCell::new(|| scaled(weight, scale));
        [Direction::Forward, Direction::Backward].map(|direction| {
            let plan = match direction {
                Direction::Forward => PhasePlan::forward(g),
                Direction::Backward => PhasePlan::backward(g),
            };
            if g.is_depthwise() {
                // A channel goes in where it comes out, whichever the direction.
                Self::Depthwise(Depthwise::new(width, &plan, Weights::forward(g, &scaled)))
            } else if g.groups > 1 {
                Self::Direct(Direct::new(direction, plan, by_tap.clone(), g.groups))
            } else if Winograd::suits(g, &plan, width) {
                Self::Winograd(Winograd::new(g, direction, &plan, by_channel.clone()))
            } else if Narrow::suits(plan.channels, plan.out_channels, width) {
                let weights = match direction {
                    Direction::Forward => Weights::forward(g, &scaled),
                    Direction::Backward => Weights::backward(g, &scaled),
                };
                Self::Narrow(Narrow::new(width, plan, weights))
            } else {
                Self::Direct(Direct::new(direction, plan, by_tap.clone(), 1))
            }
        })
    }

    /// Its packed weights, where they are all that it reads.
    pub(super) fn packed(&self) -> Option<&PackedWeights> {
        match self {
            Self::Direct(direct) => Some(direct.weights()),
            Self::Winograd(winograd) => Some(winograd.weights()),
            Self::Narrow(_) | Self::Depthwise(_) => None,
        }
    }

    /// Whether [`fill`](Self::fill) can write pixels whose pitch is larger than their number of channels.
    pub(super) const fn writes_with_gaps(&self) -> bool {
        matches!(self, Self::Direct(_) | Self::Winograd(_))
    }

    /// Writes every channel of every pixel of `out`. `x` is a picture with its channels last, and so is the result; `bias` is one number an
    /// output channel, or nothing.
    ///
    /// # Panics
    /// If `out` has gaps, and this algorithm does not [write with gaps](Self::writes_with_gaps).
    pub(super) fn fill(&self, x: PixelsIn<'_>, bias: &[f32], epilogue: Epilogue<'_>, out: PixelsOut<'_>) {
        match self {
            Self::Direct(direct) if direct.reads_with_gaps() => direct.ready().run(x, bias, epilogue, out),
            Self::Direct(direct) => {
                let numbers = bordered(x, direct.plan());
                let pitch = direct.plan().channels;
                let x = Pixels {
                    numbers: &*numbers,
                    pitch,
                };
                direct.ready().run(x, bias, epilogue, out);
            }
            Self::Narrow(narrow) => narrow.run(&bordered(x, narrow.plan()), bias, epilogue, out.numbers),
            Self::Winograd(winograd) => winograd.run(x, bias, epilogue, out),
            Self::Depthwise(depthwise) => {
                depthwise.run(&x.without_gaps(depthwise.channels()), bias, epilogue, out.numbers);
            }
        }
    }
}

/// As many numbers for each output channel, times its factor.
pub(super) fn scaled<'a>(numbers: &'a [f32], scale: Option<&[f32]>) -> Cow<'a, [f32]> {
    let Some(scale) = scale else {
        return numbers.into();
    };
    let channels = numbers.chunks_exact(numbers.len() / scale.len()).zip(scale);
    channels
        .flat_map(|(numbers, scale)| numbers.iter().map(move |number| number * scale))
        .collect()
}

/// The picture with the zeros around it that its taps reach into.
fn bordered<'a>(x: PixelsIn<'a>, plan: &PhasePlan) -> Cow<'a, [f32]> {
    if plan.border == [0; 4] {
        return x.without_gaps(plan.channels);
    }
    let [top, left, bottom, right] = plan.border;
    let [height, width] = plan.padded();
    let [pixel, line] = [plan.channels, width * plan.channels];
    let mut out = Vec::with_capacity(height * line);
    out.resize(top * line, 0.0);
    for row in x.numbers.chunks(plan.input[1] * x.pitch) {
        out.resize(out.len() + left * pixel, 0.0);
        if x.pitch == pixel {
            out.extend_from_slice(row);
        } else {
            row.chunks(x.pitch)
                .for_each(|numbers| out.extend_from_slice(&numbers[..pixel]));
        }
        out.resize(out.len() + right * pixel, 0.0);
    }
    out.resize(out.len() + bottom * line, 0.0);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::Algorithm;
    use super::Algorithm::{Depthwise, Direct, Narrow, Winograd};
    use crate::geometry::Geometry;
    use crate::lanes::Width;

    #[test]
    fn every_algorithm_is_used() {
        let geometry = |kernel, groups| Geometry {
            channels: 16,
            out_channels: 16,
            input: [9, 9],
            output: [9, 9],
            kernel: [kernel; 2],
            stride: [1; 2],
            padding: [kernel / 2; 4],
            dilation: [1; 2],
            groups,
        };
        let algorithms = |g: &Geometry| Algorithm::pair(g, Width::best(), &vec![1.0; g.weight_len()], None);
        assert!(matches!(algorithms(&geometry(3, 1)), [Winograd(_), Winograd(_)]));
        assert!(matches!(algorithms(&geometry(5, 1)), [Direct(_), Direct(_)]));
        assert!(matches!(algorithms(&geometry(3, 16)), [Depthwise(_), Depthwise(_)]));
        let first_layer = Geometry {
            channels: 3,
            ..geometry(3, 1)
        };
        assert!(matches!(algorithms(&first_layer), [Direct(_), Narrow(_)]));
        let strided = |channels, output: usize| Geometry {
            channels,
            out_channels: channels,
            input: [2 * output; 2],
            output: [output; 2],
            stride: [2; 2],
            ..geometry(3, 1)
        };
        // Those of All-CNN-C; with few channels or pixels the transforms take longer than what they save.
        assert!(matches!(algorithms(&strided(96, 16)), [Winograd(_), Winograd(_)]));
        assert!(matches!(algorithms(&strided(192, 8)), [Winograd(_), Winograd(_)]));
        assert!(matches!(algorithms(&strided(32, 16)), [Direct(_), Direct(_)]));
        assert!(matches!(algorithms(&strided(192, 4)), [Direct(_), Direct(_)]));
    }
}
