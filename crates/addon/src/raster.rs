//! Pictures: arrays to PNG bytes, and the colours of a legend.

use crate::array::JsArray;
use crate::error::run;
use crate::memory::Bytes;
use crate::number;
use base::{Error, Result};
use napi::bindgen_prelude::Uint32Array;
use napi_derive::napi;
use raster::{ColorMap, Picture, encode, voxels};

/// PNG bytes of an image `[h, w]` or `[h, w, 3]`; `rows` and `columns` name the input lines each output line shows.
#[napi(catch_unwind, ts_return_type = "Uint8Array")]
pub fn encode_png(
    image: JsArray,
    color_map: String,
    low: f64,
    high: f64,
    rows: Option<Uint32Array>,
    columns: Option<Uint32Array>,
) -> napi::Result<Bytes> {
    run(|| {
        let shape = image.dims("image")?;
        let (height, width, channels) = match shape[..] {
            [h, w] => (h, w, 1),
            [h, w, c] => (h, w, c),
            _ => return Err(Error::shape(format!("image: expected [h, w] or [h, w, 3], got {shape:?}"))),
        };
        let values = image.to_f32("image")?;
        let picture = Picture {
            values: &values,
            height,
            width,
            channels,
            low,
            high,
            rows: rows.as_deref().unwrap_or(&[]),
            columns: columns.as_deref().unwrap_or(&[]),
        };
        encode(&picture, ColorMap::named(&color_map)?).map(Bytes)
    })
}

/// `count` colours of a map, equally spaced, as `#rrggbb`.
#[napi(catch_unwind)]
pub fn color_samples(color_map: String, count: f64) -> napi::Result<Vec<String>> {
    run(|| {
        let colors = ColorMap::named(&color_map)?.samples(number::natural("count", count)?)?;
        Ok(colors.iter().map(|[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}")).collect())
    })
}

/// Occupancy `[n, n, n]` (z, y, x) of a closed mesh: corners `[v, 3]`, triangles `[t, 3]`.
#[napi(catch_unwind)]
pub fn mesh_voxels(positions: JsArray, cells: JsArray, side: f64) -> napi::Result<JsArray> {
    run(|| {
        let rows = |array: &JsArray, name: &str| {
            let shape = array.dims(name)?;
            match shape[..] {
                [_, 3] => Ok(array.to_f64(name)?.chunks_exact(3).map(|r| [r[0], r[1], r[2]]).collect::<Vec<_>>()),
                _ => Err(Error::shape(format!("{name}: expected [n, 3], got {shape:?}"))),
            }
        };
        let corners = rows(&positions, "positions")?;
        let corner = |i: f64| number::natural("cells", i);
        let triangles = rows(&cells, "cells")?
            .into_iter()
            .map(|[a, b, c]| Ok([corner(a)?, corner(b)?, corner(c)?]))
            .collect::<Result<Vec<_>>>()?;
        let n = number::count("side", side)?;
        Ok(JsArray::f32(voxels(&corners, &triangles, n)?, &[n, n, n]))
    })
}
