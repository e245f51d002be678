//! Activations seen as functions of a signal.

use crate::array::JsArray;
use crate::error::run;
use base::Result;
use napi_derive::napi;
use nets::network::json;
use nets::network::spec::Activation;
use spectra::noise;

/// An activation (its JSON, as in a network) of every value, in f64.
#[napi(catch_unwind)]
pub fn spectrum_activate(activation: String, x: JsArray) -> napi::Result<JsArray> {
    run(|| {
        let activation: Activation = json::read(&json::parse(&activation, "activation")?, "activation")?;
        let shape = x.dims("x")?;
        spectra::check::elements("x", &shape)?;
        let values = x.to_f64("x")?;
        spectra::check::finite("x", &values)?;
        Ok(JsArray::f64(values.iter().map(|&x| activation.value(x)).collect(), &shape))
    })
}

#[napi(object)]
pub struct JsNoiseResponse {
    pub mean: f64,
    pub gain: f64,
    pub distortion: f64,
}

#[napi(catch_unwind)]
pub fn spectrum_noise_response(input: JsArray, output: JsArray) -> napi::Result<JsNoiseResponse> {
    run(|| -> Result<JsNoiseResponse> {
        let out = noise::noise_response(&input.to_f64("input")?, &output.to_f64("output")?)?;
        Ok(JsNoiseResponse { mean: out.mean, gain: out.gain, distortion: out.distortion })
    })
}
