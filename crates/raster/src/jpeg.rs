//! The frame of a JPEG (ITU T.81, annex B): a walk over its markers before it is decoded.
//!
//! A decoder fills up what is missing at the end with gray, and takes three components for YCbCr: what ends early, and
//! what no decoder here reads, is found out first. Components that are called R, G and B, without a marker of Adobe's or
//! JFIF's that would say otherwise, are those.

use std::borrow::Cow;

const END_OF_IMAGE: u8 = 0xd9;
const FIRST_SCAN: u8 = 0xda;
/// Adobe's marker saying that components are as they are (transform 0).
const NO_TRANSFORM: [u8; 16] = *b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00";

/// The bytes for the decoder: those that came, or with a marker that says which colours they are.
///
/// # Errors
/// What is wrong, for a file that ends early or is of a kind that is not read.
pub fn prepare(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    let (mut at, mut scanned, mut labelled, mut rgb) = (2, false, false, false);
    loop {
        let marker = next_marker(bytes, &mut at).ok_or("the JPEG ends early")?;
        if marker == END_OF_IMAGE {
            break;
        }
        let length = bytes.get(at..at + 2).map(|b| usize::from(u16::from_be_bytes([b[0], b[1]])).max(2));
        let segment = length.and_then(|length| bytes.get(at + 2..at + length)).ok_or("the JPEG ends early")?;
        at += segment.len() + 2;
        match marker {
            0xc0..=0xc2 => {
                if let Some(&bits) = segment.first().filter(|&&bits| bits != 8) {
                    return Err(format!("a JPEG of {bits} bits is not supported"));
                }
                // Precision, height, width, number of components; of each its name and two more bytes.
                rgb = segment.get(6..).is_some_and(|list| list.chunks_exact(3).map(|c| c[0]).eq(*b"RGB"));
            }
            0xc3 => return Err("lossless JPEG is not supported".into()),
            0xc5..=0xc7 => return Err("hierarchical JPEG is not supported".into()),
            0xc9..=0xcb | 0xcd..=0xcf => return Err("arithmetic-coded JPEG is not supported".into()),
            0xe0 => labelled |= segment.starts_with(b"JFIF"),
            0xee => labelled |= segment.starts_with(b"Adobe"),
            0xf7 => return Err("JPEG-LS is not supported".into()),
            FIRST_SCAN => scanned = true,
            _ => {}
        }
    }
    if !scanned {
        return Err("the JPEG has no picture in it".into());
    }
    if rgb && !labelled {
        return Ok([&bytes[..2], &NO_TRANSFORM, &bytes[2..]].concat().into());
    }
    Ok(bytes.into())
}

/// The next marker that begins a segment or ends the image, after whatever lies before it: a restart within a scan and a
/// byte 0xff of its data (followed by 0) do not.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        *at += bytes.get(*at..)?.iter().position(|&byte| byte == 0xff)? + 1;
        match bytes.get(*at)? {
            0x00 | 0x01 | 0xd0..=0xd8 | 0xff => {}
            &marker => {
                *at += 1;
                return Some(marker);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The start of an image, a frame with components of these names, a scan with data.
    fn file(frame: u8, names: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, frame, 0, (8 + 3 * names.len()) as u8, 8, 0, 1, 0, 1, names.len() as u8];
        names.iter().for_each(|&name| bytes.extend([name, 0x11, 0]));
        bytes.extend([0xff, FIRST_SCAN, 0, 3, 1, 7, 0xff, 0x00, 9, 0xff, 0xd0, 5, 0xff, END_OF_IMAGE]);
        bytes
    }

    #[test]
    fn a_whole_file_is_as_it_is() {
        let bytes = file(0xc0, &[1, 2, 3]);
        assert_eq!(&*prepare(&bytes).unwrap(), &bytes);
        for end in 2..bytes.len() {
            assert_eq!(prepare(&bytes[..end]).unwrap_err(), "the JPEG ends early", "{end}");
        }
        assert!(prepare(&[0xff, 0xd8, 0xff, 0xd9]).unwrap_err().contains("no picture"));
    }

    #[test]
    fn components_called_rgb_are_labelled() {
        let bytes = file(0xc0, b"RGB");
        let prepared = prepare(&bytes).unwrap();
        assert_eq!(prepared[2..18], NO_TRANSFORM);
        assert_eq!(prepare(&prepared).unwrap().len(), prepared.len());
    }

    #[test]
    fn kinds_that_are_not_read_are_named() {
        for (frame, name) in [(0xc3, "lossless"), (0xc5, "hierarchical"), (0xc9, "arithmetic"), (0xf7, "JPEG-LS")] {
            assert!(prepare(&file(frame, &[1])).unwrap_err().contains(name), "{frame:x}");
        }
    }
}
