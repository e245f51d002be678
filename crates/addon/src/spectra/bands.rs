//! Errors and energies by frequency, harmonics, noise and decay laws.

use super::{JsSignal, count, list, natural, on_array, on_signal, one_axis};
use crate::array::JsArray;
use crate::error::run;
use crate::number;
use base::{Error, Random, Result, Stream};
use napi_derive::napi;
use spectra::bands::{self, Compare};
use spectra::fft::Signal;
use spectra::harmonics::{self, Law};
use spectra::{check, layers};

#[napi(catch_unwind)]
pub fn spectrum_band_energies(x: JsArray, axes: f64, edges: Vec<f64>) -> napi::Result<JsArray> {
    run(|| {
        let shape = x.dims("x")?;
        let axes = natural("axes", axes)?;
        let out = on_array!(x, |data| bands::band_energies(data, &shape, axes, &edges, compute::processors()))?;
        let leading = &shape[..shape.len() - axes];
        Ok(JsArray::f64(out, &[leading, &[edges.len() + 1]].concat()))
    })
}

#[napi(catch_unwind)]
pub fn spectrum_relative_error(h: JsSignal, f: JsSignal, magnitude: bool) -> napi::Result<JsArray> {
    run(|| {
        let (shape, other) = (h.dims("h")?, f.dims("f")?);
        check::elements("h", &shape)?;
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

#[napi(object)]
pub struct JsHarmonics {
    pub amplitude: JsArray,
    pub ratio: f64,
}

#[napi(catch_unwind)]
pub fn spectrum_harmonics(values: JsArray, cycles: f64, most: f64) -> napi::Result<JsHarmonics> {
    run(|| {
        one_axis("values", &values)?;
        let out = harmonics::harmonics(&values.to_f64("values")?, count("cycles", cycles)?, natural("count", most)?)?;
        Ok(JsHarmonics { amplitude: list(out.amplitude), ratio: out.ratio })
    })
}

#[napi(catch_unwind)]
pub fn spectrum_tone(n: f64, cycles: f64, amplitude: f64, phase: f64) -> napi::Result<JsArray> {
    run(|| Ok(list(harmonics::tone(count("n", n)?, cycles, amplitude, phase)?)))
}

#[napi(catch_unwind)]
pub fn spectrum_noise(n: f64, seed: f64, stream: String, std: f64) -> napi::Result<JsArray> {
    run(|| {
        let n = count("n", n)?;
        check::room("n", &[n], 3)?;
        let seed = number::long("seed", seed)?;
        if !std.is_finite() {
            return Err(Error::argument(format!("std: expected a finite number, got {std}")));
        }
        Ok(list(layers::scaled(&Random::new(seed, Stream::Noise(&stream)).normals(n), std)))
    })
}

#[napi(object)]
pub struct JsDecay {
    pub rate: f64,
    pub interval: Vec<f64>,
    pub coefficient: f64,
    pub r_squared: f64,
}

#[napi(catch_unwind)]
pub fn spectrum_fit_decay(
    frequencies: JsArray,
    values: JsArray,
    law: String,
    confidence: f64,
) -> napi::Result<JsDecay> {
    run(|| {
        let law = match law.as_str() {
            "power" => Law::Power,
            "exponential" => Law::Exponential,
            _ => return Err(Error::argument(format!("law: expected power or exponential, got \"{law}\""))),
        };
        let fit =
            harmonics::fit_decay(&frequencies.to_f64("frequencies")?, &values.to_f64("values")?, law, confidence)?;
        Ok(JsDecay {
            rate: fit.rate,
            interval: fit.interval.to_vec(),
            coefficient: fit.coefficient,
            r_squared: fit.r_squared,
        })
    })
}
