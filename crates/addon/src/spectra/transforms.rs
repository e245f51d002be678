//! Fourier transforms, frequencies, windows and the amplitude spectrum.

use super::{Floats, JsPair, JsSignal, ToJs, Writable, count, counts, natural, naturals, on_array, on_signal, workers};
use crate::array::{JsArray, JsComplex};
use crate::error::run;
use base::{Error, Result};
use napi::bindgen_prelude::Either;
use napi_derive::napi;
use spectra::fft::{self, Direction, Norm, Signal, Split};
use spectra::frequency;
use spectra::permute::permuted;
use spectra::resize::resized;
use spectra::window::{self, Window};

pub(super) fn norm(name: &str) -> Result<Norm> {
    Ok(match name {
        "backward" => Norm::Backward,
        "ortho" => Norm::Ortho,
        "forward" => Norm::Forward,
        _ => {
            return Err(Error::argument(format!("norm: expected 'backward', 'ortho' or 'forward', got \"{name}\"")));
        }
    })
}

#[napi(catch_unwind)]
pub fn spectrum_fft_into(
    x: JsSignal,
    axes: f64,
    inverse: bool,
    norm_name: String,
    mut out: JsPair,
    thread_count: Option<f64>,
) -> napi::Result<()> {
    run(|| {
        let (shape, norm, threads) = (x.dims("x")?, norm(&norm_name)?, workers(thread_count)?);
        let direction = if inverse { Direction::Inverse } else { Direction::Forward };
        on_signal!(x, "x", |signal| {
            fft::fft_into("x", signal, &shape, natural("axes", axes)?, direction, norm, threads, out.parts()?)
        })
    })
}

#[napi(catch_unwind)]
pub fn spectrum_rfft_into(
    x: JsArray,
    axes: f64,
    norm_name: String,
    mut out: JsPair,
    thread_count: Option<f64>,
) -> napi::Result<()> {
    run(|| {
        let (shape, norm, threads) = (x.dims("x")?, norm(&norm_name)?, workers(thread_count)?);
        on_array!(x, |data| fft::rfft_into("x", data, &shape, natural("axes", axes)?, norm, threads, out.parts()?))
    })
}

#[napi(catch_unwind)]
pub fn spectrum_irfft_into(
    x: JsSignal,
    lengths: Vec<f64>,
    norm_name: String,
    #[napi(ts_arg_type = "Float64Array | Float32Array")] mut out: Floats,
    thread_count: Option<f64>,
) -> napi::Result<()> {
    run(|| {
        let (norm, threads) = (norm(&norm_name)?, workers(thread_count)?);
        let (shape, lengths) = (x.dims("x")?, counts("n", &lengths)?);
        on_signal!(x, "x", |signal| {
            fft::irfft_into("x", signal, &shape, &lengths, norm, threads, Writable::of(&mut out)?)
        })
    })
}

/// `x` cropped or padded with zeros to `lengths` on its last axes.
#[napi(catch_unwind)]
pub fn spectrum_resize(x: JsSignal, lengths: Vec<f64>) -> napi::Result<Either<JsArray, JsComplex>> {
    run(|| {
        let (shape, lengths) = (x.dims("x")?, counts("n", &lengths)?);
        on_signal!(x, "x", |signal| {
            Ok(match signal {
                Signal::Real(x) => {
                    let (out, shape) = resized("x", x, &shape, &lengths)?;
                    Either::A(ToJs::array(out, &shape))
                }
                Signal::Complex { re, im } => {
                    let (re, new) = resized("x", re, &shape, &lengths)?;
                    let (im, _) = resized("x", im, &shape, &lengths)?;
                    Either::B(ToJs::complex(Split { re, im }, &new))
                }
            })
        })
    })
}

/// `x` with its axes in the order `axes`.
#[napi(catch_unwind)]
pub fn spectrum_permute(x: JsSignal, axes: Vec<f64>) -> napi::Result<Either<JsArray, JsComplex>> {
    run(|| {
        let (shape, axes) = (x.dims("x")?, naturals("axes", &axes)?);
        on_signal!(x, "x", |signal| {
            Ok(match signal {
                Signal::Real(x) => {
                    let (out, shape) = permuted("x", x, &shape, &axes)?;
                    Either::A(ToJs::array(out, &shape))
                }
                Signal::Complex { re, im } => {
                    let (re, new) = permuted("x", re, &shape, &axes)?;
                    let (im, _) = permuted("x", im, &shape, &axes)?;
                    Either::B(ToJs::complex(Split { re, im }, &new))
                }
            })
        })
    })
}

#[napi(catch_unwind)]
pub fn spectrum_frequencies(n: f64, d: f64, half: bool) -> napi::Result<JsArray> {
    run(|| {
        let n = count("n", n)?;
        let out = if half { frequency::rfftfreq(n, d)? } else { frequency::fftfreq(n, d)? };
        let len = out.len();
        Ok(JsArray::f64(out, &[len]))
    })
}

#[napi(catch_unwind)]
pub fn spectrum_shift(x: JsSignal, axes: Vec<f64>, inverse: bool) -> napi::Result<Either<JsArray, JsComplex>> {
    run(|| {
        let (shape, axes) = (x.dims("x")?, naturals("axes", &axes)?);
        if let Some(axis) = axes.iter().find(|&&axis| axis >= shape.len()) {
            return Err(Error::argument(format!("axes: expected axes of shape {shape:?}, got {axis}")));
        }
        on_signal!(x, "x", |signal| {
            Ok(match signal {
                Signal::Real(x) => Either::A(ToJs::array(frequency::shift(x, &shape, &axes, inverse)?, &shape)),
                Signal::Complex { re, im } => {
                    let re = frequency::shift(re, &shape, &axes, inverse)?;
                    let im = frequency::shift(im, &shape, &axes, inverse)?;
                    Either::B(ToJs::complex(Split { re, im }, &shape))
                }
            })
        })
    })
}

#[napi(object)]
pub struct JsAmplitudeSpectrum {
    pub frequency: JsArray,
    pub amplitude: JsArray,
    pub phase: JsArray,
}

#[napi(catch_unwind)]
pub fn spectrum_amplitude(
    x: JsArray,
    sample_rate: f64,
    window_name: String,
    beta: f64,
    thread_count: Option<f64>,
) -> napi::Result<JsAmplitudeSpectrum> {
    run(|| {
        let (shape, window, threads) = (x.dims("x")?, Window::named(&window_name, beta)?, workers(thread_count)?);
        on_array!(x, |data| {
            let out = window::amplitude_spectrum(data, &shape, sample_rate, window, threads)?;
            let half = out.frequency.len();
            let mut out_shape = shape.clone();
            *out_shape.last_mut().expect("a checked shape has an axis") = half;
            Ok(JsAmplitudeSpectrum {
                frequency: JsArray::f64(out.frequency, &[half]),
                amplitude: ToJs::array(out.amplitude, &out_shape),
                phase: ToJs::array(out.phase, &out_shape),
            })
        })
    })
}

#[napi(object)]
pub struct JsWindow {
    pub values: JsArray,
    pub coherent_gain: f64,
    pub noise_bandwidth: f64,
}

#[napi(catch_unwind)]
pub fn spectrum_window(name: String, n: f64, beta: f64, symmetric: bool) -> napi::Result<JsWindow> {
    run(|| {
        let values = Window::named(&name, beta)?.values(count("n", n)?, symmetric)?;
        let n = values.len();
        let (coherent_gain, noise_bandwidth) = (window::coherent_gain(&values), window::noise_bandwidth(&values));
        Ok(JsWindow { values: JsArray::f64(values, &[n]), coherent_gain, noise_bandwidth })
    })
}
