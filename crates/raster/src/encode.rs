//! The PNG itself: one palette index a pixel for a scalar array, three or four bytes for RGB.

use crate::ColorMap;
use base::{Code, Error, Result, memory};

/// What is drawn: a row-major array and the values that get the ends of the colour scale.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// `height * width * channels` values. Values that are not finite are transparent.
    pub values: &'a [f32],
    pub height: usize,
    pub width: usize,
    /// 1 (through the colour map) or 3 (red, green, blue).
    pub channels: usize,
    /// Value of the first colour; for RGB, of black.
    pub low: f64,
    /// Value of the last colour; for RGB, of full intensity. Must differ from `low`.
    pub high: f64,
    /// For every output row the input row it shows; empty: the rows as they are.
    pub rows: &'a [u32],
    /// For every output column the input column it shows; empty: the columns as they are.
    pub columns: &'a [u32],
}

/// Output pixels above which a picture is refused: 256 megapixels, the size of a mistake.
const MAX_PIXELS: usize = 1 << 28;
/// Colours of the palette; the last entry is the transparent one.
const LEVELS: usize = 255;

/// The bytes of a PNG of `picture`.
pub fn encode(picture: &Picture, map: ColorMap) -> Result<Vec<u8>> {
    check(picture)?;
    let (rows, columns) = (index(picture.rows, picture.height), index(picture.columns, picture.width));
    let (h, w) = (rows.len(), columns.len());
    let scale = 1.0 / (picture.high - picture.low);
    let level = |v: f32| ((v as f64 - picture.low) * scale).clamp(0.0, 1.0);
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, w as u32, h as u32);
    encoder.set_depth(png::BitDepth::Eight);
    let mut pixels;
    if picture.channels == 1 {
        let palette = map.samples(LEVELS)?.into_iter().chain([[0, 0, 0]]).flatten().collect::<Vec<u8>>();
        let mut alpha = vec![255u8; LEVELS];
        alpha.push(0);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(palette);
        encoder.set_trns(alpha);
        pixels = memory::reserve("image", h * w)?;
        for &r in &rows {
            let row = &picture.values[r * picture.width..][..picture.width];
            pixels.extend(columns.iter().map(|&c| {
                if row[c].is_finite() { (level(row[c]) * (LEVELS - 1) as f64).round() as u8 } else { LEVELS as u8 }
            }));
        }
    } else {
        encoder.set_color(png::ColorType::Rgba);
        pixels = memory::reserve("image", h * w * 4)?;
        for &r in &rows {
            for &c in &columns {
                let v = &picture.values[(r * picture.width + c) * 3..][..3];
                let opaque = v.iter().all(|x| x.is_finite());
                pixels.extend(v.iter().map(|&x| if opaque { (level(x) * 255.0).round() as u8 } else { 0 }));
                pixels.push(if opaque { 255 } else { 0 });
            }
        }
    }
    let mut writer = encoder.write_header().map_err(png_error)?;
    writer.write_image_data(&pixels).map_err(png_error)?;
    writer.finish().map_err(png_error)?;
    Ok(out)
}

fn index(map: &[u32], length: usize) -> Vec<usize> {
    if map.is_empty() { (0..length).collect() } else { map.iter().map(|&i| i as usize).collect() }
}

fn check(p: &Picture) -> Result<()> {
    if p.channels != 1 && p.channels != 3 {
        return Err(Error::shape(format!("image: expected 1 or 3 channels, got {}", p.channels)));
    }
    if p.height == 0 || p.width == 0 {
        return Err(Error::shape(format!("image: expected at least one pixel, got {} x {}", p.height, p.width)));
    }
    if p.height.checked_mul(p.width).and_then(|n| n.checked_mul(p.channels)) != Some(p.values.len()) {
        return Err(Error::shape(format!(
            "image: {} x {} x {} values expected, got {}",
            p.height,
            p.width,
            p.channels,
            p.values.len()
        )));
    }
    if !p.low.is_finite() || !p.high.is_finite() || p.low == p.high {
        return Err(Error::argument(format!(
            "range: expected two different finite numbers, got {} and {}",
            p.low, p.high
        )));
    }
    for (name, map, length) in [("rows", p.rows, p.height), ("columns", p.columns, p.width)] {
        if let Some(bad) = map.iter().find(|&&i| i as usize >= length) {
            return Err(Error::argument(format!("{name}: expected indices under {length}, got {bad}")));
        }
    }
    let size = |map: &[u32], length: usize| if map.is_empty() { length } else { map.len() };
    let pixels = size(p.rows, p.height).saturating_mul(size(p.columns, p.width));
    if pixels > MAX_PIXELS {
        return Err(Error::argument(format!("image: expected at most {MAX_PIXELS} pixels, got {pixels}")));
    }
    Ok(())
}

fn png_error(error: png::EncodingError) -> Error {
    Error::new(Code::Io, format!("png: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn picture(values: &[f32], height: usize, width: usize, channels: usize) -> Picture<'_> {
        Picture { values, height, width, channels, low: 0.0, high: 1.0, rows: &[], columns: &[] }
    }

    /// Decoded by the `png` crate's reader, expanded to RGBA.
    fn decode(bytes: &[u8]) -> (usize, usize, Vec<u8>) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.height as usize, info.width as usize, pixels)
    }

    #[test]
    fn scalar_values_take_the_map_and_nan_is_transparent() {
        let bytes = encode(&picture(&[0.0, 1.0, f32::NAN, 2.0], 2, 2, 1), ColorMap::Viridis).unwrap();
        let (h, w, p) = decode(&bytes);
        assert_eq!((h, w), (2, 2));
        assert_eq!(p[..4], [0x44, 0x01, 0x54, 255]);
        assert_eq!(p[4..8], [0xfd, 0xe7, 0x25, 255]);
        assert_eq!(p[11], 0);
        // Above the range: the last colour.
        assert_eq!(p[12..16], [0xfd, 0xe7, 0x25, 255]);
    }

    #[test]
    fn rgb_keeps_its_colours() {
        let bytes = encode(&picture(&[1.0, 0.0, 0.5, 0.2, 0.4, 0.6], 1, 2, 3), ColorMap::Gray).unwrap();
        assert_eq!(decode(&bytes).2, [255, 0, 128, 255, 51, 102, 153, 255]);
    }

    #[test]
    fn rows_and_columns_are_gathered() {
        let source = [0.0, 1.0, 1.0, 0.0];
        let p = Picture { rows: &[1, 0], columns: &[0, 0, 1], ..picture(&source, 2, 2, 1) };
        let (h, w, pixels) = decode(&encode(&p, ColorMap::Gray).unwrap());
        assert_eq!((h, w), (2, 3));
        let gray: Vec<u8> = pixels.chunks(4).map(|c| c[0]).collect();
        assert_eq!(gray, [255, 255, 0, 0, 0, 255]);
    }

    #[test]
    fn bad_pictures_are_refused() {
        let v = [0.0; 4];
        assert!(encode(&picture(&v, 2, 2, 2), ColorMap::Gray).is_err());
        assert!(encode(&picture(&v, 0, 4, 1), ColorMap::Gray).is_err());
        assert!(encode(&picture(&v, 3, 2, 1), ColorMap::Gray).is_err());
        assert!(encode(&picture(&v, usize::MAX, 2, 1), ColorMap::Gray).is_err());
        assert!(encode(&Picture { high: 0.0, ..picture(&v, 2, 2, 1) }, ColorMap::Gray).is_err());
        assert!(encode(&Picture { high: f64::NAN, ..picture(&v, 2, 2, 1) }, ColorMap::Gray).is_err());
        assert!(encode(&Picture { rows: &[2], ..picture(&v, 2, 2, 1) }, ColorMap::Gray).is_err());
        assert!(encode(&Picture { columns: &[7], ..picture(&v, 2, 2, 1) }, ColorMap::Gray).is_err());
    }

    proptest! {
        /// What is decoded is what was encoded, to half a gray level.
        #[test]
        fn gray_round_trip(h in 1usize..9, w in 1usize..9, seed in any::<u32>()) {
            let values: Vec<f32> = (0..h * w).map(|i| ((i as u32).wrapping_mul(seed | 1) >> 8) as f32 / (1 << 24) as f32).collect();
            let (gh, gw, pixels) = decode(&encode(&picture(&values, h, w, 1), ColorMap::Gray).unwrap());
            prop_assert_eq!((gh, gw), (h, w));
            for (v, p) in values.iter().zip(pixels.chunks(4)) {
                // Two roundings: to one of 255 levels, then to a byte.
                prop_assert!((*v as f64 - p[0] as f64 / 255.0).abs() <= 0.5 / 254.0 + 0.5 / 255.0);
            }
        }
    }
}
