//! Cosine transforms, short-time spectra, power densities, and continuous transforms of sampled functions.

use super::{ToJs, count, list, on_array, one_axis, workers};
use crate::array::{JsArray, JsComplex};
use crate::error::run;
use base::{Error, Result};
use napi::bindgen_prelude::Either;
use napi_derive::napi;
use spectra::dct::{self, Type};
use spectra::stft::{self, Frames};
use spectra::window::Window;
use spectra::{series, threads};

#[napi]
pub fn spectrum_dct(x: JsArray, kind: u32, ortho: bool, thread_count: Option<f64>) -> napi::Result<JsArray> {
    run(|| {
        let kind = match kind {
            1 => Type::I,
            2 => Type::II,
            3 => Type::III,
            4 => Type::IV,
            _ => return Err(Error::argument(format!("type: expected 1, 2, 3 or 4, got {kind}"))),
        };
        let (shape, threads) = (x.dims("x")?, workers(thread_count)?);
        on_array!(x, |data| Ok(ToJs::array(dct::dct(data, &shape, kind, ortho, threads)?, &shape)))
    })
}

fn frames(length: f64, hop: f64, window: &str, beta: f64, detrend: bool) -> Result<Frames> {
    Ok(Frames {
        length: count("length", length)?,
        hop: count("hop", hop)?,
        window: Window::named(window, beta)?,
        detrend,
    })
}

#[napi(object)]
pub struct JsStft {
    pub spectrum: JsComplex,
    /// Middle of each frame, in samples.
    pub middles: JsArray,
}

#[napi]
pub fn spectrum_stft(x: JsArray, length: f64, hop: f64, window: String, beta: f64) -> napi::Result<JsStft> {
    run(|| {
        one_axis("x", &x)?;
        let frames = frames(length, hop, &window, beta, false)?;
        on_array!(x, |data| {
            let (spectrum, shape, middles) = stft::stft(data, frames, threads::available())?;
            Ok(JsStft { spectrum: ToJs::complex(spectrum, &shape), middles: list(middles) })
        })
    })
}

#[napi(object)]
pub struct JsDensity {
    pub frequency: JsArray,
    pub density: JsArray,
}

#[napi]
pub fn spectrum_welch(
    x: JsArray,
    sample_rate: f64,
    length: f64,
    hop: f64,
    window: String,
    beta: f64,
    detrend: bool,
) -> napi::Result<JsDensity> {
    run(|| {
        one_axis("x", &x)?;
        let frames = frames(length, hop, &window, beta, detrend)?;
        let (frequency, density) = on_array!(x, |data| stft::welch(data, sample_rate, frames, threads::available()))?;
        Ok(JsDensity { frequency: list(frequency), density: list(density) })
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

#[napi]
pub fn spectrum_series(samples: JsArray, start: f64, most: u32) -> napi::Result<JsEstimate> {
    run(|| {
        one_axis("samples", &samples)?;
        Ok(estimate(series::fourier_series(&samples.to_f64(), start, most as usize)?))
    })
}

#[napi]
pub fn spectrum_continuous(
    samples: JsArray,
    start: f64,
    spacing: f64,
    frequencies: JsArray,
) -> napi::Result<JsEstimate> {
    run(|| {
        one_axis("samples", &samples)?;
        one_axis("frequencies", &frequencies)?;
        let (samples, at) = (samples.to_f64(), frequencies.to_f64());
        Ok(estimate(series::fourier_transform(&samples, start, spacing, &at, threads::available())?))
    })
}
