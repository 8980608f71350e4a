//! Which pixels each window holds, and which windows hold each pixel: by arithmetic, because lists of them would outgrow the
//! picture where windows are large.

use crate::Geometry;

/// The windows of a pooling.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    pub(super) channels: usize,
    pub(super) rows: Axis,
    pub(super) columns: Axis,
}

/// Rows or columns.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    input: usize,
    output: usize,
    /// How many taps a window has.
    pub(super) taps: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
    /// For each remainder of a padded position divided by the stride, the first tap by which a window can hold it.
    first_taps: Vec<Option<usize>>,
}

/// The other ends of some taps, and which taps they are: an arithmetic progression.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taps {
    at: usize,
    tap: usize,
    count: usize,
    /// From one to the next. Positions never fall.
    at_step: usize,
    tap_step: isize,
}

impl Taps {
    const NONE: Self = Self {
        at: 0,
        tap: 0,
        count: 0,
        at_step: 0,
        tap_step: 0,
    };

    /// Position and tap, in the order of the positions.
    #[inline(always)]
    pub(super) fn each(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.count).map(move |index| {
            let tap = self.tap.wrapping_add_signed(index as isize * self.tap_step);
            (self.at + index * self.at_step, tap)
        })
    }
}

impl Windows {
    /// `None` if some window holds nothing but padding.
    pub(super) fn new(g: &Geometry) -> Option<Self> {
        Some(Self {
            channels: g.channels,
            rows: Axis::new(g, 0)?,
            columns: Axis::new(g, 1)?,
        })
    }

    /// `[C, height, width]`
    pub(super) const fn input(&self) -> [usize; 3] {
        [self.channels, self.rows.input, self.columns.input]
    }

    /// `[C, height, width]`
    pub(super) const fn output(&self) -> [usize; 3] {
        [self.channels, self.rows.output, self.columns.output]
    }

    /// Whether an input has these sizes, `[1, C, height, width]`.
    pub(super) fn takes(&self, dims: [usize; 4]) -> bool {
        let [channels, height, width] = self.input();
        dims == [1, channels, height, width]
    }

    pub(super) fn input_len(&self) -> usize {
        self.input().iter().product()
    }

    pub(super) fn output_len(&self) -> usize {
        self.output().iter().product()
    }

    /// How many windows hold a pixel, at most.
    pub(super) const fn overlap(&self) -> usize {
        self.rows.overlap() * self.columns.overlap()
    }
}

impl Axis {
    fn new(g: &Geometry, axis: usize) -> Option<Self> {
        let (stride, dilation) = (g.stride[axis], g.dilation[axis]);
        if stride == 0 || dilation == 0 {
            return None;
        }
        let mut first_taps = vec![None; stride];
        for tap in (0..g.kernel[axis].min(stride)).rev() {
            first_taps[tap * dilation % stride] = Some(tap);
        }
        let axis = Self {
            input: g.input[axis],
            output: g.output[axis],
            taps: g.kernel[axis],
            stride,
            padding: g.padding[axis],
            dilation,
            first_taps,
        };
        (0..axis.output)
            .all(|output| axis.window(output).count > 0)
            .then_some(axis)
    }

    const fn overlap(&self) -> usize {
        self.taps.div_ceil(self.stride)
    }

    /// The inputs that window `output` holds.
    pub(super) fn window(&self, output: usize) -> Taps {
        let start = output * self.stride;
        let first = self.padding.saturating_sub(start).div_ceil(self.dilation);
        // Within the padded picture, the input ends here.
        let end = self.padding + self.input;
        let last = end.saturating_sub(start).div_ceil(self.dilation).min(self.taps);
        if first >= last {
            return Taps::NONE;
        }
        Taps {
            at: start + first * self.dilation - self.padding,
            tap: first,
            count: last - first,
            at_step: self.dilation,
            tap_step: 1,
        }
    }

    /// The input that window `output` holds by `tap`, which is none of padding.
    pub(super) const fn position(&self, output: usize, tap: usize) -> usize {
        output * self.stride + tap * self.dilation - self.padding
    }

    /// The outputs whose windows hold `input`.
    pub(super) fn holders(&self, input: usize) -> Taps {
        let padded = input + self.padding;
        let Some(least) = self.first_taps[padded % self.stride] else {
            return Taps::NONE;
        };
        // Every so many taps a window begins at another output again.
        let common = greatest_common_divisor(self.stride, self.dilation);
        let (tap_step, at_step) = (self.stride / common, self.dilation / common);
        // A window begins no later than its tap, and the last output is the last there is.
        let most = self.taps - 1;
        let last_start = (self.output - 1) * self.stride;
        let Some(from) = padded.checked_sub(least * self.dilation) else {
            return Taps::NONE;
        };
        // The outputs fall while the taps rise: leave out the first taps, whose outputs lie beyond the end.
        let skipped = from.saturating_sub(last_start).div_ceil(tap_step * self.dilation);
        let first = least + skipped * tap_step;
        let last = most.min(padded / self.dilation);
        if first > last {
            return Taps::NONE;
        }
        let count = (last - first) / tap_step + 1;
        let tap = first + (count - 1) * tap_step;
        Taps {
            at: (padded - tap * self.dilation) / self.stride,
            tap,
            count,
            at_step,
            tap_step: -(tap_step as isize),
        }
    }
}

const fn greatest_common_divisor(a: usize, b: usize) -> usize {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Axis;
    use crate::Geometry;

    proptest! {
        #[test]
        fn both_ways_give_the_same_pairs(
            input in 1usize..30, taps in 1usize..12, stride in 1usize..8, dilation in 1usize..6, padding in 0usize..9,
            output in 1usize..20,
        ) {
            let g = Geometry {
                channels: 1, out_channels: 1, input: [input; 2], output: [output; 2], kernel: [taps; 2], stride: [stride; 2],
                padding: [padding; 4], dilation: [dilation; 2], groups: 1,
            };
            let mut pairs = vec![];
            for output in 0..output {
                for tap in 0..taps {
                    if let Some(at) = (output * stride + tap * dilation).checked_sub(padding).filter(|at| *at < input) {
                        pairs.push((at, output, tap));
                    }
                }
            }
            let Some(axis) = Axis::new(&g, 0) else {
                prop_assert!((0..output).any(|output| pairs.iter().all(|pair| pair.1 != output)));
                return Ok(());
            };
            let windows = (0..output).flat_map(|output| axis.window(output).each().map(move |(at, tap)| (at, output, tap)));
            prop_assert_eq!(windows.collect::<Vec<_>>(), &pairs[..]);
            pairs.sort_unstable();
            let holders = (0..input).flat_map(|input| axis.holders(input).each().map(move |(at, tap)| (input, at, tap)));
            prop_assert_eq!(holders.collect::<Vec<_>>(), pairs);
        }
    }
}
