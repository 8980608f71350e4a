//! Matrix products on slices. Only this module calls the `gemm` crate.

/// A matrix in a slice: element (r, c) at `r · row + c · column`.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Distance between neighbouring rows.
    pub(super) row: usize,
    /// Distance between neighbouring columns.
    pub(super) column: usize,
}

impl Layout {
    /// Rows one after the other, each `pitch` long, of which `columns` are used.
    pub(super) const fn rows(rows: usize, columns: usize, pitch: usize) -> Self {
        Self {
            rows,
            columns,
            row: pitch,
            column: 1,
        }
    }

    /// The same numbers, rows and columns swapped.
    pub(super) const fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row: self.column,
            column: self.row,
        }
    }

    /// The least length of the slice.
    const fn reach(&self) -> usize {
        if self.rows == 0 || self.columns == 0 {
            0
        } else {
            (self.rows - 1) * self.row + (self.columns - 1) * self.column + 1
        }
    }
}

/// `out += a · b` if `accumulate`, else `out = a · b`, in the calling thread.
///
/// # Panics
/// If the shapes do not fit together or a slice is too short for its layout.
pub(super) fn multiply(
    out: &mut [f32],
    out_layout: Layout,
    a: &[f32],
    a_layout: Layout,
    b: &[f32],
    b_layout: Layout,
    accumulate: bool,
) {
    assert_eq!(a_layout.columns, b_layout.rows, "inner sizes");
    assert_eq!(
        (out_layout.rows, out_layout.columns),
        (a_layout.rows, b_layout.columns),
        "outer sizes"
    );
    assert!(a_layout.reach() <= a.len() && b_layout.reach() <= b.len() && out_layout.reach() <= out.len());
    // No two elements of `out` may share an address: both would be written.
    assert!(out_layout.column == 1 && (out_layout.rows <= 1 || out_layout.row >= out_layout.columns));
    // SAFETY: the assertions above keep every element of the three matrices inside its slice, and `out` is borrowed
    // mutably, so it overlaps neither of the others.
    unsafe {
        gemm::gemm(
            out_layout.rows,
            out_layout.columns,
            a_layout.columns,
            out.as_mut_ptr(),
            out_layout.column as isize,
            out_layout.row as isize,
            accumulate,
            a.as_ptr(),
            a_layout.column as isize,
            a_layout.row as isize,
            b.as_ptr(),
            b_layout.column as isize,
            b_layout.row as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Layout, multiply};

    #[test]
    fn multiplies_and_accumulates() {
        let a = [1.0, 2.0, 3.0, 4.0]; // [[1, 2], [3, 4]]
        let b = [5.0, 6.0, 0.0, 7.0, 8.0, 0.0]; // [[5, 6], [7, 8]] in rows of three
        let mut out = [1.0; 4];
        let square = Layout::rows(2, 2, 2);
        multiply(&mut out, square, &a, square, &b, Layout::rows(2, 2, 3), false);
        assert_eq!(out, [19.0, 22.0, 43.0, 50.0]);
        multiply(
            &mut out,
            square,
            &a,
            square.transposed(),
            &b,
            Layout::rows(2, 2, 3),
            true,
        );
        assert_eq!(out, [19.0 + 26.0, 22.0 + 30.0, 43.0 + 38.0, 50.0 + 44.0]);
    }

    #[test]
    #[should_panic(expected = "assertion failed")]
    fn a_short_slice_is_refused() {
        let square = Layout::rows(2, 2, 2);
        multiply(&mut [0.0; 3], square, &[0.0; 4], square, &[0.0; 4], square, false);
    }
}
