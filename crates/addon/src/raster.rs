//! Pictures: arrays to PNG bytes and back, and the colours of a legend.

use crate::array::JsArray;
use crate::error::run;
use crate::memory::Bytes;
use crate::number;
use crate::task::{Control, spawn};
use base::{Error, Result};
use napi::bindgen_prelude::{Env, Object, Uint8Array, Uint32Array};
use napi_derive::napi;
use raster::{Channels, ColorMap, Decoded, Picture, decode, encode, voxels};

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

fn picture(decoded: Decoded) -> JsArray {
    let shape = decoded.shape();
    JsArray::f32(decoded.values, &shape)
}

/// The picture in the bytes of a PNG, JPEG, WebP or TIFF file: `[h, w]` or `[h, w, 3]`, 0 to 1.
#[napi(catch_unwind)]
pub fn decode_picture_sync(bytes: Uint8Array, name: String, mode: String) -> napi::Result<JsArray> {
    run(|| decode(&bytes, &name, Channels::named(&mode)?).map(picture))
}

/// [`decode_picture_sync`], off the event loop.
#[napi(catch_unwind, ts_return_type = "Promise<JsArray>")]
pub fn decode_picture<'env>(
    env: &'env Env,
    control: &Control,
    bytes: Uint8Array,
    name: String,
    mode: String,
) -> napi::Result<Object<'env>> {
    let (bytes, channels) = run(|| Ok((bytes.to_vec(), Channels::named(&mode)?)))?;
    spawn(env, control, move |_| decode(&bytes, &name, channels), |_, decoded| Ok(picture(decoded)))
}

/// The first `count` rows of a picture in colours, each channel after channel: `[count, 3 w]`.
#[napi(catch_unwind, ts_return_type = "Promise<JsArray>")]
pub fn decode_picture_rows<'env>(
    env: &'env Env,
    control: &Control,
    bytes: Uint8Array,
    name: String,
    count: f64,
) -> napi::Result<Object<'env>> {
    let (bytes, count) = run(|| Ok((bytes.to_vec(), number::natural("count", count)?)))?;
    let work = move |_: &base::Control| {
        let decoded = decode(&bytes, &name, Channels::Rgb)?;
        let count = count.min(decoded.height);
        Ok((decoded.planes(count), [count, 3 * decoded.width]))
    };
    spawn(env, control, work, |_, (values, shape)| Ok(JsArray::f32(values, &shape)))
}
