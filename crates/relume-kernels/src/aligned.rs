//! Numbers whose first lies where a line of the processor's cache begins, so that no register is loaded from two lines.
//! WebAssembly's allocator promises eight bytes only; EfficientNet-Lite0 took two per cent longer so.

use std::mem::{ManuallyDrop, MaybeUninit};
use std::ops::{Deref, DerefMut};

/// Bytes of a line.
const LINE: usize = 64;

/// A vector of fixed length whose first number lies where a cache line begins.
#[derive(Debug)]
pub struct Aligned<T> {
    /// Never grows, so it stays where it is.
    values: Vec<T>,
    first: usize,
}

impl<T: Copy + Default> Aligned<T> {
    /// The numbers that `push` pushes, `length` at most.
    pub fn pushed(length: usize, push: impl FnOnce(&mut Vec<T>)) -> Self {
        let slack = LINE / size_of::<T>();
        let mut values: Vec<T> = Vec::with_capacity(length + slack);
        let first = values.as_ptr().align_offset(LINE).min(slack);
        values.resize(first, T::default());
        push(&mut values);
        debug_assert!(values.len() <= first + length, "the vector would have moved");
        Self { values, first }
    }

    /// `length` zeros.
    #[must_use]
    pub fn zeros(length: usize) -> Self {
        Self::pushed(length, |values| values.resize(values.len() + length, T::default()))
    }
}

impl<T: Copy + Default> Aligned<MaybeUninit<T>> {
    /// Room for `length` numbers.
    #[must_use]
    pub fn uninit(length: usize) -> Self {
        let slack = LINE / size_of::<T>();
        let mut values = Vec::<MaybeUninit<T>>::with_capacity(length + slack);
        let first = values.as_ptr().align_offset(LINE).min(slack);
        values.resize(first, MaybeUninit::new(T::default()));
        // SAFETY: so much was asked for, and what may be anything need not be written.
        unsafe { values.set_len(first + length) };
        Self { values, first }
    }

    /// The numbers that were written here.
    ///
    /// # Safety
    /// Each of them was written.
    #[must_use]
    pub unsafe fn assume_init(self) -> Aligned<T> {
        let mut values = ManuallyDrop::new(self.values);
        let (start, length, capacity) = (values.as_mut_ptr(), values.len(), values.capacity());
        // SAFETY: the caller's promise; what lies before the first was written, and both types lie alike in memory.
        let values = unsafe { Vec::from_raw_parts(start.cast(), length, capacity) };
        Aligned {
            values,
            first: self.first,
        }
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

#[cfg(test)]
mod tests {
    use std::mem::MaybeUninit;

    use super::{Aligned, LINE};

    #[test]
    fn the_first_number_lies_where_a_line_begins() {
        for length in (0..2000).step_by(7) {
            let zeros = Aligned::<f32>::zeros(length);
            assert!(
                zeros.len() == length && zeros.as_ptr().addr().is_multiple_of(LINE),
                "{length}"
            );
            let room = Aligned::<MaybeUninit<f32>>::uninit(length);
            assert!(room.len() == length && room.as_ptr().addr().is_multiple_of(LINE));
            let mut room = room;
            room.fill(MaybeUninit::new(1.0));
            // SAFETY: all were written.
            assert_eq!(*unsafe { room.assume_init() }, vec![1.0; length]);
        }
        assert_eq!(
            *Aligned::pushed(3, |values| values.extend([1.0, 2.0, 3.0])),
            [1.0, 2.0, 3.0]
        );
    }
}
