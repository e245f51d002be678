use super::*;
use crate::simd::lanes::Kernel;
use crate::simd::path::SimdPath;
use crate::simd::scalar::Scalar;

/// Applies function number `which` to every number.
struct Map<'a, T> {
    which: usize,
    values: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for Map<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        for part in self.values.chunks_mut(T::LANES) {
            let x = V::load_part(part);
            let y = match self.which {
                0 => exp(x),
                1 => tanh(x),
                2 => sigmoid(x),
                3 => erf(x),
                4 => sin(x),
                5 => cos(x),
                _ => softplus(x),
            };
            y.store_part(part);
        }
    }
}

fn map<T: Scalar>(path: SimdPath, which: usize, inputs: &[T]) -> Vec<T> {
    let mut values = inputs.to_vec();
    T::dispatch(path, Map { which, values: &mut values });
    values
}

/// erf in f64 by its series (|x| < 1) or the continued fraction of erfc (Lentz), in plain arithmetic.
fn erf_reference(x: f64) -> f64 {
    let size = x.abs();
    // exp(-x^2) with the rounding of x^2 taken back.
    let square = size * size;
    let gauss = (-square).exp() * (1.0 - size.mul_add(size, -square));
    let value = if size < 1.0 {
        // erf x = 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!!: all terms positive.
        let (mut term, mut sum) = (size, size);
        for n in 1..200 {
            term *= 2.0 * size * size / f64::from(2 * n + 1);
            sum += term;
        }
        2.0 / std::f64::consts::PI.sqrt() * gauss * sum
    } else {
        let fraction = (1..1000).rev().fold(size, |tail, n| size + f64::from(n) / 2.0 / tail);
        1.0 - gauss / std::f64::consts::PI.sqrt() / fraction
    };
    value.copysign(x)
}

fn reference(which: usize, x: f64) -> f64 {
    match which {
        0 => x.exp(),
        1 => x.tanh(),
        2 => 1.0 / (1.0 + (-x).exp()),
        3 => erf_reference(x),
        4 => x.sin(),
        5 => x.cos(),
        _ => x.max(0.0) + (-x.abs()).exp().ln_1p(),
    }
}

/// Largest |x| of a function's test: the range of exp, and beyond saturation for the others.
const ENDS: [[f64; 2]; 7] =
    [[87.0, 708.0], [30.0, 50.0], [80.0, 700.0], [8.0, 8.0], [8192.0, 1e6], [8192.0, 1e6], [80.0, 700.0]];
/// In units of the last place: what the module promises.
const BOUNDS: [[f64; 2]; 7] = [[2.0; 2], [5.0, 4.0], [4.0; 2], [4.0; 2], [2.0; 2], [2.0; 2], [4.0; 2]];

fn within_bounds<T: Scalar>() {
    let double = usize::from(T::NAME == "f64");
    for which in 0..7 {
        let end = ENDS[which][double];
        // Uniform over the range, and over the logarithm of |x| from 1e-6 on.
        let n = 40_000;
        let inputs: Vec<T> = (0..n)
            .map(|i| {
                let t = (f64::from(i) + 0.5) / f64::from(n);
                let x = if i % 2 == 0 { (2.0 * t - 1.0) * end } else { 1e-6 * (end * 1e6).powf(t) };
                T::from_f64(if i % 4 == 1 { -x } else { x })
            })
            .collect();
        for path in SimdPath::available() {
            let got = map(path, which, &inputs);
            let mut worst = (0.0, 0.0);
            for (x, y) in inputs.iter().zip(&got) {
                let expected = reference(which, x.to_f64());
                let unit = if which == 4 || which == 5 { 1.0 } else { expected.abs() } * T::EPSILON.to_f64() / 2.0;
                let error = (y.to_f64() - expected).abs() / unit;
                if error > worst.0 {
                    worst = (error, x.to_f64());
                }
            }
            println!("{} {which} {}: {worst:?}", T::NAME, path.name());
            // EPSILON / 2 relative is at least half and at most one unit of the last place.
            assert!(worst.0 <= 2.0 * BOUNDS[which][double], "{} {which} {}: {worst:?}", T::NAME, path.name());
        }
    }
}

#[test]
fn errors_are_within_the_stated_bounds() {
    within_bounds::<f32>();
    within_bounds::<f64>();
}

/// The functions of this crate at places over their range and beyond, as bits.
fn bits<T: Scalar>(path: SimdPath, which: usize) -> Vec<u64> {
    let ends = [f64::INFINITY, -f64::INFINITY, f64::NAN, 0.0, -0.0, 1e-30, 3e7, -3e7].map(T::from_f64);
    let inside = (0..10_001).map(|i| T::from_f64((f64::from(i) / 5000.0 - 1.0) * 1.1 * ENDS[which][0]));
    let inputs: Vec<T> = ends.into_iter().chain(inside).collect();
    // NaNs have many bits.
    map(path, which, &inputs).iter().map(|y| if y.is_finite() { y.to_f64().to_bits() } else { 0 }).collect()
}

#[test]
fn paths_of_one_name_give_the_same_bits() {
    let paths = SimdPath::available();
    for pair in paths.windows(2).filter(|pair| pair[0].name() == pair[1].name()) {
        for which in 0..7 {
            assert_eq!(bits::<f32>(pair[0], which), bits::<f32>(pair[1], which), "{which}");
            assert_eq!(bits::<f64>(pair[0], which), bits::<f64>(pair[1], which), "{which}");
        }
    }
}

fn ends_are_right<T: Scalar>() {
    let [inf, nan] = [f64::INFINITY, f64::NAN].map(T::from_f64);
    for path in SimdPath::available() {
        let at = |which, x: T| map(path, which, &[x])[0];
        assert_eq!((at(0, inf), at(0, -inf)), (inf, T::ZERO));
        assert_eq!((at(1, inf), at(1, -inf)), (T::ONE, -T::ONE));
        assert_eq!((at(2, inf), at(3, inf), at(3, -inf)), (T::ONE, T::ONE, -T::ONE));
        assert_eq!((at(6, inf), at(0, T::ZERO), at(1, T::ZERO)), (inf, T::ONE, T::ZERO));
        assert!(at(2, -inf).to_f64() < 1e-37 && at(6, -inf).to_f64() < 1e-37);
        for which in 0..7 {
            assert!(at(which, nan).to_f64().is_nan(), "{which} of NaN on {}", path.name());
        }
        for which in [4, 5] {
            assert!(at(which, inf).to_f64().is_nan());
            let far = T::from_f64(3e7);
            assert!((at(which, far).to_f64() - reference(which, far.to_f64())).abs() < 1e-6);
        }
    }
}

#[test]
fn infinities_and_nan() {
    ends_are_right::<f32>();
    ends_are_right::<f64>();
}

/// What formulas call besides: [`ln`], arcs and hyperbolic functions, over the range where each is not saturated.
fn others_are_within_bounds<T: Scalar>() {
    struct Others<'a, T>(usize, &'a mut [T]);
    impl<T: Scalar> Kernel<T> for Others<'_, T> {
        type Output = ();
        #[inline(always)]
        fn run<V: Lanes<Elem = T>>(self) {
            for part in self.1.chunks_mut(T::LANES) {
                let x = V::load_part(part);
                let y = match self.0 {
                    0 => ln(x),
                    1 => sinh(x),
                    2 => cosh(x),
                    3 => atan(x),
                    4 => asin(x),
                    5 => acos(x),
                    _ => power(x, V::of(1.5)),
                };
                y.store_part(part);
            }
        }
    }
    let library: [fn(f64) -> f64; 7] =
        [f64::ln, f64::sinh, f64::cosh, f64::atan, f64::asin, f64::acos, |x| x.powf(1.5)];
    let ends = [1e30, 60.0, 60.0, 1e6, 1.0, 1.0, 1e3];
    // Units of the last place, arcs of sine and cosine relative to 1.
    let bounds = [2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 40.0];
    for (which, library) in library.iter().enumerate() {
        let n = 20_000;
        let inputs: Vec<T> = (1..n)
            .map(|i| {
                let t = f64::from(i) / f64::from(n);
                let x = if i % 2 == 0 { t * ends[which] } else { ends[which] * 1e-8f64.powf(t) };
                T::from_f64(if i % 4 == 1 && !matches!(which, 0 | 6) { -x } else { x })
            })
            .collect();
        for path in SimdPath::available() {
            let mut got = inputs.clone();
            T::dispatch(path, Others(which, &mut got));
            for (x, y) in inputs.iter().zip(&got) {
                let expected = library(x.to_f64());
                let scale = if matches!(which, 4 | 5) { 1.0 } else { expected.abs() };
                let error = (y.to_f64() - expected).abs() / (scale * T::EPSILON.to_f64());
                // f32's pi/2 and its neighbours are rounded before the library sees them.
                assert!(error <= bounds[which], "{} {which} at {x:?}: {error}", T::NAME);
            }
            let at = |which, x: f64| {
                let mut values = [T::from_f64(x)];
                T::dispatch(path, Others(which, &mut values));
                values[0].to_f64()
            };
            assert_eq!((at(0, 0.0), at(0, 1.0), at(0, f64::INFINITY)), (f64::NEG_INFINITY, 0.0, f64::INFINITY));
            assert!(at(0, -1.0).is_nan() && at(0, f64::NAN).is_nan() && at(4, 1.5).is_nan() && at(6, -2.0).is_nan());
            assert_eq!((at(6, 0.0), at(4, 0.0), at(1, f64::INFINITY)), (0.0, 0.0, f64::INFINITY));
            let tiny = T::EPSILON.to_f64().powi(2) * if T::NAME == "f64" { 1e-280 } else { 1e-28 };
            assert!((at(0, tiny) / T::from_f64(tiny).to_f64().ln() - 1.0).abs() < 1e-6);
        }
    }
}

#[test]
fn functions_of_formulas() {
    others_are_within_bounds::<f32>();
    others_are_within_bounds::<f64>();
}
