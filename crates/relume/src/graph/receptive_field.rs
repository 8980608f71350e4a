//! Receptive fields: which pixels of the picture a unit can see.

use serde::{Deserialize, Serialize};

use super::{Kind, LayerKind, Shape, Window};

/// What the units of one layer see, along rows and along columns.
///
/// Of a network with several paths from the picture to the unit, it spans all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceptiveField {
    /// Along the rows.
    pub y: Extent,
    /// Along the columns.
    pub x: Extent,
}

/// Along one axis: unit `i` sees `size` pixels from `start + i * step` on. What lies beyond the picture's edge is padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// The first pixel that unit 0 sees.
    pub start: i64,
    /// How many pixels a unit sees.
    pub size: i64,
    /// How far the fields of two neighbouring units lie apart; 0 where there is only one.
    pub step: i64,
}

/// A rectangle of the picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Region {
    /// Its first row.
    pub y: usize,
    /// Its first column.
    pub x: usize,
    /// How many rows.
    pub height: usize,
    /// How many columns.
    pub width: usize,
}

/// Beyond every picture, and a number that JavaScript can hold: where sums of paddings stop.
const FAR: i64 = 1 << 40;

impl Extent {
    fn new(start: i64, size: i64, step: i64) -> Self {
        Self {
            start: start.clamp(-FAR, FAR),
            size: size.clamp(0, FAR),
            step: step.clamp(0, FAR),
        }
    }

    const PIXEL: Self = Self {
        start: 0,
        size: 1,
        step: 1,
    };

    /// What the first and the last of `units` and all between them see together.
    fn whole(self, units: usize) -> Self {
        let between = (units as i64 - 1).saturating_mul(self.step);
        Self::new(self.start, self.size.saturating_add(between), 0)
    }

    /// Through a window that slides over the units that see `self`.
    fn through(self, window: &Window, axis: usize) -> Self {
        let (before, _) = window.pairs()[axis];
        let span = window.span(axis) as i64 - 1;
        Self::new(
            self.start.saturating_sub((before as i64).saturating_mul(self.step)),
            self.size.saturating_add(span.saturating_mul(self.step)),
            self.step.saturating_mul(window.stride[axis] as i64),
        )
    }

    /// What is seen along either path; both lead to a layer of `units`.
    fn either(self, other: Self, units: usize) -> Self {
        if self.step != other.step {
            return self.whole(units).either(other.whole(units), 1);
        }
        let start = self.start.min(other.start);
        let end = |extent: Self| extent.start.saturating_add(extent.size);
        Self::new(start, end(self).max(end(other)).saturating_sub(start), self.step)
    }

    /// The pixels of a picture of `length` that unit `i` sees: the first, and how many.
    fn of(self, i: usize, length: usize) -> (usize, usize) {
        let start = self.start.saturating_add((i as i64).saturating_mul(self.step));
        let first = start.clamp(0, length as i64);
        let end = start.saturating_add(self.size).clamp(first, length as i64);
        (first as usize, (end - first) as usize)
    }
}

impl ReceptiveField {
    /// A pixel sees itself.
    pub(super) const PIXEL: Self = Self {
        y: Extent::PIXEL,
        x: Extent::PIXEL,
    };

    /// `along` is told the axis, 0 for rows.
    fn map(self, along: impl Fn(Extent, usize) -> Extent) -> Self {
        Self {
            y: along(self.y, 0),
            x: along(self.x, 1),
        }
    }

    fn either(self, other: Self, [rows, columns]: [usize; 2]) -> Self {
        Self {
            y: self.y.either(other.y, rows),
            x: self.x.either(other.x, columns),
        }
    }

    /// After a layer of `kind`; `before` are the fields and shapes of its inputs, `shape` is that of its output.
    pub(super) fn after(kind: &LayerKind, before: &[(Self, Shape)], shape: Shape) -> Self {
        let units = [shape[1], shape[2]];
        let field = before
            .iter()
            .map(|&(field, input)| match kind.window() {
                Some(window) => field.map(|extent, axis| extent.through(&window, axis)),
                // What makes one position of many sees all of them.
                None if units != [input[1], input[2]] => field.map(|extent, axis| extent.whole(input[1 + axis])),
                None => field,
            })
            .reduce(|one, other| one.either(other, units))
            .unwrap_or(Self::PIXEL);
        field.map(|extent, axis| if units[axis] == 1 { extent.whole(1) } else { extent })
    }

    /// The part of a picture of `[height, width]` that the unit at `(y, x)` sees; empty where that is padding only.
    #[must_use]
    pub fn region(&self, (row, column): (usize, usize), [height, width]: [usize; 2]) -> Region {
        let (y, height) = self.y.of(row, height);
        let (x, width) = self.x.of(column, width);
        Region { y, x, height, width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beyond_the_edge_is_cut_off() {
        let extent = Extent {
            start: -3,
            size: 7,
            step: 2,
        };
        assert_eq!(extent.of(0, 32), (0, 4));
        assert_eq!(extent.of(5, 32), (7, 7));
        assert_eq!(extent.of(15, 32), (27, 5));
        assert_eq!(extent.of(40, 32), (32, 0));
    }

    #[test]
    fn no_padding_leads_beyond_the_numbers() {
        let window = Window {
            kernel: [1; 2],
            stride: [1024; 2],
            padding: [1024; 4],
            dilation: [1; 2],
        };
        let far = (0..40).fold(Extent::PIXEL, |extent, _| extent.through(&window, 0));
        assert_eq!((far.start, far.size, far.step), (-FAR, 1, FAR));
        assert_eq!(far.of(7, 32), (32, 0));
    }

    #[test]
    fn paths_of_different_length_are_spanned() {
        let short = Extent {
            start: 0,
            size: 1,
            step: 2,
        };
        let long = Extent {
            start: -3,
            size: 7,
            step: 2,
        };
        assert_eq!(short.either(long, 4), long);
        let other = Extent {
            start: -1,
            size: 3,
            step: 1,
        };
        let all = Extent {
            start: -3,
            size: 13,
            step: 0,
        };
        assert_eq!(long.either(other, 4), all);
    }
}
