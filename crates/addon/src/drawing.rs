//! Drawings: SVG to PNG and PDF. `name` says what the SVG is, for the message: `figure errors`.

use crate::error::run;
use crate::memory::Bytes;
use base::{Error, Result};
use napi_derive::napi;

/// A refusal that says of which drawing it is.
fn named<T>(name: &str, drawn: Result<T>) -> Result<T> {
    drawn.map_err(|Error { code, message }| Error::new(code, format!("{name}: {message}")))
}

/// PNG bytes of an SVG on white, `scale` pixels to a unit.
#[napi(catch_unwind, ts_return_type = "Uint8Array")]
pub fn svg_to_png(svg: String, scale: f64, name: String) -> napi::Result<Bytes> {
    run(|| named(&name, drawing::png(&svg, scale as f32)).map(Bytes))
}

/// A PDF of one page of the SVG's size, 96 units to the inch.
#[napi(catch_unwind, ts_return_type = "Uint8Array")]
pub fn svg_to_pdf(svg: String, name: String) -> napi::Result<Bytes> {
    run(|| named(&name, drawing::pdf(&svg)).map(Bytes))
}
