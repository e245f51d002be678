//! Cosine and sine transforms row by row, each row in cache: what [`crate::dct`] and [`crate::dst`] do where rows have an even
//! number of points and are not so long that one is split over threads.
//!
//! The formulas are those of `dct`, with the copy, the twist and the scaling of a row done on its way into and out of its FFT.
//! A sine transform is the cosine transform with every second sign changed on one side and the order reversed on the other:
//! both are done on the same ways.

use crate::dct::Type;
use crate::fft::large::{LARGE, Roots};
use crate::fft::passes::worth;
use crate::fft::plan;
use crate::real::Real;
use compute::{Shares, for_each};
use realfft::{ComplexToReal, RealToComplex};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection};
use std::sync::Arc;

/// What is asked of a row.
#[derive(Clone, Copy)]
pub(crate) struct Row<T> {
    pub kind: Type,
    pub sine: bool,
    /// Factor of every value.
    pub scale: T,
    /// Factor of the term that an orthogonal matrix weights differently: of II's first value, of III's first sample, of both
    /// ends for cosine I on both sides.
    pub end: T,
}

/// Elements that a thread takes at once, at least.
const PIECE: usize = 1 << 12;

/// Scratch memory of one thread.
struct Room<T> {
    real: Vec<T>,
    spectrum: Vec<Complex<T>>,
    inner: Vec<Complex<T>>,
}

/// The FFT that a row goes through, with its twists.
enum Through<T: Real> {
    Forward(Arc<dyn RealToComplex<T>>, Arc<[Complex<T>]>),
    Back(Arc<dyn ComplexToReal<T>>, Arc<[Complex<T>]>),
    Whole(Arc<dyn Fft<T>>, Arc<[Complex<T>]>),
}

/// Transforms all rows of `n` points; false, and nothing done, where rows of this length are not for this way.
pub(crate) fn rows<T: Real>(x: &[T], out: &mut [T], n: usize, row: Row<T>, threads: usize) -> bool {
    let Some(through) = Through::new(n, row) else { return false };
    let group = PIECE.div_ceil(n);
    let count = x.len() / n;
    let out = Shares::new(out);
    for_each(
        worth(threads, x.len()),
        count.div_ceil(group),
        || through.room(),
        |room, piece| {
            for i in piece * group..count.min((piece + 1) * group) {
                // SAFETY: every row is taken once, and `out` outlives the loop.
                let y = unsafe { out.slice(i * n, n) };
                through.pass(row, room, &x[i * n..][..n], y);
            }
        },
    );
    true
}

impl<T: Real> Through<T> {
    fn new(n: usize, Row { kind, sine, .. }: Row<T>) -> Option<Self> {
        let even = n >= 2 && n.is_multiple_of(2) && n < LARGE;
        // exp(-i pi k / 2n)
        let quarters = || {
            plan::twists(n, 0, || {
                let roots = Roots::<T>::new(4 * n, FftDirection::Forward);
                (0..=n / 2).map(|k| roots.at(k)).collect()
            })
        };
        Some(match kind {
            Type::I => {
                let period = if sine { 2 * (n + 1) } else { 2 * n.checked_sub(1)? };
                if !(2..LARGE).contains(&period) {
                    return None;
                }
                Through::Forward(plan::real_forward(period), Arc::from([]))
            }
            Type::II if even => Through::Forward(plan::real_forward(n), quarters()),
            Type::III if even => Through::Back(plan::real_inverse(n), quarters()),
            // exp(-i pi (8j + 1) / 8n)
            Type::IV if even => Through::Whole(
                plan::complex(n / 2, FftDirection::Forward),
                plan::twists(n, 1, || {
                    let roots = Roots::<T>::new(16 * n, FftDirection::Forward);
                    (0..n / 2).map(|j| roots.at(8 * j + 1)).collect()
                }),
            ),
            _ => return None,
        })
    }

    fn room(&self) -> Room<T> {
        match self {
            Through::Forward(fft, _) => {
                Room { real: fft.make_input_vec(), spectrum: fft.make_output_vec(), inner: fft.make_scratch_vec() }
            }
            Through::Back(fft, _) => {
                Room { real: fft.make_output_vec(), spectrum: fft.make_input_vec(), inner: fft.make_scratch_vec() }
            }
            Through::Whole(fft, _) => Room {
                real: Vec::new(),
                spectrum: vec![Complex::default(); fft.len()],
                inner: vec![Complex::default(); fft.get_inplace_scratch_len()],
            },
        }
    }

    fn pass(&self, row: Row<T>, room: &mut Room<T>, x: &[T], y: &mut [T]) {
        match self {
            Through::Forward(fft, twists) => {
                match (row.kind, row.sine) {
                    (Type::I, false) => even_extension(x, row.end, &mut room.real),
                    (Type::I, true) => odd_extension(x, &mut room.real),
                    (_, sine) => interleave(x, sine, &mut room.real),
                }
                let done = fft.process_with_scratch(&mut room.real, &mut room.spectrum, &mut room.inner);
                debug_assert!(done.is_ok(), "the buffers are the plan's own");
                match (row.kind, row.sine) {
                    (Type::I, false) => {
                        y.iter_mut().zip(&room.spectrum).for_each(|(y, z)| *y = z.re * row.scale);
                        let n = y.len();
                        y[0] = y[0] / row.end;
                        y[n - 1] = y[n - 1] / row.end;
                    }
                    (Type::I, true) => y.iter_mut().zip(&room.spectrum[1..]).for_each(|(y, z)| *y = -z.im * row.scale),
                    _ => second(&room.spectrum, twists, row, y),
                }
            }
            Through::Back(fft, twists) => {
                third(x, twists, row, &mut room.spectrum);
                let done = fft.process_with_scratch(&mut room.spectrum, &mut room.real, &mut room.inner);
                debug_assert!(done.is_ok(), "the buffers are the plan's own");
                let (even, odd) = room.real.split_at(x.len() / 2);
                for ((pair, &e), &o) in y.chunks_exact_mut(2).zip(even).zip(odd.iter().rev()) {
                    pair[0] = e;
                    pair[1] = if row.sine { -o } else { o };
                }
            }
            Through::Whole(fft, twists) => {
                let n = x.len();
                for (j, (z, &twist)) in room.spectrum.iter_mut().zip(twists.iter()).enumerate() {
                    let (a, b) = (x[2 * j], x[n - 1 - 2 * j]);
                    *z = twist * if row.sine { Complex::new(b, a) } else { Complex::new(a, b) };
                }
                fft.process_with_scratch(&mut room.spectrum, &mut room.inner);
                let twice = row.scale + row.scale;
                for (k, (&z, &twist)) in room.spectrum.iter().zip(twists.iter()).enumerate() {
                    let value = twist * z * twice;
                    y[2 * k] = value.re;
                    y[n - 1 - 2 * k] = if row.sine { value.im } else { -value.im };
                }
            }
        }
    }
}

/// `x_0 .. x_(n-1)` and back to `x_1`, the ends times `end`.
fn even_extension<T: Real>(x: &[T], end: T, out: &mut [T]) {
    let n = x.len();
    out[..n].copy_from_slice(x);
    out[0] = x[0] * end;
    out[n - 1] = x[n - 1] * end;
    for (out, &x) in out[n..].iter_mut().zip(x[1..n - 1].iter().rev()) {
        *out = x;
    }
}

/// `0, x, 0, -x backwards`.
fn odd_extension<T: Real>(x: &[T], out: &mut [T]) {
    let n = x.len();
    (out[0], out[n + 1]) = (T::zero(), T::zero());
    out[1..=n].copy_from_slice(x);
    out[n + 2..].iter_mut().zip(x.iter().rev()).for_each(|(out, &x)| *out = -x);
}

/// The even samples, then the odd ones backwards (their signs changed for a sine transform).
fn interleave<T: Real>(x: &[T], sine: bool, out: &mut [T]) {
    let (even, odd) = out.split_at_mut(x.len() / 2);
    for ((e, o), pair) in even.iter_mut().zip(odd.iter_mut().rev()).zip(x.chunks_exact(2)) {
        *e = pair[0];
        *o = if sine { -pair[1] } else { pair[1] };
    }
}

/// `y_k = 2 Re w_k V_k`, `y_(n-k) = -2 Im w_k V_k`; in reversed order for a sine transform.
fn second<T: Real>(spectrum: &[Complex<T>], twists: &[Complex<T>], row: Row<T>, y: &mut [T]) {
    let half = y.len() / 2;
    let twice = row.scale + row.scale;
    let (first, middle) = (spectrum[0].re * twice * row.end, twists[half].re * spectrum[half].re * twice);
    let inner = spectrum[1..half].iter().zip(&twists[1..half]).map(|(&z, &w)| w * z * twice);
    let (low, high) = y.split_at_mut(half);
    if row.sine {
        (low[half - 1], high[half - 1]) = (middle, first);
        let places = high[..half - 1].iter_mut().rev().zip(&mut low[..half - 1]);
        places.zip(inner).for_each(|((a, b), value)| (*a, *b) = (value.re, -value.im));
    } else {
        (low[0], high[0]) = (first, middle);
        let places = low[1..].iter_mut().zip(high[1..].iter_mut().rev());
        places.zip(inner).for_each(|((a, b), value)| (*a, *b) = (value.re, -value.im));
    }
}

/// The steps of [`second`] backwards: half a spectrum, its ends real.
fn third<T: Real>(x: &[T], twists: &[Complex<T>], row: Row<T>, spectrum: &mut [Complex<T>]) {
    let (n, half) = (x.len(), x.len() / 2);
    let (first, middle) = if row.sine { (x[n - 1], x[half - 1]) } else { (x[0], x[half]) };
    spectrum[0] = Complex::new(first * row.end * row.scale, T::zero());
    spectrum[half] = Complex::new(T::of(std::f64::consts::SQRT_2) * middle * row.scale, T::zero());
    let inner = spectrum[1..half].iter_mut().zip(&twists[1..half]).enumerate();
    for (i, (z, w)) in inner {
        let k = i + 1;
        let (a, b) = if row.sine { (x[n - 1 - k], x[k - 1]) } else { (x[k], x[n - k]) };
        *z = w.conj() * Complex::new(a, -b) * row.scale;
    }
}
