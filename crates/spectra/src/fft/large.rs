//! One long transform over several threads, in two passes over memory.
//!
//! With N = A B, n = a B + b and k = c + A d: `X[c + A d] = sum_b W_B^(b d) W_N^(b c) sum_a x[a B + b] W_A^(a c)` (Bailey's
//! four-step scheme, J. Supercomputing 4, 1990): B transforms of length A down the columns, a twiddle, A transforms of length
//! B along the rows, and the result read by columns. Twiddles are products of two table entries (2 sqrt N of them are kept).

use crate::fft::passes::Scratch;
use crate::fft::plan::{self, Buffer};
use crate::real::Real;
use compute::{Shares, for_each};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection};
use std::sync::Arc;

/// From this length on every transform is split: it is the better order of memory accesses even for one thread. Below, two
/// threads gain nothing by it. A matter of the length alone, since the two ways differ in the last bits, which must not depend
/// on the threads.
pub(crate) const HUGE: usize = 1 << 18;
/// Sides from which on an array of two axes goes line by line.
pub(crate) const LARGE: usize = 1 << 15;

const BLOCK: usize = 8;
const FINE: usize = 32;

pub(crate) struct Large<T: Real> {
    a: usize,
    b: usize,
    along_a: Arc<dyn Fft<T>>,
    along_b: Arc<dyn Fft<T>>,
    roots: Roots<T>,
}

impl<T: Real> Large<T> {
    /// None where no divisor is within a factor of 8 of the square root.
    pub(crate) fn new(n: usize, direction: FftDirection) -> Option<Self> {
        let root = (n as f64).sqrt() as usize;
        let a = (1..=root).rev().take_while(|a| a * 8 >= root).find(|a| n.is_multiple_of(*a))?;
        let b = n / a;
        Some(Large {
            a,
            b,
            along_a: plan::complex(a, direction),
            along_b: plan::complex(b, direction),
            roots: Roots::new(n, direction),
        })
    }

    /// Transforms `load(0..n)`; `store(k, X[k])` is called once for every k, from any thread.
    pub(crate) fn process(
        &self,
        threads: usize,
        load: impl Fn(usize) -> Complex<T> + Sync,
        store: impl Fn(usize, Complex<T>) + Sync,
    ) {
        let (a, b) = (self.a, self.b);
        let mut middle = Buffer::<T>::take(a * b);
        self.first_pass(threads, &mut middle.0, load);
        let rows = Shares::new(&mut middle.0);
        for_each(
            threads,
            a.div_ceil(BLOCK),
            || Scratch::new(0, self.along_b.get_inplace_scratch_len()),
            |scratch: &mut Scratch<T>, piece| {
                let first = piece * BLOCK;
                let width = BLOCK.min(a - first);
                // SAFETY: pieces take disjoint blocks of rows, and `middle` outlives the loop.
                let lines = unsafe { rows.slice(first * b, width * b) };
                for line in lines.chunks_exact_mut(b) {
                    self.along_b.process_with_scratch(line, &mut scratch.inner);
                }
                for d in 0..b {
                    for c in 0..width {
                        store(d * a + first + c, lines[c * b + d]);
                    }
                }
            },
        );
    }

    /// As `process`, giving the values in pairs: `pair(k, X[k], X[(N - k) mod N])` once for every k of 0..=N/2 (or, of a pair,
    /// for its other index), which is how the spectrum of a real signal is put together.
    pub(crate) fn process_pairs(
        &self,
        threads: usize,
        load: impl Fn(usize) -> Complex<T> + Sync,
        pair: impl Fn(usize, Complex<T>, Complex<T>) + Sync,
    ) {
        let (a, b) = (self.a, self.b);
        let mut middle = Buffer::<T>::take(a * b);
        self.first_pass(threads, &mut middle.0, load);
        let rows = Shares::new(&mut middle.0);
        // Row c holds X[c + A d]; its mirror image is row A - c, from its end: N - (c + A d) = (A - c) + A (B - 1 - d).
        let last = (a - 1) / 2;
        let blocks = last.div_ceil(BLOCK);
        for_each(
            threads,
            blocks + 1,
            || Scratch::new(0, self.along_b.get_inplace_scratch_len()),
            |scratch: &mut Scratch<T>, piece| {
                let mut transform = |lines: &mut [Complex<T>]| {
                    for line in lines.chunks_exact_mut(b) {
                        self.along_b.process_with_scratch(line, &mut scratch.inner);
                    }
                };
                if piece == blocks {
                    // Rows that are their own mirror images: 0, and A/2 for even A.
                    // SAFETY: no other piece takes these rows.
                    let zero = unsafe { rows.slice(0, b) };
                    transform(zero);
                    for d in 0..=b / 2 {
                        pair(a * d, zero[d], zero[(b - d) % b]);
                    }
                    if a % 2 == 0 {
                        // SAFETY: as above.
                        let middle = unsafe { rows.slice(a / 2 * b, b) };
                        transform(middle);
                        for d in 0..b.div_ceil(2) {
                            pair(a / 2 + a * d, middle[d], middle[b - 1 - d]);
                        }
                    }
                    return;
                }
                let first = 1 + piece * BLOCK;
                let width = BLOCK.min(last + 1 - first);
                // SAFETY: pieces take disjoint blocks of rows of the lower half, and their mirror images.
                let (low, high) =
                    unsafe { (rows.slice(first * b, width * b), rows.slice((a + 1 - first - width) * b, width * b)) };
                transform(low);
                transform(high);
                for d in 0..b {
                    for c in 0..width {
                        let mirror = high[(width - 1 - c) * b + b - 1 - d];
                        pair(first + c + a * d, low[c * b + d], mirror);
                    }
                }
            },
        );
    }

    /// Columns: transforms of length A and the twiddle, into `middle[c B + b]`.
    fn first_pass(&self, threads: usize, middle: &mut [Complex<T>], load: impl Fn(usize) -> Complex<T> + Sync) {
        let (a, b) = (self.a, self.b);
        let stride = a + 4;
        let out = Shares::new(middle);
        for_each(
            threads,
            b.div_ceil(BLOCK),
            || (Scratch::new(BLOCK * stride, self.along_a.get_inplace_scratch_len()), Vec::with_capacity(FINE)),
            |(scratch, fine): &mut (Scratch<T>, Vec<Complex<T>>), piece| {
                let first = piece * BLOCK;
                let width = BLOCK.min(b - first);
                let lines = &mut scratch.lines;
                for i in 0..a {
                    for j in 0..width {
                        lines[j * stride + i] = load(i * b + first + j);
                    }
                }
                for j in 0..width {
                    let line = &mut lines[j * stride..j * stride + a];
                    self.along_a.process_with_scratch(line, &mut scratch.inner);
                    self.twiddle(line, first + j, fine);
                }
                for i in 0..a {
                    // SAFETY: pieces take disjoint blocks of columns, and `middle` outlives the loop.
                    let row = unsafe { out.slice(i * b + first, width) };
                    for (j, z) in row.iter_mut().enumerate() {
                        *z = lines[j * stride + i];
                    }
                }
            },
        );
    }

    /// `line[c] *= W_N^(column c)`.
    fn twiddle(&self, line: &mut [Complex<T>], column: usize, fine: &mut Vec<Complex<T>>) {
        fine.clear();
        fine.extend((0..FINE.min(line.len())).map(|c| self.roots.at(column * c)));
        for (block, chunk) in line.chunks_mut(FINE).enumerate() {
            let coarse = self.roots.at(column * block * FINE);
            for (z, &w) in chunk.iter_mut().zip(fine.iter()) {
                *z = *z * (coarse * w);
            }
        }
    }
}

/// `W^m = exp(-+ 2 pi i m / n)` for any m below n, from two tables of about sqrt n.
pub(crate) struct Roots<T> {
    shift: u32,
    fine: Vec<Complex<T>>,
    coarse: Vec<Complex<T>>,
}

impl<T: Real> Roots<T> {
    pub(crate) fn new(n: usize, direction: FftDirection) -> Self {
        let shift = (usize::BITS - n.leading_zeros()) / 2;
        let sign = if direction == FftDirection::Forward { -1.0 } else { 1.0 };
        let root = |m: usize| {
            let (c, s) = crate::vector::cos_sin_turns::<false>(m as f64 / n as f64);
            Complex::new(T::of(c), T::of(sign * s))
        };
        Roots {
            shift,
            fine: (0..1 << shift).map(root).collect(),
            coarse: (0..=n >> shift).map(|m| root(m << shift)).collect(),
        }
    }
    #[inline(always)]
    pub(crate) fn at(&self, m: usize) -> Complex<T> {
        self.coarse[m >> self.shift] * self.fine[m & ((1 << self.shift) - 1)]
    }
}
