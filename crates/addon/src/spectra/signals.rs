//! Cosine and sine transforms, short-time spectra and their inverse, power densities, and continuous transforms of sampled functions.

use super::transforms::norm;
use super::{JsSignal, ToJs, count, list, natural, on_array, on_arrays, on_signal, one_axis, workers};
use crate::array::{JsArray, JsComplex};
use crate::error::run;
use base::{Error, Result};
use napi_derive::napi;
use spectra::dct::{Type, dct};
use spectra::dst::dst;
use spectra::fft::{Direction, Signal};
use spectra::series;
use spectra::stft::{self, Detrend, Frames};
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

/// How a signal is cut into frames: `window` is a name, with `beta`, or left out where `weights` are given.
#[napi(object)]
pub struct JsFrames {
    pub length: f64,
    pub hop: f64,
    /// Points of a frame's transform.
    pub points: f64,
    pub window: Option<String>,
    pub beta: f64,
    pub weights: Option<JsArray>,
    pub extend: bool,
    #[napi(ts_type = "'nothing' | 'constant' | 'linear'")]
    pub detrend: String,
}

impl JsFrames {
    fn read(&self) -> Result<Frames> {
        let length = count("length", self.length)?;
        let window = match (&self.window, &self.weights) {
            (Some(name), _) => Window::named(name, self.beta)?.values(length, false)?,
            (None, Some(weights)) => {
                one_axis("window", weights)?;
                weights.to_f64("window")?
            }
            (None, None) => return Err(Error::argument("window: expected a name or weights")),
        };
        if window.len() != length {
            let got = window.len();
            return Err(Error::shape(format!("window: expected {length} weights (a frame's samples), got {got}")));
        }
        Ok(Frames {
            window,
            hop: count("hop", self.hop)?,
            points: count("nfft", self.points)?,
            extend: self.extend,
            detrend: match self.detrend.as_str() {
                "nothing" => Detrend::Nothing,
                "constant" => Detrend::Constant,
                "linear" => Detrend::Linear,
                other => return Err(Error::argument(format!("detrend: expected constant or linear, got {other:?}"))),
            },
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
            let (spectrum, shape, middles) = stft::stft(data, &shape, &frames, threads)?;
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
            let (out, shape) = stft::istft(signal, &spectrum.dims("spectrum")?, &frames, n, threads)?;
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
        let (frequency, density) = on_array!(x, |data| stft::welch(data, &shape, sample_rate, &frames, threads))?;
        shape.pop();
        shape.push(frequency.len());
        Ok(JsDensity { frequency: list(frequency), density: JsArray::f64(density, &shape) })
    })
}

#[napi(object)]
pub struct JsCrossDensity {
    pub frequency: JsArray,
    pub cross: JsComplex,
    pub coherence: JsArray,
}

#[napi(catch_unwind)]
pub fn spectrum_cross_density(
    x: JsArray,
    y: JsArray,
    sample_rate: f64,
    frames: JsFrames,
    thread_count: Option<f64>,
) -> napi::Result<JsCrossDensity> {
    run(|| {
        let (mut shape, frames, threads) = (x.dims("x")?, frames.read()?, workers(thread_count)?);
        let other = y.dims("y")?;
        if other != shape {
            return Err(Error::shape(format!("y: expected the shape of x, {shape:?}, got {other:?}")));
        }
        let density = on_arrays!(x, y, |a, b| stft::cross_density(a, b, &shape, sample_rate, &frames, threads))?;
        let coherence = density.coherence();
        shape.pop();
        shape.push(density.frequency.len());
        Ok(JsCrossDensity {
            frequency: list(density.frequency),
            cross: ToJs::complex(density.cross, &shape),
            coherence: JsArray::f64(coherence, &shape),
        })
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
