//! Cosine and sine transforms, short-time spectra and their inverse, power densities, and continuous transforms of sampled functions.

use super::transforms::norm;
use super::{JsSignal, ToJs, count, list, natural, on_array, on_signal, one_axis, workers};
use crate::array::{JsArray, JsComplex};
use crate::error::run;
use base::{Error, Result};
use napi_derive::napi;
use spectra::dct::{Type, dct};
use spectra::dst::dst;
use spectra::fft::{Direction, Signal};
use spectra::series;
use spectra::stft::{self, Frames};
use spectra::window::Window;

fn kind(number: f64) -> Result<Type> {
    Ok(match number {
        1.0 => Type::I,
        2.0 => Type::II,
        3.0 => Type::III,
        4.0 => Type::IV,
        _ => return Err(Error::argument(format!("type: expected 1, 2, 3 or 4, got {number}"))),
    })
}

/// Cosine transform of the last axis, or the sine transform.
#[napi(catch_unwind)]
pub fn spectrum_trigonometric(
    x: JsArray,
    sine: bool,
    kind_number: f64,
    inverse: bool,
    norm_name: String,
    thread_count: Option<f64>,
) -> napi::Result<JsArray> {
    run(|| {
        let (kind, norm, threads) = (kind(kind_number)?, norm(&norm_name)?, workers(thread_count)?);
        let direction = if inverse { Direction::Inverse } else { Direction::Forward };
        let shape = x.dims("x")?;
        on_array!(x, |data| {
            let out = if sine {
                dst(data, &shape, kind, direction, norm, threads)?
            } else {
                dct(data, &shape, kind, direction, norm, threads)?
            };
            Ok(ToJs::array(out, &shape))
        })
    })
}

/// How a signal is cut into frames.
#[napi(object)]
pub struct JsFrames {
    pub length: f64,
    pub hop: f64,
    pub window: String,
    pub beta: f64,
    pub extend: bool,
    pub detrend: bool,
}

impl JsFrames {
    fn read(&self) -> Result<Frames> {
        Ok(Frames {
            length: count("length", self.length)?,
            hop: count("hop", self.hop)?,
            window: Window::named(&self.window, self.beta)?,
            extend: self.extend,
            detrend: self.detrend,
        })
    }
}

#[napi(object)]
pub struct JsStft {
    pub spectrum: JsComplex,
    /// Middle of each frame, in samples.
    pub middles: JsArray,
}

#[napi(catch_unwind)]
pub fn spectrum_stft(x: JsArray, frames: JsFrames, thread_count: Option<f64>) -> napi::Result<JsStft> {
    run(|| {
        let (shape, frames, threads) = (x.dims("x")?, frames.read()?, workers(thread_count)?);
        on_array!(x, |data| {
            let (spectrum, shape, middles) = stft::stft(data, &shape, frames, threads)?;
            Ok(JsStft { spectrum: ToJs::complex(spectrum, &shape), middles: list(middles) })
        })
    })
}

#[napi(catch_unwind)]
pub fn spectrum_istft(
    spectrum: JsSignal,
    frames: JsFrames,
    n: Option<f64>,
    thread_count: Option<f64>,
) -> napi::Result<JsArray> {
    run(|| {
        let (frames, threads) = (frames.read()?, workers(thread_count)?);
        let n = n.map(|n| count("n", n)).transpose()?;
        on_signal!(spectrum, "spectrum", |signal| {
            let (out, shape) = stft::istft(signal, &spectrum.dims("spectrum")?, frames, n, threads)?;
            Ok(ToJs::array(out, &shape))
        })
    })
}

#[napi(object)]
pub struct JsDensity {
    pub frequency: JsArray,
    pub density: JsArray,
}

#[napi(catch_unwind)]
pub fn spectrum_welch(
    x: JsArray,
    sample_rate: f64,
    frames: JsFrames,
    thread_count: Option<f64>,
) -> napi::Result<JsDensity> {
    run(|| {
        let (mut shape, frames, threads) = (x.dims("x")?, frames.read()?, workers(thread_count)?);
        let (frequency, density) = on_array!(x, |data| stft::welch(data, &shape, sample_rate, frames, threads))?;
        shape.pop();
        shape.push(frequency.len());
        Ok(JsDensity { frequency: list(frequency), density: JsArray::f64(density, &shape) })
    })
}

#[napi(object)]
pub struct JsEstimate {
    pub values: JsComplex,
    pub error: JsArray,
}

fn estimate(out: series::Estimate) -> JsEstimate {
    let shape = [out.error.len()];
    JsEstimate { values: ToJs::complex(out.values, &shape), error: list(out.error) }
}

#[napi(catch_unwind)]
pub fn spectrum_series(samples: JsArray, start: f64, most: f64) -> napi::Result<JsEstimate> {
    run(|| {
        one_axis("samples", &samples)?;
        Ok(estimate(series::fourier_series(&samples.to_f64("samples")?, start, natural("count", most)?)?))
    })
}

#[napi(catch_unwind)]
pub fn spectrum_continuous(
    samples: JsArray,
    start: f64,
    spacing: f64,
    frequencies: JsArray,
) -> napi::Result<JsEstimate> {
    run(|| {
        one_axis("samples", &samples)?;
        one_axis("frequencies", &frequencies)?;
        let (samples, at) = (samples.to_f64("samples")?, frequencies.to_f64("frequencies")?);
        Ok(estimate(series::fourier_transform(&samples, start, spacing, &at, compute::processors())?))
    })
}
