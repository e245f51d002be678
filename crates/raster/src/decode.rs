//! Pictures into arrays: PNG, JPEG, WebP and TIFF (by the `image` crate) to values between 0 and 1.
//!
//! A sample of `b` bits becomes `v / (2^b - 1)`: sRGB values stay as they are stored, no curve is applied and no colour
//! profile. Transparency is laid over white, `v a + (1 - a)`. Gray from colours is Rec. 601 luma of the stored values,
//! `0.299 R + 0.587 G + 0.114 B`. The orientation that the file states is applied. CMYK becomes RGB by `(1 - c)(1 - k)`.
//! Of an animation or a file of several pages the first picture counts.

use crate::jpeg;
use base::{Error, Result, memory};
use image::error::ImageError;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::error::Error as _;
use std::io::{Cursor, ErrorKind};

/// Pixels above which a picture is refused, before it is decoded: 64 megapixels.
pub const MAX_DECODED_PIXELS: u64 = 1 << 26;
/// Bytes a decoder may take for itself: 64 megapixels of four 32-bit samples, and as much again.
const MAX_DECODER_BYTES: u64 = 2 * 16 * MAX_DECODED_PIXELS;

/// Which channels are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// As stored; a picture whose three channels agree everywhere is gray.
    Auto,
    Gray,
    Rgb,
}

impl Channels {
    /// `auto`, `gray` or `rgb`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for another name.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "auto" => Ok(Channels::Auto),
            "gray" => Ok(Channels::Gray),
            "rgb" => Ok(Channels::Rgb),
            _ => Err(Error::argument(format!("mode: expected 'auto', 'gray' or 'rgb', got {name:?}"))),
        }
    }
}

/// A picture as numbers: row-major `[height, width]` or `[height, width, 3]`, the first row on top.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    pub values: Vec<f32>,
    pub height: usize,
    pub width: usize,
    /// 1 or 3.
    pub channels: usize,
}

impl Decoded {
    /// `[height, width]` or `[height, width, 3]`.
    pub fn shape(&self) -> Vec<usize> {
        if self.channels == 1 { vec![self.height, self.width] } else { vec![self.height, self.width, self.channels] }
    }

    /// The first `count` rows, each channel after channel: `[count, channels width]`.
    pub fn planes(&self, count: usize) -> Vec<f32> {
        let length = self.width * self.channels;
        let rows = self.values.chunks_exact(length.max(1)).take(count);
        rows.flat_map(|row| (0..self.channels).flat_map(|c| row[c..].iter().step_by(self.channels).copied())).collect()
    }
}

/// The picture in `bytes`; `name` is for messages.
///
/// # Errors
/// `INVALID_ARGUMENT`, with the kind of file, for what is no picture, of a kind that is not read, damaged, cut short or
/// larger than [`MAX_DECODED_PIXELS`]; `OVER_MEMORY_LIMIT`.
pub fn decode(bytes: &[u8], name: &str, channels: Channels) -> Result<Decoded> {
    let refused = |reason: String| Error::argument(format!("image: {name}: {reason}"));
    let format = format_of(bytes).map_err(refused)?;
    let kind = kind_of(format);
    let failed = |error: ImageError| refused(reason(kind, &error));
    let prepared = match format {
        ImageFormat::Jpeg => jpeg::prepare(bytes).map_err(refused)?,
        _ => bytes.into(),
    };
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(&*prepared), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_DECODED_PIXELS {
        return Err(refused(format!("expected at most {MAX_DECODED_PIXELS} pixels, got {width} x {height}")));
    }
    let decoded = usize::try_from(decoder.total_bytes()).unwrap_or(usize::MAX);
    memory::check("image", decoded, None)?;
    // Metadata that cannot be read say nothing about the orientation.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(failed)?;
    image.apply_orientation(orientation);
    let (height, width) = (image.height() as usize, image.width() as usize);
    let layout = Layout {
        samples: usize::from(image.color().channel_count()),
        alpha: image.color().has_alpha(),
        pixels: height * width,
        channels,
    };
    let (values, channels) = if let Some(all) = image.as_flat_samples_u8() {
        layout.gather(all.samples, |v| f64::from(v) / 255.0)?
    } else if let Some(all) = image.as_flat_samples_u16() {
        layout.gather(all.samples, |v| f64::from(v) / 65535.0)?
    } else if let Some(all) = image.as_flat_samples_f32() {
        if let Some(v) = all.samples.iter().find(|v| !(0.0..=1.0).contains(*v)) {
            return Err(refused(format!("expected floating-point samples from 0 to 1, got {v}")));
        }
        layout.gather(all.samples, f64::from)?
    } else {
        return Err(refused(format!("this kind of {kind} is not supported: {:?}", image.color())));
    };
    Ok(Decoded { values, height, width, channels })
}

/// How the samples of a picture lie: `samples` to a pixel, the last of them `alpha`.
struct Layout {
    samples: usize,
    alpha: bool,
    pixels: usize,
    channels: Channels,
}

impl Layout {
    /// The values, and how many there are to a pixel.
    fn gather<T: Copy + PartialEq>(&self, all: &[T], unit: impl Fn(T) -> f64) -> Result<(Vec<f32>, usize)> {
        let colors = self.samples - usize::from(self.alpha);
        let pixels = || all.chunks_exact(self.samples);
        let gray = colors == 1 || pixels().all(|p| p[0] == p[1] && p[0] == p[2]);
        let over_white = |p: &[T], color: usize| {
            let opacity = if self.alpha { unit(p[colors]) } else { 1.0 };
            unit(p[color.min(colors - 1)]) * opacity + (1.0 - opacity)
        };
        let channels = match self.channels {
            Channels::Rgb => 3,
            Channels::Auto if !gray => 3,
            _ => 1,
        };
        let mut values = memory::reserve("image", self.pixels * channels)?;
        for p in pixels() {
            if channels == 3 {
                values.extend((0..3).map(|color| over_white(p, color) as f32));
            } else if gray {
                values.push(over_white(p, 0) as f32);
            } else {
                let [r, g, b] = [0, 1, 2].map(|color| over_white(p, color));
                values.push((0.299 * r + 0.587 * g + 0.114 * b) as f32);
            }
        }
        Ok((values, channels))
    }
}

fn format_of(bytes: &[u8]) -> std::result::Result<ImageFormat, String> {
    const EXPECTED: &str = "expected a PNG, JPEG, WebP or TIFF file";
    if bytes.is_empty() {
        return Err(format!("{EXPECTED}, got an empty one"));
    }
    match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Tiff)) => Ok(format),
        Ok(other) => Err(format!("{EXPECTED}, got {other:?}")),
        Err(_) => Err(EXPECTED.to_string()),
    }
}

fn kind_of(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::WebP => "WebP",
        _ => "TIFF",
    }
}

/// What is wrong with a file of this kind.
fn reason(kind: &str, error: &ImageError) -> String {
    match error {
        ImageError::Limits(_) => format!("this {kind} needs more than {MAX_DECODER_BYTES} bytes to be decoded"),
        ImageError::Unsupported(_) => format!("this kind of {kind} is not supported: {error}"),
        _ if ends_early(error) => format!("the {kind} ends early"),
        _ => format!("the {kind} is damaged: {error}"),
    }
}

/// Whether the reader came to the end of the file before it was done.
fn ends_early(error: &ImageError) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = match error {
        ImageError::IoError(io) => Some(io),
        other => other.source(),
    };
    while let Some(error) = cause {
        if error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG of these samples.
    fn png(width: u32, color: png::ColorType, depth: png::BitDepth, samples: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, 1);
        encoder.set_color(color);
        encoder.set_depth(depth);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(samples).unwrap();
        writer.finish().unwrap();
        out
    }

    #[test]
    fn sixteen_bits_are_kept() {
        let file = png(2, png::ColorType::Grayscale, png::BitDepth::Sixteen, &[0x80, 0x00, 0xff, 0xff]);
        let picture = decode(&file, "p", Channels::Auto).unwrap();
        assert_eq!(picture.values, [32768.0 / 65535.0, 1.0]);
        assert_eq!(picture.shape(), [1, 2]);
    }

    #[test]
    fn channels_are_those_asked_for() {
        let file = png(2, png::ColorType::Rgb, png::BitDepth::Eight, &[255, 0, 0, 0, 0, 255]);
        assert_eq!(decode(&file, "p", Channels::Auto).unwrap().values, [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(decode(&file, "p", Channels::Gray).unwrap().values, [0.299, 0.114]);
        let gray = png(1, png::ColorType::Rgba, png::BitDepth::Eight, &[51, 51, 51, 255]);
        assert_eq!(decode(&gray, "p", Channels::Auto).unwrap().values, [0.2]);
        assert_eq!(decode(&gray, "p", Channels::Rgb).unwrap().values, [0.2; 3]);
        let clear = png(1, png::ColorType::Rgba, png::BitDepth::Eight, &[0, 0, 0, 0]);
        assert_eq!(decode(&clear, "p", Channels::Auto).unwrap().values, [1.0]);
    }

    #[test]
    fn rows_become_planes() {
        let values = (0..12).map(|v| v as f32).collect();
        let picture = Decoded { values, height: 2, width: 2, channels: 3 };
        assert_eq!(picture.planes(1), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(picture.planes(2)[6..], [6.0, 9.0, 7.0, 10.0, 8.0, 11.0]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let message = |bytes: &[u8]| decode(bytes, "p", Channels::Auto).unwrap_err().message;
        assert!(message(b"").contains("an empty one"));
        assert!(message(b"hello").contains("expected a PNG, JPEG, WebP or TIFF file"));
        assert!(message(b"GIF89a.......").contains("got Gif"));
        let whole = png(1, png::ColorType::Rgb, png::BitDepth::Eight, &[1, 2, 3]);
        for end in 8..whole.len() - 12 {
            let message = message(&whole[..end]);
            assert!(message.contains("the PNG ends early"), "{end}: {message}");
        }
    }

    #[test]
    fn sizes_are_refused_before_decoding() {
        // The header of a picture of 10 x 268,435,468, and nothing else of it.
        let mut file = png(10, png::ColorType::Grayscale, png::BitDepth::Eight, &[0; 10]);
        file[20..24].copy_from_slice(&268_435_468u32.to_be_bytes());
        let crc = crc32(&file[12..29]);
        file[29..33].copy_from_slice(&crc.to_be_bytes());
        let error = decode(&file, "p", Channels::Auto).unwrap_err();
        assert!(error.message.contains("10 x 268435468"), "{}", error.message);
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let step = |crc: u32| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
        !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc)))
    }
}
