//! Small matrix products for tiles, on `gemm`, one thread each.

use crate::real::Real;

/// A matrix in memory: pointer to its first element and strides, in elements.
#[derive(Clone, Copy)]
pub(crate) struct View<'a, T> {
    pub data: &'a [T],
    pub row: usize,
    pub column: usize,
}

impl<'a, T> View<'a, T> {
    /// Row-major with `columns` a row.
    pub(crate) fn rows(data: &'a [T], columns: usize) -> Self {
        View { data, row: columns, column: 1 }
    }
    pub(crate) fn transposed(self) -> Self {
        View { row: self.column, column: self.row, ..self }
    }
    fn holds(&self, rows: usize, columns: usize) -> bool {
        rows == 0 || columns == 0 || (rows - 1) * self.row + (columns - 1) * self.column < self.data.len()
    }
}

/// `out[m, n] = a[m, k] b[k, n]`, `out` row-major with `n` a row.
pub(crate) fn product<T: Real>(m: usize, n: usize, k: usize, a: View<'_, T>, b: View<'_, T>, out: &mut [T]) {
    assert!(a.holds(m, k) && b.holds(k, n) && out.len() >= m * n, "matrices hold their shapes");
    // SAFETY: all accesses lie inside the slices, as just checked; `out` is not aliased.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            false,
            a.data.as_ptr(),
            a.column as isize,
            a.row as isize,
            b.data.as_ptr(),
            b.column as isize,
            b.row as isize,
            T::zero(),
            T::one(),
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
