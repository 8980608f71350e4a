//! Memory aligned to cache lines: the matrix unit reads rows of one line each, and takes four times as long for a row
//! that crosses two.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line.
const LINE: usize = 64;

/// Numbers that begin at the start of a cache line.
pub(super) struct Aligned<T> {
    /// Never grows, so it stays where it is.
    values: Vec<T>,
    first: usize,
}

impl<T: Copy + Default> Aligned<T> {
    /// `len` zeros.
    pub(super) fn zeros(len: usize) -> Self {
        let values = vec![T::default(); len + LINE / size_of::<T>()];
        let first = values.as_ptr().align_offset(LINE);
        Self { values, first }
    }

    pub(super) fn copy(of: &[T]) -> Self {
        let mut copy = Self::zeros(of.len());
        copy[..of.len()].copy_from_slice(of);
        copy
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values[self.first..]
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.values[self.first..]
    }
}
