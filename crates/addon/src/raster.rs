//! Pictures: arrays to PNG bytes, and the colours of a legend.

use crate::array::JsArray;
use crate::error::run;
use base::Error;
use napi::bindgen_prelude::{Uint8Array, Uint32Array};
use napi_derive::napi;
use raster::{ColorMap, Picture, encode, voxels};

/// PNG bytes of an image `[h, w]` or `[h, w, 3]`; `rows` and `columns` name the input lines each output line shows.
#[napi]
pub fn encode_png(
    image: JsArray,
    color_map: String,
    low: f64,
    high: f64,
    rows: Option<Uint32Array>,
    columns: Option<Uint32Array>,
) -> napi::Result<Uint8Array> {
    run(|| {
        let shape = image.dims("image")?;
        let (height, width, channels) = match shape[..] {
            [h, w] => (h, w, 1),
            [h, w, c] => (h, w, c),
            _ => return Err(Error::shape(format!("image: expected [h, w] or [h, w, 3], got {shape:?}"))),
        };
        let values = image.to_f32();
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
        encode(&picture, ColorMap::named(&color_map)?).map(Uint8Array::new)
    })
}

/// `count` colours of a map, equally spaced, as `#rrggbb`.
#[napi]
pub fn color_samples(color_map: String, count: u32) -> napi::Result<Vec<String>> {
    run(|| {
        let colors = ColorMap::named(&color_map)?.samples(count as usize);
        Ok(colors.iter().map(|[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}")).collect())
    })
}

/// Occupancy `[n, n, n]` (z, y, x) of a closed mesh: corners `[v, 3]`, triangles `[t, 3]`.
#[napi]
pub fn mesh_voxels(positions: JsArray, cells: JsArray, side: u32) -> napi::Result<JsArray> {
    run(|| {
        let rows = |array: &JsArray, name: &str| {
            let shape = array.dims(name)?;
            match shape[..] {
                [_, 3] => Ok(array.to_f64().chunks_exact(3).map(|r| [r[0], r[1], r[2]]).collect::<Vec<_>>()),
                _ => Err(Error::shape(format!("{name}: expected [n, 3], got {shape:?}"))),
            }
        };
        let corners = rows(&positions, "positions")?;
        let triangles: Vec<[usize; 3]> = rows(&cells, "cells")?.iter().map(|c| c.map(|i| i as usize)).collect();
        let n = side as usize;
        Ok(JsArray::f32(voxels(&corners, &triangles, n)?, &[n, n, n]))
    })
}
