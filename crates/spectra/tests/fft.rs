//! Transforms against the defining sum, and their theorems over random lengths.

use proptest::prelude::*;
use spectra::fft::{Direction, Norm, Signal, Split, fft, irfft, rfft};

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        })
        .collect()
}

/// The defining sum, O(n^2), at the frequencies asked for.
fn direct(re: &[f64], im: &[f64], sign: f64, k: usize) -> (f64, f64) {
    let n = re.len();
    let mut sum = (0.0, 0.0);
    for j in 0..n {
        let angle = sign * std::f64::consts::TAU * ((j * k) % n) as f64 / n as f64;
        let (s, c) = angle.sin_cos();
        sum.0 += re[j] * c - im[j] * s;
        sum.1 += re[j] * s + im[j] * c;
    }
    sum
}

fn close(a: f64, b: f64, scale: f64) {
    assert!((a - b).abs() <= 1e-13 * scale, "{a} {b} at scale {scale}");
}

fn against_direct(n: usize, threads: usize, every: usize) {
    let (re, im) = (noise(n, 1), noise(n, 2));
    let scale = (n as f64).sqrt() * (n as f64).log2().max(1.0);
    let x = Signal::Complex { re: &re, im: &im };
    let forward = fft("x", x, &[n], 1, Direction::Forward, Norm::Backward, threads).unwrap();
    let backward = fft("x", x, &[n], 1, Direction::Inverse, Norm::Forward, threads).unwrap();
    let (half, shape) = rfft("x", &re, &[n], 1, Norm::Backward, threads).unwrap();
    assert_eq!(shape, [n / 2 + 1]);
    let zero = vec![0.0; n];
    for k in (0..n).step_by(every) {
        let expected = direct(&re, &im, -1.0, k);
        close(forward.re[k], expected.0, scale);
        close(forward.im[k], expected.1, scale);
        let expected = direct(&re, &im, 1.0, k);
        close(backward.re[k], expected.0, scale);
        close(backward.im[k], expected.1, scale);
        if k <= n / 2 {
            let expected = direct(&re, &zero, -1.0, k);
            close(half.re[k], expected.0, scale);
            close(half.im[k], expected.1, scale);
        }
    }
    let (back, _) = irfft("x", half.as_signal(), &[n / 2 + 1], &[n], Norm::Backward, threads).unwrap();
    for (a, b) in back.iter().zip(&re) {
        close(*a, *b, 40.0);
    }
}

#[test]
fn short_lengths_against_the_sum() {
    for n in (1..70).chain([128, 201, 211, 997, 1000, 1009]) {
        against_direct(n, 1, 1);
    }
}

#[test]
fn long_lengths_against_the_sum() {
    // A power of two, a product, two primes (one odd with an even neighbour), twice a prime, a prime squared.
    for n in [1 << 16, 90_000, 65_537, 40_009, 80_018, 181 * 181 * 2, 32_761 * 3] {
        against_direct(n, 2, n / 7);
    }
}

#[test]
fn batches_do_not_depend_on_threads() {
    for n in [201, 64, 1000] {
        let x = noise(37 * n, 3);
        let one = rfft("x", &x, &[37, n], 1, Norm::Backward, 1).unwrap();
        assert_eq!(one, rfft("x", &x, &[37, n], 1, Norm::Backward, 4).unwrap());
        let (back, shape) = irfft("x", one.0.as_signal(), &one.1, &[n], Norm::Backward, 3).unwrap();
        assert_eq!(shape, [37, n]);
        assert!(back.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-13));
        for row in [0, 1, 36] {
            let alone = rfft("x", &x[row * n..(row + 1) * n], &[n], 1, Norm::Backward, 1).unwrap().0;
            let h = n / 2 + 1;
            for k in 0..h {
                close(one.0.re[row * h + k], alone.re[k], 100.0);
                close(one.0.im[row * h + k], alone.im[k], 100.0);
            }
        }
    }
}

#[test]
fn several_axes_are_one_after_the_other() {
    let shape = [3, 5, 12];
    let x = noise(180, 4);
    let zero = vec![0.0; 180];
    let all = fft("x", Signal::Real(&x), &shape, 3, Direction::Forward, Norm::Backward, 2).unwrap();
    let half = rfft("x", &x, &shape, 3, Norm::Backward, 2).unwrap();
    for (a, b, c) in [(0, 0, 0), (1, 2, 3), (2, 4, 6), (1, 0, 5)] {
        let (mut re, mut im) = (0.0, 0.0);
        for (i, &x) in x.iter().enumerate() {
            let (p, q, r) = (i / 60, i / 12 % 5, i % 12);
            let turns = (a * p) as f64 / 3.0 + (b * q) as f64 / 5.0 + (c * r) as f64 / 12.0;
            let (s, cos) = (-std::f64::consts::TAU * turns).sin_cos();
            re += x * cos;
            im += x * s;
        }
        let (i, j) = ((a * 5 + b) * 12 + c, (a * 5 + b) * 7 + c);
        close(all.re[i], re, 100.0);
        close(all.im[i], im, 100.0);
        close(half.0.re[j], re, 100.0);
        close(half.0.im[j], im, 100.0);
    }
    let back = irfft("x", half.0.as_signal(), &half.1, &shape, Norm::Backward, 2).unwrap();
    assert!(back.0.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-14));
    let back = fft("x", all.as_signal(), &shape, 3, Direction::Inverse, Norm::Backward, 2).unwrap();
    assert!(back.re.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-14));
    assert!(back.im.iter().zip(&zero).all(|(a, b)| (a - b).abs() < 1e-14));
}

/// Two axes go another way than one or three: pairs of columns, half of the rows.
#[test]
fn two_real_axes_against_complex_ones() {
    for (outer, h, w) in
        [(1, 2, 1), (3, 4, 6), (2, 5, 7), (1, 8, 9), (2, 9, 8), (1, 60, 129), (1, 131, 40), (1, 300, 256)]
    {
        let shape = [outer, h, w];
        let x = noise(outer * h * w, (h * w) as u64);
        let whole = fft("x", Signal::Real(&x), &shape, 2, Direction::Forward, Norm::Ortho, 2).unwrap();
        let (half, halved) = rfft("x", &x, &shape, 2, Norm::Ortho, 2).unwrap();
        assert_eq!(half, rfft("x", &x, &shape, 2, Norm::Ortho, 1).unwrap().0);
        let columns = w / 2 + 1;
        assert_eq!(halved, [outer, h, columns]);
        for row in 0..outer * h {
            for k in 0..columns {
                close(half.re[row * columns + k], whole.re[row * w + k], 40.0);
                close(half.im[row * columns + k], whole.im[row * w + k], 40.0);
            }
        }
        let back = irfft("x", half.as_signal(), &halved, &[h, w], Norm::Ortho, 2).unwrap();
        assert_eq!(back.1, shape);
        assert!(back.0.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-14), "{shape:?}");

        // A half spectrum that no real array has: what is taken is that of its columns' inverse, as NumPy does it.
        let odd = Split { re: noise(half.len(), 5), im: noise(half.len(), 6) };
        let got = irfft("x", odd.as_signal(), &halved, &[h, w], Norm::Backward, 2).unwrap().0;
        for block in 0..outer {
            let part = |all: &[f64]| -> Vec<f64> {
                let rows = &all[block * h * columns..(block + 1) * h * columns];
                (0..columns).flat_map(|k| (0..h).map(move |i| rows[i * columns + k])).collect()
            };
            let (re, im) = (part(&odd.re), part(&odd.im));
            let x = Signal::Complex { re: &re, im: &im };
            let down = fft("x", x, &[columns, h], 1, Direction::Inverse, Norm::Backward, 1).unwrap();
            let turned =
                |all: &[f64]| -> Vec<f64> { (0..h).flat_map(|i| (0..columns).map(move |k| all[k * h + i])).collect() };
            let (re, im) = (turned(&down.re), turned(&down.im));
            let x = Signal::Complex { re: &re, im: &im };
            let rows = irfft("x", x, &[h, columns], &[w], Norm::Backward, 1).unwrap().0;
            for (a, b) in got[block * h * w..].iter().zip(&rows) {
                close(*a, *b, 10.0);
            }
        }
    }
    let mut bad = vec![0.0; 64 * 64];
    bad[1000] = f64::NAN;
    assert!(rfft("x", &bad, &[64, 64], 2, Norm::Backward, 2).unwrap_err().to_string().contains("element 1000"));
    let x = Signal::Complex { re: &bad[..64 * 33], im: &[0.0; 64 * 33] };
    assert!(irfft("X", x, &[64, 33], &[64, 64], Norm::Backward, 2).unwrap_err().to_string().contains("element 1000"));
}

#[test]
fn single_precision_stays_single() {
    let x: Vec<f32> = noise(1 << 16, 5).iter().map(|&x| x as f32).collect();
    let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    for (n, threads) in [(1 << 16, 2), (1 << 16, 1), (40_009, 2), (1001, 1)] {
        let narrow: Split<f32> = rfft("x", &x[..n], &[n], 1, Norm::Ortho, threads).unwrap().0;
        let exact = rfft("x", &wide[..n], &[n], 1, Norm::Ortho, threads).unwrap().0;
        for k in 0..n / 2 + 1 {
            assert!((f64::from(narrow.re[k]) - exact.re[k]).abs() < 3e-6, "{n} {k}");
            assert!((f64::from(narrow.im[k]) - exact.im[k]).abs() < 3e-6);
        }
    }
}

#[test]
fn bad_input_is_named() {
    let bad = |x: &[f64], shape: &[usize]| rfft("signal", x, shape, 1, Norm::Backward, 2).unwrap_err().to_string();
    assert!(bad(&[], &[0]).contains("INVALID_SHAPE: signal"));
    assert!(bad(&[1.0], &[2]).contains("expected 2 elements"));
    assert!(bad(&[1.0], &[1 << 40]).contains("OVER_MEMORY_LIMIT"));
    assert!(bad(&[1.0, f64::NAN, 2.0], &[3]).contains("NaN at element 1"));
    assert!(bad(&[1.0, 0.0, f64::INFINITY, 1.0], &[2, 2]).contains("inf at element 2"));
    assert!(bad(&[1e308; 8], &[8]).contains("overflows"));
    let mut long = vec![0.0; 1 << 16];
    long[77] = f64::NEG_INFINITY;
    assert!(bad(&long, &[1 << 16]).contains("-inf at element 77"));
    let halves = Signal::Complex { re: &[1.0, 2.0], im: &[0.0] };
    assert!(fft("x", halves, &[2], 1, Direction::Forward, Norm::Ortho, 1).is_err());
    let x = Signal::Complex { re: &[1.0, 2.0, 3.0], im: &[0.0, f64::NAN, 0.0] };
    assert!(irfft("X", x, &[3], &[4], Norm::Backward, 1).unwrap_err().to_string().contains("NaN at element 1"));
    assert!(irfft("X", x, &[3], &[6], Norm::Backward, 1).unwrap_err().to_string().contains("got shape [3]"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn parseval_shift_and_round_trip(n in 1usize..2000, seed in any::<u64>(), shift in 0usize..2000) {
        let (re, im) = (noise(n, seed), noise(n, seed ^ 77));
        let x = Signal::Complex { re: &re, im: &im };
        let spectrum = fft("x", x, &[n], 1, Direction::Forward, Norm::Ortho, 1).unwrap();
        let energy = |re: &[f64], im: &[f64]| -> f64 { re.iter().chain(im).map(|x| x * x).sum() };
        prop_assert!((energy(&spectrum.re, &spectrum.im) / energy(&re, &im) - 1.0).abs() < 1e-13);
        let back = fft("x", spectrum.as_signal(), &[n], 1, Direction::Inverse, Norm::Ortho, 1).unwrap();
        prop_assert!(back.re.iter().zip(&re).all(|(a, b)| (a - b).abs() < 1e-13));
        prop_assert!(back.im.iter().zip(&im).all(|(a, b)| (a - b).abs() < 1e-13));

        let by = shift % n;
        let (mut re, mut im) = (re, im);
        re.rotate_left(by);
        im.rotate_left(by);
        let rotated = fft("x", Signal::Complex { re: &re, im: &im }, &[n], 1, Direction::Forward, Norm::Ortho, 1).unwrap();
        for k in 0..n {
            let (s, c) = (std::f64::consts::TAU * ((k * by) % n) as f64 / n as f64).sin_cos();
            prop_assert!((rotated.re[k] - (spectrum.re[k] * c - spectrum.im[k] * s)).abs() < 1e-12);
            prop_assert!((rotated.im[k] - (spectrum.re[k] * s + spectrum.im[k] * c)).abs() < 1e-12);
        }
    }
}
