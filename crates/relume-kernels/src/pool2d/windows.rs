//! Which pixels each window holds, and which windows hold each pixel.

use std::ops::Range;

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
    /// For each output, the inputs of its window.
    pub(super) windows: Lists,
    /// For each input, the outputs whose windows hold it.
    pub(super) holders: Lists,
    /// How many taps a window has.
    pub(super) taps: usize,
}

/// The other end of a window's tap, and which tap it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tap {
    pub(super) at: usize,
    pub(super) tap: usize,
}

/// Many short lists in one.
#[derive(Debug, Clone)]
pub(super) struct Lists {
    ranges: Vec<Range<usize>>,
    taps: Vec<Tap>,
}

impl Lists {
    fn new(lists: impl Iterator<Item = Vec<Tap>>) -> Self {
        let (mut ranges, mut taps) = (Vec::new(), Vec::new());
        for list in lists {
            ranges.push(taps.len()..taps.len() + list.len());
            taps.extend(list);
        }
        Self { ranges, taps }
    }

    pub(super) const fn len(&self) -> usize {
        self.ranges.len()
    }

    pub(super) fn each(&self) -> impl Iterator<Item = &[Tap]> {
        self.ranges.iter().map(|range| &self.taps[range.clone()])
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
        [self.channels, self.rows.holders.len(), self.columns.holders.len()]
    }

    /// `[C, height, width]`
    pub(super) const fn output(&self) -> [usize; 3] {
        [self.channels, self.rows.windows.len(), self.columns.windows.len()]
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
}

impl Axis {
    fn new(g: &Geometry, axis: usize) -> Option<Self> {
        let (input, output, taps) = (g.input[axis], g.output[axis], g.kernel[axis]);
        let position = |output: usize, tap: usize| {
            let padded = output * g.stride[axis] + tap * g.dilation[axis];
            padded.checked_sub(g.padding[axis]).filter(|&at| at < input)
        };
        let mut holders = vec![Vec::new(); input];
        let windows: Vec<Vec<Tap>> = (0..output)
            .map(|output| {
                let window = (0..taps).filter_map(|tap| {
                    Some(Tap {
                        at: position(output, tap)?,
                        tap,
                    })
                });
                window
                    .inspect(|held| {
                        holders[held.at].push(Tap {
                            at: output,
                            tap: held.tap,
                        })
                    })
                    .collect()
            })
            .collect();
        windows.iter().all(|window| !window.is_empty()).then(|| Self {
            windows: Lists::new(windows.into_iter()),
            holders: Lists::new(holders.into_iter()),
            taps,
        })
    }
}
