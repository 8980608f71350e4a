//! Numbers whose first lies where a line of the processor's cache begins, so that no register is loaded from two lines.
//! WebAssembly's allocator promises eight bytes only; EfficientNet-Lite0 took two per cent longer so.

use std::ops::{Deref, DerefMut};

/// Bytes of a line.
const LINE: usize = 64;

/// A vector of fixed length.
#[derive(Debug)]
pub(super) struct Aligned {
    values: Vec<f32>,
    first: usize,
}

impl Aligned {
    /// `length` numbers at most, which `push` pushes.
    pub(super) fn pushed(length: usize, push: impl FnOnce(&mut Vec<f32>)) -> Self {
        let mut values: Vec<f32> = Vec::with_capacity(length + LINE / size_of::<f32>());
        let first = values.as_ptr().align_offset(LINE).min(LINE / size_of::<f32>());
        values.resize(first, 0.0);
        push(&mut values);
        debug_assert!(values.len() <= first + length, "the vector would have moved");
        Self { values, first }
    }

    pub(super) fn zeros(length: usize) -> Self {
        Self::pushed(length, |values| values.resize(values.len() + length, 0.0))
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[self.first..]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.first..]
    }
}

#[cfg(test)]
mod tests {
    use super::{Aligned, LINE};

    #[test]
    fn the_first_number_lies_where_a_line_begins() {
        for length in (0..2000).step_by(7) {
            let zeros = Aligned::zeros(length);
            assert!(
                zeros.len() == length && zeros.as_ptr().addr().is_multiple_of(LINE),
                "{length}"
            );
        }
        assert_eq!(
            *Aligned::pushed(3, |values| values.extend([1.0, 2.0, 3.0])),
            [1.0, 2.0, 3.0]
        );
    }
}
