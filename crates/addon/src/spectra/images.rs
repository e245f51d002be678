//! Responses of kernels and spectra of images.

use super::{ToJs, count, counts, on_array, on_arrays, two_axes, workers};
use crate::array::JsArray;
use crate::error::run;
use napi_derive::napi;
use spectra::image;
use spectra::response::{self, Layout};

#[napi(object)]
pub struct JsResponse {
    pub magnitude: JsArray,
    pub phase: JsArray,
}

#[napi(catch_unwind)]
pub fn spectrum_response(
    kernel: JsArray,
    size: Vec<f64>,
    shifted: bool,
    centred: bool,
    thread_count: Option<f64>,
) -> napi::Result<JsResponse> {
    run(|| {
        let kernel_shape = two_axes("kernel", &kernel.dims("kernel")?)?;
        let size = two_axes("size", &counts("size", &size)?)?;
        let (layout, threads) = (Layout { shifted, centred }, workers(thread_count)?);
        on_array!(kernel, |data| {
            let (magnitude, phase) = response::frequency_response(data, kernel_shape, size, layout, threads)?;
            Ok(JsResponse { magnitude: ToJs::array(magnitude, &size), phase: ToJs::array(phase, &size) })
        })
    })
}

#[napi(object)]
pub struct JsBandwidth {
    pub radial: Option<Vec<f64>>,
    pub vertical: Option<Vec<f64>>,
    pub horizontal: Option<Vec<f64>>,
    pub fraction: f64,
}

#[napi(catch_unwind)]
pub fn spectrum_bandwidth(kernel: JsArray, size: Vec<f64>, threshold: f64) -> napi::Result<JsBandwidth> {
    run(|| {
        let kernel_shape = two_axes("kernel", &kernel.dims("kernel")?)?;
        let size = two_axes("size", &counts("size", &size)?)?;
        let band = on_array!(kernel, |data| {
            response::effective_bandwidth(data, kernel_shape, size, threshold, compute::processors())
        })?;
        let list = |range: Option<[f64; 2]>| range.map(|range| range.to_vec());
        Ok(JsBandwidth {
            radial: list(band.radial),
            vertical: list(band.vertical),
            horizontal: list(band.horizontal),
            fraction: band.fraction,
        })
    })
}

#[napi(object)]
pub struct JsProfile {
    pub position: JsArray,
    pub amplitude: JsArray,
    pub power: JsArray,
    pub count: JsArray,
}

/// Radial profile (`sectors` left out) or angular one.
#[napi(catch_unwind)]
pub fn spectrum_profile(picture: JsArray, sectors: Option<f64>) -> napi::Result<JsProfile> {
    run(|| {
        let size = picture.dims("image")?;
        let sectors = sectors.map(|s| count("sectors", s)).transpose()?;
        let profile = on_array!(picture, |data| match sectors {
            None => image::radial_spectrum(data, &size, compute::processors()),
            Some(sectors) => {
                image::angular_spectrum(data, two_axes("image", &size)?, sectors, compute::processors())
            }
        })?;
        let array = |x: Vec<f64>| {
            let len = x.len();
            JsArray::f64(x, &[len])
        };
        Ok(JsProfile {
            position: array(profile.position),
            amplitude: array(profile.amplitude),
            power: array(profile.power),
            count: array(profile.count),
        })
    })
}

#[napi(catch_unwind)]
pub fn spectrum_psnr(picture: JsArray, reference: JsArray, peak: f64) -> napi::Result<f64> {
    run(|| on_arrays!(picture, reference, |a, b| image::psnr(a, b, peak)))
}
