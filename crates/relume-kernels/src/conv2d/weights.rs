//! Weights one by one, in either direction.

use crate::geometry::Geometry;

/// The weights of one direction, as they lie in `[O, I, kh, kw]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights<'a> {
    values: &'a [f32],
    /// From one channel that goes in to the next, and from one that comes out to the next. Taps follow each other.
    from: usize,
    to: usize,
}

impl<'a> Weights<'a> {
    pub(super) const fn forward(g: &Geometry, values: &'a [f32]) -> Self {
        Self {
            values,
            from: g.taps(),
            to: g.channels / g.groups * g.taps(),
        }
    }

    /// What comes out goes in.
    pub(super) const fn backward(g: &Geometry, values: &'a [f32]) -> Self {
        let Self { from, to, .. } = Self::forward(g, values);
        Self {
            values,
            from: to,
            to: from,
        }
    }

    pub(super) fn at(&self, tap: usize, from: usize, to: usize) -> f32 {
        self.values[tap + from * self.from + to * self.to]
    }
}
