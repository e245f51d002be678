//! Nonuniform transforms.

use super::{Floats, JsSignal, counts, workers};
use crate::array::{JsArray, JsComplex, View};
use crate::error::run;
use base::{Error, Result};
use napi_derive::napi;
use spectra::check;
use spectra::fft::{Direction, Signal};
use spectra::nudft::{Convention, nudft};
use spectra::nufft::{self, Complex};

/// Values as f64, borrowed where they are already.
fn wide(values: &Floats) -> std::borrow::Cow<'_, [f64]> {
    match values.view() {
        View::F64(data) => std::borrow::Cow::Borrowed(data),
        View::F32(data) => std::borrow::Cow::Owned(data.iter().map(|&x| f64::from(x)).collect()),
    }
}

/// `[n]` or `[n, columns]`: the rows and columns.
fn rows(name: &str, shape: &[usize]) -> Result<(usize, usize)> {
    match *shape {
        [n] => Ok((n, 1)),
        [n, columns] => Ok((n, columns)),
        _ => Err(Error::shape(format!("{name}: expected shape [n] or [n, m], got {shape:?}"))),
    }
}

#[napi(catch_unwind)]
pub fn spectrum_nudft(
    points: JsArray,
    values: JsSignal,
    frequencies: JsArray,
    tolerance: f64,
    angular: bool,
    normalize: bool,
    thread_count: Option<f64>,
) -> napi::Result<JsComplex> {
    run(|| {
        let threads = workers(thread_count)?;
        let (n, d) = rows("points", &points.dims("points")?)?;
        let (k, frequency_axes) = rows("frequencies", &frequencies.dims("frequencies")?)?;
        if frequency_axes != d {
            return Err(Error::shape(format!(
                "frequencies: expected [k, {d}] (the dimension of points), got {:?}",
                frequencies.shape
            )));
        }
        let value_shape = values.dims("values")?;
        let (values_n, columns) = rows("values", &value_shape)?;
        if values_n != n {
            return Err(Error::shape(format!("values: expected {n} rows (one a point), got {value_shape:?}")));
        }
        let convention = Convention { angular, normalize };
        let re = wide(&values.re);
        let im = values.im.as_ref().map(wide);
        let signal = match &im {
            None => Signal::Real(&re[..]),
            Some(im) => Signal::Complex { re: &re, im },
        };
        let (at, asked) = (wide(&points.data), wide(&frequencies.data));
        let out = nudft(&at, d, signal, columns, &asked, convention, tolerance, threads)?;
        let shape: &[usize] = if value_shape.len() == 1 { &[k] } else { &[k, columns] };
        Ok(if [&values.re, &points.data, &frequencies.data].into_iter().all(Floats::is_single) {
            let narrow = |x: Vec<f64>| x.into_iter().map(|x| x as f32).collect::<Vec<f32>>();
            JsComplex::new(narrow(out.re), narrow(out.im), shape)
        } else {
            JsComplex::new(out.re, out.im, shape)
        })
    })
}

/// Real or complex values as complex numbers.
fn complex(name: &str, values: &JsSignal) -> Result<Vec<Complex<f64>>> {
    values.dims(name)?;
    let re = wide(&values.re);
    match values.im.as_ref().map(wide) {
        None => base::memory::collect(name, re.len(), re.iter().map(|&re| Complex::new(re, 0.0))),
        Some(im) => {
            let both = re.iter().zip(im.iter());
            base::memory::collect(name, re.len(), both.map(|(&re, &im)| Complex::new(re, im)))
        }
    }
}

fn parts(values: &[Complex<f64>], shape: &[usize]) -> JsComplex {
    let (re, im) = values.iter().map(|z| (z.re, z.im)).unzip();
    JsComplex::new::<f64>(re, im, shape)
}

fn direction(inverse: bool) -> Direction {
    if inverse { Direction::Inverse } else { Direction::Forward }
}

/// NUFFT of type 1: values at points to the modes of the sizes given.
#[napi(catch_unwind)]
pub fn spectrum_nufft1(
    points: JsArray,
    values: JsSignal,
    modes: Vec<f64>,
    inverse: bool,
    tolerance: f64,
    thread_count: Option<f64>,
) -> napi::Result<JsComplex> {
    run(|| {
        let (_, d) = rows("points", &points.dims("points")?)?;
        let (modes, threads) = (counts("modes", &modes)?, workers(thread_count)?);
        let at = wide(&points.data);
        let out = nufft::type1(&at, d, &complex("values", &values)?, &modes, direction(inverse), tolerance, threads)?;
        Ok(parts(&out, &modes))
    })
}

/// NUFFT of type 2: coefficients of modes to values at points.
#[napi(catch_unwind)]
pub fn spectrum_nufft2(
    points: JsArray,
    coefficients: JsSignal,
    inverse: bool,
    tolerance: f64,
    thread_count: Option<f64>,
) -> napi::Result<JsComplex> {
    run(|| {
        let (n, d) = rows("points", &points.dims("points")?)?;
        let (modes, threads) = (coefficients.dims("coefficients")?, workers(thread_count)?);
        check::elements("coefficients", &modes)?;
        if modes.len() != d {
            return Err(Error::shape(format!(
                "coefficients: expected {d} axes (the dimension of points), got {modes:?}"
            )));
        }
        let at = wide(&points.data);
        let out = nufft::type2(
            &at,
            d,
            &complex("coefficients", &coefficients)?,
            &modes,
            direction(inverse),
            tolerance,
            threads,
        )?;
        Ok(parts(&out, &[n]))
    })
}

/// NUFFT of type 3: values at points to any frequencies.
#[napi(catch_unwind)]
pub fn spectrum_nufft3(
    points: JsArray,
    values: JsSignal,
    frequencies: JsArray,
    inverse: bool,
    tolerance: f64,
    thread_count: Option<f64>,
) -> napi::Result<JsComplex> {
    run(|| {
        let (_, d) = rows("points", &points.dims("points")?)?;
        let (k, asked) = rows("frequencies", &frequencies.dims("frequencies")?)?;
        if asked != d {
            let got = &frequencies.shape;
            return Err(Error::shape(format!("frequencies: expected [k, {d}] (the dimension of points), got {got:?}")));
        }
        let threads = workers(thread_count)?;
        let (at, to) = (wide(&points.data), wide(&frequencies.data));
        let out = nufft::type3(&at, d, &[&complex("values", &values)?], &to, direction(inverse), tolerance, threads)?;
        Ok(parts(&out[0], &[k]))
    })
}
