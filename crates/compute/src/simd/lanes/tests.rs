use super::*;
use crate::simd::path::SimdPath;

/// Every operation of a vector on `x`, `y`, one after the other.
struct All<'a, T>(&'a [T], &'a [T]);

impl<T: Scalar> Kernel<T> for All<'_, T> {
    type Output = Vec<Vec<f64>>;
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) -> Self::Output {
        let (x, y) = (V::load_part(self.0), V::load_part(self.1));
        let (mantissa, exponent) = V::split(x.abs() + V::of(0.25));
        let results = [
            x + y,
            x - y,
            x * y,
            x / y,
            -x,
            x.min(y),
            x.max(y),
            x.abs(),
            x.abs().sqrt(),
            x.round(),
            x.copy_sign(y),
            V::select(x.less(y), x, V::of(7.0)),
            x.scale(V::of(-3.0)),
            mantissa,
            exponent,
            V::splat(x.sum()),
            V::select(x.exceeds(y), x, V::of(7.0)),
            V::select((x / V::zero() * V::zero()).exceeds(y), x, V::of(7.0)),
            V::unzip(x, y).0,
            V::unzip(x, y).1,
            V::zip(x, y).0,
            V::zip(x, y).1,
            // SAFETY: both arrays hold a vector.
            unsafe { V::load_halves(self.1.as_ptr().add(T::HALF), self.0.as_ptr()) },
            // SAFETY: as above.
            unsafe { V::load_half(self.1.as_ptr()) },
            // SAFETY: as above.
            unsafe { V::splat_halves(&self.0[1], &self.1[0]) },
            V::splat(if V::any(x.less(y)) { T::ONE } else { T::ZERO }),
            V::splat(if V::any(V::of(1e9).less(y)) { T::ONE } else { T::ZERO }),
        ];
        results
            .iter()
            .map(|v| {
                let mut out = vec![T::ZERO; T::LANES];
                v.store(&mut out);
                out.iter().map(|x| x.to_f64()).collect()
            })
            .collect()
    }
}

fn paths_agree<T: Scalar>() {
    let x = [1.5, -2.5, 0.5, -0.0, 3.25, 1e-3, -7.0, 100.0, 0.0, 9.75, -1e3, 31.5, 2.0, -2e-3, 6.0, -0.5];
    let y = [-1.0, 2.0, 0.5, 4.0, -3.0, 2e3, -8.0, 0.125, 0.375, 12.0, -11.0, 3.0, -2.0, 5e-3, 6.5, -0.75];
    let [x, y]: [Vec<T>; 2] = [x, y].map(|v| v.map(T::from_f64)[..T::LANES].to_vec());
    let expected = T::dispatch(SimdPath::Portable, All(&x, &y));
    for path in SimdPath::available() {
        assert_eq!(T::dispatch(path, All(&x, &y)), expected, "{}", path.name());
    }
    assert_eq!(expected[12][0], 1.5 / 8.0);
    assert_eq!((expected[13][0], expected[14][0]), (1.75, 0.0));
    assert_eq!(expected[9][1], -2.0);
    let [x, y] = [&x, &y].map(|v| v.iter().map(|x| x.to_f64()).collect::<Vec<_>>());
    // What is not a number comes before every number.
    assert_eq!(expected[17], x);
    let both = [x.clone(), y.clone()].concat();
    for odd in 0..2 {
        assert_eq!(expected[18 + odd], both.iter().copied().skip(odd).step_by(2).collect::<Vec<_>>());
    }
    let mixed: Vec<f64> = x.iter().zip(&y).flat_map(|(x, y)| [*x, *y]).collect();
    assert_eq!([&expected[20][..], &expected[21][..]].concat(), mixed);
    let half = T::HALF;
    assert_eq!(expected[22], [&y[half..], &x[..half]].concat());
    assert_eq!(expected[23], [&y[..half], &vec![0.0; half]].concat());
    assert_eq!(expected[24], [vec![x[1]; half], vec![y[0]; half]].concat());
    assert_eq!((expected[25][0], expected[26][0]), (1.0, 0.0));
}

#[test]
fn every_path_has_the_same_operations() {
    paths_agree::<f32>();
    paths_agree::<f64>();
}

struct Transpose<'a, T>(&'a [T], &'a mut [T]);

impl<T: Scalar> Kernel<T> for Transpose<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        assert!(self.0.len() >= 11 * T::HALF && self.1.len() >= 9 * T::HALF);
        // SAFETY: rows of 11 and 9 numbers hold the squares.
        unsafe { V::transpose(self.0.as_ptr(), 11, self.1.as_mut_ptr(), 9) }
    }
}

fn squares_are_transposed<T: Scalar>() {
    let from: Vec<T> = (0..11 * T::HALF).map(|i| T::from_f64(i as f64)).collect();
    for path in SimdPath::available() {
        let mut to = vec![T::ZERO; 9 * T::HALF];
        T::dispatch(path, Transpose(&from, &mut to));
        for i in 0..T::HALF {
            for j in 0..T::HALF {
                assert_eq!(to[j * 9 + i], from[i * 11 + j], "{} {i} {j}", path.name());
            }
        }
    }
}

#[test]
fn transposing_swaps_rows_and_columns() {
    squares_are_transposed::<f32>();
    squares_are_transposed::<f64>();
}
