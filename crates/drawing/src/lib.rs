//! Drawings as SVG to PNG ([`png`]) and to PDF ([`pdf`]), in the package's own typeface.
//!
//! A unit of an SVG is a CSS pixel: 96 of them are an inch, of which a point of PDF is 1/72. Texts are set in DejaVu Sans,
//! regular and bold, which lie in this crate, so that a picture is the same on a machine that has no fonts; a PDF holds the
//! glyphs that it shows and can be searched.
//!
//! ```
//! let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="84mm" height="1in"><text x="9" y="20">k = 3</text></svg>"#;
//! let [width, height] = drawing::size(svg).unwrap();
//! assert!((width - 84.0 * 96.0 / 25.4).abs() < 1e-3 && height == 96.0);
//! assert!(drawing::png(svg, 2.0).unwrap().starts_with(b"\x89PNG"));
//! assert!(drawing::pdf(svg).unwrap().starts_with(b"%PDF-1.7"));
//! ```

#![forbid(unsafe_code)]

use base::{Error, Result};
use resvg::{tiny_skia, usvg};
use std::sync::{Arc, LazyLock};
use usvg::{fontdb, roxmltree};

/// Units of an SVG to the inch.
const UNITS_PER_INCH: f32 = 96.0;
/// PDF's unit.
const POINTS_PER_INCH: f32 = 72.0;

/// Most pixels of a PNG (256 megapixels, as of a picture), and of its longer side.
const MOST_PIXELS: f32 = (1 << 28) as f32;
const LONGEST_SIDE: f32 = (1 << 17) as f32;
/// Bytes that a pixel takes while it is drawn and encoded.
const BYTES_A_PIXEL: usize = 12;

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(include_bytes!("../fonts/DejaVuSans.ttf").to_vec());
    fonts.load_font_data(include_bytes!("../fonts/DejaVuSans-Bold.ttf").to_vec());
    for set in [
        fontdb::Database::set_sans_serif_family::<&str>,
        fontdb::Database::set_serif_family::<&str>,
        fontdb::Database::set_monospace_family::<&str>,
    ] {
        set(&mut fonts, FAMILY);
    }
    Arc::new(fonts)
});
const FAMILY: &str = "DejaVu Sans";

/// Width and height in units.
///
/// # Errors
/// `INVALID_ARGUMENT` for text that is no SVG.
pub fn size(svg: &str) -> Result<[f32; 2]> {
    let size = read(svg)?.size();
    Ok([size.width(), size.height()])
}

/// PNG bytes on white, `scale` pixels to a unit.
///
/// # Errors
/// `INVALID_ARGUMENT` for text that is no SVG, a scale that is not positive, more than 2^28 pixels or a side of more than
/// 2^17; `OVER_MEMORY_LIMIT`.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>> {
    if !(scale > 0.0 && scale.is_finite()) {
        return Err(Error::argument(format!("scale: expected a positive number, got {scale}")));
    }
    let tree = read(svg)?;
    let [width, height] = [tree.size().width(), tree.size().height()].map(|side| (side * scale).ceil());
    if !(width * height <= MOST_PIXELS && width.max(height) <= LONGEST_SIDE) {
        let size = tree.size();
        return Err(Error::argument(format!(
            "expected at most 2^28 pixels, got {} x {} units at scale {scale}",
            size.width(),
            size.height()
        )));
    }
    base::memory::check("a PNG", base::memory::product(&[width as usize, height as usize, BYTES_A_PIXEL]), None)?;
    let undrawn = || Error::argument("it cannot be drawn as a PNG");
    let mut pixels = tiny_skia::Pixmap::new(width as u32, height as u32).ok_or_else(undrawn)?;
    pixels.fill(tiny_skia::Color::WHITE);
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|_| undrawn())
}

/// A PDF of one page of the drawing's size: lines stay lines, texts texts. The same drawing gives the same page, its objects in
/// another order each time.
///
/// # Errors
/// `INVALID_ARGUMENT` for text that is no SVG or holds what PDF has not.
pub fn pdf(svg: &str) -> Result<Vec<u8>> {
    let tree = read(&in_points(svg)?)?;
    // Points. From other units svg2pdf scales the page, but not the places of gradients.
    svg2pdf::to_pdf(&tree, svg2pdf::ConversionOptions::default(), svg2pdf::PageOptions { dpi: POINTS_PER_INCH })
        .map_err(|why| Error::argument(format!("it cannot be written as a PDF: {why}")))
}

/// The drawing within one whose unit is a point.
fn in_points(svg: &str) -> Result<String> {
    let size = read(svg)?.size();
    let [width, height] = [size.width(), size.height()].map(|side| side * POINTS_PER_INCH / UNITS_PER_INCH);
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(svg, options)
        .map_err(|why| Error::argument(format!("expected an SVG: {why}")))?;
    let root = document.root_element().range();
    let (before, drawing) = (&svg[..root.start], &svg[root]);
    let view = format!("0 0 {} {}", size.width(), size.height());
    Ok(format!(
        r#"{before}<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="{view}">{drawing}</svg>"#
    ))
}

/// Pictures that stand in the drawing itself are drawn; a file that it names is not read.
fn read(svg: &str) -> Result<usvg::Tree> {
    let mut options = usvg::Options { font_family: FAMILY.to_owned(), fontdb: FONTS.clone(), ..Default::default() };
    options.image_href_resolver.resolve_string = Box::new(|_, _| None);
    usvg::Tree::from_str(svg, &options).map_err(|why| Error::argument(format!("expected an SVG: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Code;

    const SQUARE: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect x="5" width="5" height="10" fill="#0072b2"/></svg>"##;

    /// The pixel that a PNG has in a place.
    fn pixel(png: &[u8], x: u32, y: u32) -> [u8; 3] {
        let color = tiny_skia::Pixmap::decode_png(png).unwrap().pixel(x, y).unwrap();
        [color.red(), color.green(), color.blue()]
    }

    #[test]
    fn a_png_has_the_colours_and_the_background_is_white() {
        let png = png(SQUARE, 3.0).unwrap();
        assert_eq!(pixel(&png, 29, 29), [0, 0x72, 0xb2]);
        assert_eq!(pixel(&png, 0, 0), [255; 3]);
        let picture = tiny_skia::Pixmap::decode_png(&png).unwrap();
        assert_eq!([picture.width(), picture.height()], [30, 30]);
    }

    #[test]
    fn a_page_has_the_size_in_points_and_the_text_is_text() {
        let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="25.4mm" height="2in"><text x="9" y="20">learnt</text></svg>"#;
        let bytes = pdf(svg).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("/MediaBox [0 0 72 144]"), "{text}");
        // The face is embedded, and so is which letter a glyph is.
        assert!(text.contains("DejaVuSans") && text.contains("/ToUnicode"));
    }

    #[test]
    fn a_gradient_of_a_page_lies_where_the_drawing_has_it() {
        let svg = r##"<?xml version="1.0"?>
            <!-- <svg> --><svg xmlns="http://www.w3.org/2000/svg" width="96" height="192">
            <linearGradient id="bar" gradientUnits="userSpaceOnUse" x1="0" x2="0" y1="48" y2="96">
            <stop offset="0" stop-color="#000"/><stop offset="1" stop-color="#fff"/></linearGradient>
            <rect y="48" width="20" height="48" fill="url(#bar)"/></svg>"##;
        let bytes = pdf(svg).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("/MediaBox [0 0 72 144]"), "{text}");
        // From the drawing's units, down from its upper edge, to points, up from the lower one.
        assert!(text.contains("/Matrix [0.75 0 0 -0.75 0 144]"), "{text}");
    }

    #[test]
    fn a_file_that_a_drawing_names_is_not_read() {
        let file = std::env::temp_dir().join(format!("drawing-{}.svg", std::process::id()));
        std::fs::write(&file, SQUARE).unwrap();
        let svg = |href: &str| {
            format!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><image href="{href}" width="10" height="10"/></svg>"#
            )
        };
        let inline = format!("data:image/svg+xml,{}", SQUARE.replace('#', "%23").replace('<', "%3C").replace('"', "'"));
        let shown = |href: &str| pixel(&png(&svg(href), 1.0).unwrap(), 9, 9);
        assert_eq!(shown(&inline), [0, 0x72, 0xb2]);
        assert_eq!(shown(&file.to_string_lossy()), [255; 3]);
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn what_is_no_drawing_is_refused() {
        for wrong in [
            "",
            "no picture",
            "<svg",
            "<html></html>",
            "<svg xmlns='http://www.w3.org/2000/svg' width='-1' height='2'/>",
        ] {
            for done in [pdf(wrong).err(), png(wrong, 1.0).err(), size(wrong).err()] {
                assert_eq!(done.expect(wrong).code, Code::InvalidArgument);
            }
        }
        for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e9] {
            assert_eq!(png(SQUARE, scale).unwrap_err().code, Code::InvalidArgument);
        }
    }
}
