//! Numbers as files hold them, for the readers of NumPy's and TensorFlow.js' formats.

use crate::array::JsArray;
use crate::error::run;
use crate::number;
use base::Error;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use nets::Values;
use nets::network::numbers::Kind;

/// How numbers lie in a file.
#[napi(object)]
pub struct JsNumberFormat {
    /// `bool`, `u8`, `i8`, ... `i64`, `f16`, `bf16`, `f32`, `f64`.
    pub kind: String,
    /// Default little-endian.
    pub big_endian: Option<bool>,
    /// The first axis runs fastest (Fortran's order). Default the last.
    pub column_major: Option<bool>,
    /// Quantised: a stored `v` is `v scale + min`, in f32.
    pub scale: Option<f64>,
    pub min: Option<f64>,
}

/// The array of this shape whose numbers `bytes` are, to the last byte.
#[napi(catch_unwind)]
pub fn decode_numbers(bytes: Uint8Array, format: JsNumberFormat, shape: Vec<f64>) -> napi::Result<JsArray> {
    run(|| {
        let unknown = || Error::argument(format!("dtype: {} is not read", format.kind));
        let kind = Kind::named(&format.kind).ok_or_else(unknown)?;
        let mut values = kind.read(&bytes, format.big_endian.unwrap_or(false)).map_err(Error::argument)?;
        let shape = number::naturals("shape", &shape)?;
        let count = match &values {
            Values::F32(values) => values.len(),
            Values::F64(values) => values.len(),
        };
        if shape.iter().try_fold(1usize, |size, &n| size.checked_mul(n)) != Some(count) {
            return Err(Error::shape(format!("shape {shape:?} does not match {count} numbers")));
        }
        if let (Some(scale), Some(min)) = (format.scale, format.min) {
            values = values.dequantized(scale, min);
        }
        if format.column_major.unwrap_or(false) {
            values = values.from_column_major(&shape);
        }
        Ok(match values {
            Values::F32(values) => JsArray::f32(values, &shape),
            Values::F64(values) => JsArray::f64(values, &shape),
        })
    })
}
