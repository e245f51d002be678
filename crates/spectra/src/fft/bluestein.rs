//! A long transform of any length as one circular convolution (Bluestein 1970).
//!
//! `k n = (k^2 + n^2 - (k - n)^2) / 2` gives `X[k] = w[k] sum_n (x[n] w[n]) conj(w[k - n])`, w[n] = exp(-pi i n^2 / N). The
//! convolution runs at a smooth length M >= N + outputs - 1 by two long transforms; n^2 is reduced modulo 2N in integers, so
//! the chirp is exact. For real x half of the outputs is enough, which shortens M by a quarter.

use crate::fft::large::Large;
use crate::fft::plan::{self, Buffer};
use crate::real::Real;
use compute::{Shares, for_ranges};
use rustfft::FftDirection;
use rustfft::num_complex::Complex;
use std::sync::Arc;

pub(crate) struct Bluestein<T: Real> {
    n: usize,
    outputs: usize,
    chirp: Vec<Complex<T>>,
    /// Transform of the conjugate chirp, divided by M.
    response: Vec<Complex<T>>,
    forward: Arc<Large<T>>,
    inverse: Arc<Large<T>>,
}

/// The smallest 2^a 3^b 5^c of at least `least` that is a multiple of 1024 (so that it splits in two like factors).
fn smooth(least: usize) -> usize {
    let mut best = usize::MAX;
    for five in [1, 5, 25] {
        for three in [1, 3, 9, 27] {
            let mut m = 1024 * five * three;
            while m < least {
                m *= 2;
            }
            best = best.min(m);
        }
    }
    best
}

impl<T: Real> Bluestein<T> {
    /// `n` is above 2^10, so that M is long enough for [`Large`].
    pub(crate) fn new(n: usize, outputs: usize, threads: usize) -> Self {
        let m = smooth(n + outputs - 1);
        let twice = 2 * n as u128;
        let chirp: Vec<Complex<T>> = (0..n)
            .map(|i| {
                let square = (i as u128 * i as u128 % twice) as f64;
                let (c, s) = crate::vector::cos_sin_turns::<false>(square / twice as f64);
                Complex::new(T::of(c), T::of(-s))
            })
            .collect();
        let plan = |direction| {
            plan::large::<T>(m, direction)
                .unwrap_or_else(|| unreachable!("{m} is a multiple of 1024 with small factors"))
        };
        let (forward, inverse) = (plan(FftDirection::Forward), plan(FftDirection::Inverse));
        let mut response = vec![Complex::default(); m];
        let out = Shares::new(&mut response);
        let scale = T::of(1.0 / m as f64);
        forward.process(
            threads,
            |i| match i {
                _ if i < outputs => chirp[i].conj() * scale,
                _ if i > m - n => chirp[m - i].conj() * scale,
                _ => Complex::default(),
            },
            // SAFETY: `process` stores each index once, all below m.
            |k, z| unsafe { out.write(k, z) },
        );
        Bluestein { n, outputs, chirp, response, forward, inverse }
    }

    /// The first `outputs` values of the forward transform of `load(0..n)`; `store` is called once for each.
    pub(crate) fn process(
        &self,
        threads: usize,
        load: impl Fn(usize) -> Complex<T> + Sync,
        store: impl Fn(usize, Complex<T>) + Sync,
    ) {
        let mut buffer = Buffer::<T>::take(self.response.len());
        let shared = Shares::new(&mut buffer.0);
        for_ranges(threads, self.response.len(), |range| {
            for i in range {
                let z = if i < self.n { load(i) * self.chirp[i] } else { Complex::default() };
                // SAFETY: the ranges are disjoint.
                unsafe { shared.write(i, z) };
            }
        });
        self.convolve(threads, &mut buffer.0);
        let out = &buffer.0;
        for_ranges(threads, self.outputs, |range| {
            for k in range {
                store(k, out[k] * self.chirp[k]);
            }
        });
    }

    /// The circular convolution of `x` with the conjugate chirp, in place.
    fn convolve(&self, threads: usize, x: &mut [Complex<T>]) {
        let mut spectrum = Buffer::<T>::take(x.len());
        let middle = Shares::new(&mut spectrum.0);
        // SAFETY: `process` stores each index once, all inside the buffer.
        self.forward.process(threads, |i| x[i], |k, z| unsafe { middle.write(k, z) });
        let spectrum = &spectrum.0;
        let out = Shares::new(x);
        // SAFETY: as above.
        self.inverse.process(threads, |i| spectrum[i] * self.response[i], |k, z| unsafe { out.write(k, z) });
    }
}
