//! Layers and their weights in the frequency domain.

use super::{ToJs, count, counts, list, natural, on_array, on_arrays, two_axes, workers};
use crate::array::JsArray;
use crate::error::run;
use crate::task::{Control, spawn};
use base::{Error, Result};
use napi::bindgen_prelude::{Env, Object};
use napi_derive::napi;
use spectra::mask::{self, Pass, Shape};
use spectra::{check, layers, power};

#[napi(catch_unwind)]
pub fn spectrum_mask(
    x: JsArray,
    axes: f64,
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
            (other, _) if !["low", "high", "band"].contains(&other) => {
                return Err(Error::argument(format!("pass: expected low, high or band, got \"{other}\"")));
            }
            _ => {
                return Err(Error::argument(format!(
                    "cutoff: expected one number for low or high, two for band, got {} for \"{pass}\"",
                    cutoff.len()
                )));
            }
        };
        let shape = x.dims("x")?;
        on_array!(x, |data| {
            let out = mask::apply(data, &shape, natural("axes", axes)?, mask, pass, compute::processors())?;
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
#[napi(catch_unwind, ts_return_type = "Promise<JsLayerSpectrum>")]
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
        Ok((weight.to_f64("weight")?, four, two_axes("size", &counts("size", &size)?)?, workers(thread_count)?))
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

#[napi(catch_unwind)]
pub fn spectrum_norm(weight: JsArray, tolerance: f64) -> napi::Result<f64> {
    run(|| {
        let (rows, columns) = reshaped(&weight)?;
        on_array!(weight, |data| layers::spectral_norm(data, rows, columns, tolerance, &base::Control::none()))
    })
}

#[napi(catch_unwind)]
pub fn spectrum_power_iteration(weight: JsArray, start: JsArray, iterations: f64) -> napi::Result<JsArray> {
    run(|| {
        let (_, columns) = reshaped(&weight)?;
        let iterations = count("iterations", iterations)?;
        spectra::check::elements("iterations", &[iterations])?;
        let start = start.to_f64("start")?;
        on_array!(weight, |data| power::power_iteration(data, columns, &start, iterations)).map(list)
    })
}

#[napi(object)]
pub struct JsSingularValues {
    pub values: JsArray,
    pub condition: f64,
}

#[napi(catch_unwind)]
pub fn spectrum_singular_values(weight: JsArray) -> napi::Result<JsSingularValues> {
    run(|| {
        let (rows, columns) = reshaped(&weight)?;
        let (values, condition) =
            on_array!(weight, |data| layers::dense_singular_values(data, rows, columns, compute::processors()))?;
        Ok(JsSingularValues { values: list(values), condition })
    })
}

/// `x` times a number.
#[napi(catch_unwind)]
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

#[napi(catch_unwind)]
pub fn spectrum_distance(a: JsArray, b: JsArray) -> napi::Result<JsDistance> {
    run(|| {
        let (shape, other) = (a.dims("a")?, b.dims("b")?);
        check::elements("a", &shape)?;
        if shape != other {
            return Err(Error::shape(format!("b: expected the shape of a, {shape:?}, got {other:?}")));
        }
        let d = on_arrays!(a, b, |a, b| layers::spectral_distance(a, b, &shape, compute::processors()))?;
        Ok(JsDistance { mean: d.mean, relative: d.relative, magnitude: d.magnitude })
    })
}
