//! The rest of the spectral toolbox for JavaScript: cosine transforms, short-time spectra, masks, layers, bands, laws.

use crate::array::{JsArray, JsComplex};
use crate::error::run;
use crate::spectra::{JsSignal, ToJs, count, counts, on_array, on_arrays, on_signal, two_axes, workers};
use crate::task::{Control, spawn};
use base::{Error, Result};
use napi::bindgen_prelude::{Either, Env, Object};
use napi_derive::napi;
use spectra::bands::{self, Compare};
use spectra::dct::{self, Type};
use spectra::fft::Signal;
use spectra::harmonics::{self, Law};
use spectra::mask::{self, Pass, Shape};
use spectra::stft::{self, Frames};
use spectra::window::Window;
use spectra::{layers, series, threads};

fn list(values: Vec<f64>) -> JsArray {
    let len = values.len();
    JsArray::f64(values, &[len])
}

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

fn one_axis(name: &str, x: &JsArray) -> Result<usize> {
    match x.dims(name)?[..] {
        [n] => Ok(n),
        _ => Err(Error::shape(format!("{name}: expected one axis, got shape {:?}", x.shape))),
    }
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

#[napi]
pub fn spectrum_mask(
    x: JsArray,
    axes: u32,
    shape_name: String,
    order: f64,
    pass: String,
    cutoff: Vec<f64>,
) -> napi::Result<JsArray> {
    run(|| {
        let mask = match shape_name.as_str() {
            "ideal" => Shape::Ideal,
            "gaussian" => Shape::Gaussian,
            "butterworth" => Shape::Butterworth { order },
            other => {
                return Err(Error::argument(format!(
                    "shape: expected ideal, gaussian or butterworth, got \"{other}\""
                )));
            }
        };
        let pass = match (pass.as_str(), &cutoff[..]) {
            ("low", [c]) => Pass::Low(*c),
            ("high", [c]) => Pass::High(*c),
            ("band", [low, high]) => Pass::Band(*low, *high),
            _ => {
                return Err(Error::argument(format!(
                    "cutoff: expected one number for low or high, two for band, got {} for \"{pass}\"",
                    cutoff.len()
                )));
            }
        };
        let shape = x.dims("x")?;
        on_array!(x, |data| {
            let out = mask::apply(data, &shape, axes as usize, mask, pass, threads::available())?;
            Ok(ToJs::array(out, &shape))
        })
    })
}

#[napi(object)]
pub struct JsLayerSpectrum {
    /// `[h, w, min(out, in)]`
    pub values: JsArray,
    pub spectral_norm: f64,
    pub reshaped_norm: f64,
}

/// Promise of a convolution layer's singular values, frequency by frequency.
#[napi(ts_return_type = "Promise<JsLayerSpectrum>")]
pub fn spectrum_conv_singular_values<'env>(
    env: &'env Env,
    control: &Control,
    weight: JsArray,
    size: Vec<f64>,
    thread_count: Option<f64>,
) -> napi::Result<Object<'env>> {
    let (weight, shape, size, threads) = run(|| {
        let shape = weight.dims("weight")?;
        let four = <[usize; 4]>::try_from(&shape[..])
            .map_err(|_| Error::shape(format!("weight: expected [out, in, kh, kw], got shape {shape:?}")))?;
        Ok((weight.to_f64(), four, two_axes("size", &counts("size", &size)?)?, workers(thread_count)?))
    })?;
    spawn(
        env,
        control,
        move |control| {
            let values = layers::conv_singular_values(&weight, shape, size, threads, control)?;
            let columns = shape[1] * shape[2] * shape[3];
            let reshaped = layers::spectral_norm(&weight, shape[0], columns, 1e-9, control)?;
            Ok((values, reshaped))
        },
        move |_, (values, reshaped_norm)| {
            let spectral_norm = values.iter().copied().fold(0.0, f64::max);
            let shape = [size[0], size[1], shape[0].min(shape[1])];
            Ok(JsLayerSpectrum { values: JsArray::f64(values, &shape), spectral_norm, reshaped_norm })
        },
    )
}

/// `[out, ...]` as a matrix `[out, rest]`.
fn reshaped(weight: &JsArray) -> Result<(usize, usize)> {
    let shape = weight.dims("weight")?;
    if shape.len() < 2 || shape.contains(&0) {
        return Err(Error::shape(format!("weight: expected [out, in] or [out, in, kh, kw], got shape {shape:?}")));
    }
    Ok((shape[0], shape[1..].iter().product()))
}

#[napi]
pub fn spectrum_norm(weight: JsArray, tolerance: f64) -> napi::Result<f64> {
    run(|| {
        let (rows, columns) = reshaped(&weight)?;
        on_array!(weight, |data| layers::spectral_norm(data, rows, columns, tolerance, &base::Control::none()))
    })
}

#[napi(object)]
pub struct JsSingularValues {
    pub values: JsArray,
    pub condition: f64,
}

#[napi]
pub fn spectrum_singular_values(weight: JsArray) -> napi::Result<JsSingularValues> {
    run(|| {
        let (rows, columns) = reshaped(&weight)?;
        let (values, condition) =
            on_array!(weight, |data| layers::dense_singular_values(data, rows, columns, threads::available()))?;
        Ok(JsSingularValues { values: list(values), condition })
    })
}

/// `x` times a number.
#[napi]
pub fn spectrum_scale(x: JsArray, factor: f64) -> napi::Result<JsArray> {
    run(|| {
        let shape = x.dims("x")?;
        on_array!(x, |data| Ok(ToJs::array(layers::scaled(data, factor), &shape)))
    })
}

#[napi(object)]
pub struct JsDistance {
    pub mean: f64,
    pub relative: f64,
    pub magnitude: f64,
}

#[napi]
pub fn spectrum_distance(a: JsArray, b: JsArray) -> napi::Result<JsDistance> {
    run(|| {
        let (shape, other) = (a.dims("a")?, b.dims("b")?);
        if shape != other {
            return Err(Error::shape(format!("b: expected the shape of a, {shape:?}, got {other:?}")));
        }
        let d = on_arrays!(a, b, |a, b| layers::spectral_distance(a, b, &shape, threads::available()))?;
        Ok(JsDistance { mean: d.mean, relative: d.relative, magnitude: d.magnitude })
    })
}

#[napi]
pub fn spectrum_band_energies(x: JsArray, axes: u32, edges: Vec<f64>) -> napi::Result<JsArray> {
    run(|| {
        let shape = x.dims("x")?;
        let axes = axes as usize;
        let out = on_array!(x, |data| bands::band_energies(data, &shape, axes, &edges, threads::available()))?;
        let leading = &shape[..shape.len() - axes];
        Ok(JsArray::f64(out, &[leading, &[edges.len() + 1]].concat()))
    })
}

#[napi]
pub fn spectrum_relative_error(h: JsSignal, f: JsSignal, magnitude: bool) -> napi::Result<JsArray> {
    run(|| {
        let (shape, other) = (h.dims(), f.dims());
        if shape != other {
            return Err(Error::shape(format!("f: expected the shape of h, {shape:?}, got {other:?}")));
        }
        let compare = if magnitude { Compare::Magnitude } else { Compare::Complex };
        // The macro writes this once for f32, where the conversion is needed, and once for f64, where it is not.
        #[allow(clippy::useless_conversion)]
        let pairs = |signal: &JsSignal, name: &str| -> Result<Vec<(f64, f64)>> {
            on_signal!(signal, name, |x| {
                x.check(name, &shape)?;
                x.check_finite(name)?;
                Ok((0..x.len()).map(|i| (f64::from(x.get(i).re), f64::from(x.get(i).im))).collect())
            })
        };
        let (h, f) = (pairs(&h, "h")?, pairs(&f, "f")?);
        Ok(JsArray::f64(h.iter().zip(&f).map(|(h, f)| bands::relative_error(*h, *f, compare)).collect(), &shape))
    })
}

#[napi]
pub fn spectrum_first_passage(
    errors: JsArray,
    steps: Vec<f64>,
    threshold: f64,
    stays: bool,
) -> napi::Result<Vec<Option<f64>>> {
    run(|| {
        two_axes("errors", &errors.dims("errors")?)?;
        bands::first_passage(&errors.to_f64(), &steps, threshold, stays)
    })
}

#[napi(object)]
pub struct JsHarmonics {
    pub amplitude: JsArray,
    pub ratio: f64,
}

#[napi]
pub fn spectrum_harmonics(values: JsArray, cycles: f64, most: u32) -> napi::Result<JsHarmonics> {
    run(|| {
        one_axis("values", &values)?;
        let out = harmonics::harmonics(&values.to_f64(), count("cycles", cycles)?, most as usize)?;
        Ok(JsHarmonics { amplitude: list(out.amplitude), ratio: out.ratio })
    })
}

#[napi]
pub fn spectrum_tone(n: f64, cycles: f64, amplitude: f64, phase: f64) -> napi::Result<JsArray> {
    run(|| Ok(list(harmonics::tone(count("n", n)?, cycles, amplitude, phase)?)))
}

#[napi]
pub fn spectrum_noise(n: f64, seed: f64, std: f64) -> napi::Result<JsArray> {
    run(|| {
        let n = count("n", n)?;
        spectra::check::elements("n", &[n])?;
        if !(seed.fract() == 0.0 && (0.0..=9e15).contains(&seed)) {
            return Err(Error::argument(format!("seed: expected a whole number of at least 0, got {seed}")));
        }
        if !std.is_finite() {
            return Err(Error::argument(format!("std: expected a finite number, got {std}")));
        }
        Ok(list(layers::scaled(&base::Random::new(seed as u64, 0).normals(n), std)))
    })
}

#[napi(object)]
pub struct JsDecay {
    pub rate: f64,
    pub interval: Vec<f64>,
    pub coefficient: f64,
    pub r_squared: f64,
}

#[napi]
pub fn spectrum_fit_decay(
    frequency: JsArray,
    amplitude: JsArray,
    law: String,
    confidence: f64,
) -> napi::Result<JsDecay> {
    run(|| {
        let law = match law.as_str() {
            "power" => Law::Power,
            "exponential" => Law::Exponential,
            _ => return Err(Error::argument(format!("law: expected power or exponential, got \"{law}\""))),
        };
        let fit = harmonics::fit_decay(&frequency.to_f64(), &amplitude.to_f64(), law, confidence)?;
        Ok(JsDecay {
            rate: fit.rate,
            interval: fit.interval.to_vec(),
            coefficient: fit.coefficient,
            r_squared: fit.r_squared,
        })
    })
}
