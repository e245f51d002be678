//! Convolution, correlation and circulant matrices.

use super::{ToJs, on_array, on_arrays, workers};
use crate::array::{JsArray, JsComplex};
use crate::error::run;
use base::{Error, Result};
use napi_derive::napi;
use spectra::convolution::{self, Method, Mode, Operand};
use spectra::{Real, check, circulant};

#[napi(catch_unwind)]
pub fn spectrum_convolve(
    a: JsArray,
    b: JsArray,
    mode: String,
    method: String,
    correlate: bool,
    thread_count: Option<f64>,
) -> napi::Result<JsArray> {
    run(|| {
        let mode = match mode.as_str() {
            "full" => Mode::Full,
            "same" => Mode::Same,
            "valid" => Mode::Valid,
            "circular" => Mode::Circular,
            _ => {
                return Err(Error::argument(format!("mode: expected full, same, valid or circular, got \"{mode}\"")));
            }
        };
        let method = match method.as_str() {
            "auto" => Method::Auto,
            "direct" => Method::Direct,
            "fft" => Method::Fft,
            _ => return Err(Error::argument(format!("method: expected auto, direct or fft, got \"{method}\""))),
        };
        let (a_shape, b_shape, threads) = (a.dims("a")?, b.dims("b")?, workers(thread_count)?);
        on_arrays!(a, b, |x, y| {
            let (x, y) = (Operand { data: x, shape: &a_shape }, Operand { data: y, shape: &b_shape });
            let (out, shape) = if correlate {
                convolution::correlate(x, y, mode, method, threads)?
            } else {
                convolution::convolve(x, y, mode, method, threads)?
            };
            Ok(ToJs::array(out, &shape))
        })
    })
}

/// The first column, from whichever of the two is given.
fn column<T: Real>(c: &[T], shape: &[usize], from: &str) -> Result<Vec<T>> {
    match from {
        "column" => Ok(c.to_vec()),
        "row" => circulant::column_of_row(c, shape),
        _ => Err(Error::argument(format!("from: expected column or row, got \"{from}\""))),
    }
}

#[napi(catch_unwind)]
pub fn spectrum_circulant(c: JsArray, from: String) -> napi::Result<JsArray> {
    run(|| {
        let shape = c.dims("c")?;
        if !(1..=2).contains(&shape.len()) {
            return Err(Error::shape(format!("c: expected one axis or two, got shape {shape:?}")));
        }
        let n = shape.iter().product();
        on_array!(c, |data| {
            let out = circulant::circulant(&column(data, &shape, &from)?, &shape)?;
            Ok(ToJs::array(out, &[n, n]))
        })
    })
}

#[napi(catch_unwind)]
pub fn spectrum_circulant_apply(
    c: JsArray,
    x: JsArray,
    from: String,
    solve: bool,
    thread_count: Option<f64>,
) -> napi::Result<JsArray> {
    run(|| {
        let (shape, x_shape, threads) = (c.dims("c")?, x.dims("x")?, workers(thread_count)?);
        check::elements("c", &shape)?;
        on_arrays!(c, x, |c, x| {
            let c = column(c, &shape, &from)?;
            let out = if solve {
                circulant::solve(&c, x, &shape, &x_shape, threads)?
            } else {
                circulant::multiply(&c, x, &shape, &x_shape, threads)?
            };
            Ok(ToJs::array(out, &x_shape))
        })
    })
}

#[napi(catch_unwind)]
pub fn spectrum_circulant_eigenvalues(c: JsArray, from: String, thread_count: Option<f64>) -> napi::Result<JsComplex> {
    run(|| {
        let (shape, threads) = (c.dims("c")?, workers(thread_count)?);
        on_array!(c, |c| Ok(ToJs::complex(
            circulant::eigenvalues(&column(c, &shape, &from)?, &shape, threads)?,
            &shape
        )))
    })
}
