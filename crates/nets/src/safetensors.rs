//! Named arrays in a safetensors file (Hugging Face's format, which PyTorch and JAX read).
//!
//! Eight bytes: the length of the header, little-endian; the header, JSON: `{ name: { dtype, shape, data_offsets } }`
//! and `__metadata__`, a map of strings; the numbers, little-endian and row-major, without gaps.

use crate::arrays::{Array, Values};
use base::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const METADATA: &str = "__metadata__";

#[derive(Serialize, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

/// Writes `path` under a temporary name and renames it: a file that exists is whole.
///
/// # Errors
/// `IO`, with the path.
pub fn write(path: &Path, arrays: &[(String, Array)], metadata: &BTreeMap<String, String>) -> Result<()> {
    let mut header = serde_json::Map::new();
    header.insert(METADATA.into(), serde_json::json!(metadata));
    let mut data = Vec::new();
    for (name, array) in arrays {
        let start = data.len();
        let dtype = match &array.values {
            Values::F32(values) => {
                values.iter().for_each(|value| data.extend(value.to_le_bytes()));
                "F32"
            }
            Values::F64(values) => {
                values.iter().for_each(|value| data.extend(value.to_le_bytes()));
                "F64"
            }
        };
        let entry = Entry { dtype: dtype.into(), shape: array.shape.clone(), data_offsets: [start, data.len()] };
        header.insert(name.clone(), serde_json::json!(entry));
    }
    let mut header = serde_json::to_string(&header).map_err(|error| Error::argument(error.to_string()))?;
    // The format asks for numbers that begin at a multiple of eight bytes; blanks may follow the JSON.
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    let named = |error: std::io::Error| Error::new(base::Code::Io, format!("{}: {error}", path.display()));
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".part");
    let temporary = Path::new(&temporary);
    std::fs::write(temporary, bytes).map_err(named)?;
    std::fs::rename(temporary, path).map_err(|error| {
        let _ = std::fs::remove_file(temporary);
        named(error)
    })
}

/// The arrays of a file by name, in its order, and its metadata.
pub type Contents = (Vec<(String, Array)>, BTreeMap<String, String>);

/// Everything in the file at `path`. F32 and F64 are kept, F16 and BF16 widened to f32, integers to f64.
///
/// # Errors
/// `IO` for a file that cannot be read or is not of this format.
pub fn read(path: &Path) -> Result<Contents> {
    let named = |reason: String| Error::new(base::Code::Io, format!("{}: {reason}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| named(error.to_string()))?;
    parse(&bytes).map_err(|reason| named(format!("not a safetensors file: {reason}")))
}

/// The arrays of a PyTorch `state_dict` under this package's names: those of a `Sequential` get `layers.` in front, and the
/// batches that a normalisation has counted are left out.
pub fn state_dict(arrays: Vec<(String, Array)>) -> Vec<(String, Array)> {
    let named = |(name, array): (String, Array)| match name.starts_with(|c: char| c.is_ascii_digit()) {
        true => (format!("layers.{name}"), array),
        false => (name, array),
    };
    arrays.into_iter().filter(|(name, _)| !name.ends_with("num_batches_tracked")).map(named).collect()
}

fn parse(bytes: &[u8]) -> std::result::Result<Contents, String> {
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or("shorter than its header")?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|error| error.to_string())?;
    let header = rest.get(..length).ok_or("shorter than its header")?;
    let data = &rest[length..];
    let header: BTreeMap<String, Value> = serde_json::from_slice(header).map_err(|error| error.to_string())?;
    let mut metadata = BTreeMap::new();
    let mut arrays = Vec::new();
    for (name, value) in header {
        if name == METADATA {
            metadata = serde_json::from_value(value).map_err(|error| error.to_string())?;
            continue;
        }
        let entry: Entry = serde_json::from_value(value).map_err(|error| format!("{name}: {error}"))?;
        let [start, end] = entry.data_offsets;
        let bytes = data.get(start..end).ok_or_else(|| format!("{name}: lies outside the file"))?;
        let values =
            numbers(&entry.dtype, bytes).ok_or_else(|| format!("{name}: dtype {} is not read", entry.dtype))?;
        let count = match &values {
            Values::F32(values) => values.len(),
            Values::F64(values) => values.len(),
        };
        if entry.shape.iter().try_fold(1usize, |size, &n| size.checked_mul(n)) != Some(count) {
            return Err(format!("{name}: shape {:?} does not match {count} numbers", entry.shape));
        }
        arrays.push((name, Array { values, shape: entry.shape }));
    }
    Ok((arrays, metadata))
}

fn numbers(dtype: &str, bytes: &[u8]) -> Option<Values> {
    let (wide, narrow) = (bytes.as_chunks::<4>().0, bytes.as_chunks::<2>().0);
    Some(match dtype {
        "F32" => Values::F32(wide.iter().map(|&b| f32::from_le_bytes(b)).collect()),
        "F64" => Values::F64(bytes.as_chunks::<8>().0.iter().map(|&b| f64::from_le_bytes(b)).collect()),
        "I64" => Values::F64(bytes.as_chunks::<8>().0.iter().map(|&b| i64::from_le_bytes(b) as f64).collect()),
        "I32" => Values::F64(wide.iter().map(|&b| f64::from(i32::from_le_bytes(b))).collect()),
        "BF16" => Values::F32(narrow.iter().map(|&b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)).collect()),
        "F16" => Values::F32(narrow.iter().map(|&b| half(u16::from_le_bytes(b))).collect()),
        _ => return None,
    })
}

/// IEEE 754 binary16 to f32, exactly.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_back_what_was_written() {
        let path = std::env::temp_dir().join(format!("fprinciple-{}.safetensors", std::process::id()));
        let arrays = vec![
            ("layers.0.bias".to_string(), Array { values: Values::F32(vec![1.5, -2.0]), shape: vec![2] }),
            ("layers.0.weight".to_string(), Array::f64(vec![0.1, 0.2, 0.3, 0.4, 0.5, 0.6], &[2, 3])),
        ];
        let metadata = BTreeMap::from([("spec".to_string(), "{\"input\":3}".to_string())]);
        write(&path, &arrays, &metadata).unwrap();
        assert_eq!(read(&path).unwrap(), (arrays, metadata));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read(&path).unwrap_err().code, base::Code::Io);
        assert_eq!(write(&path.join("no/folder"), &[], &BTreeMap::new()).unwrap_err().code, base::Code::Io);
    }

    #[test]
    fn a_state_dict_gets_the_names_of_layers() {
        let array = || Array::f64(vec![1.0], &[1]);
        let names = |list: &[&str]| {
            let arrays = state_dict(list.iter().map(|name| (name.to_string(), array())).collect());
            arrays.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names(&["0.weight", "1.num_batches_tracked", "10.bias"]), ["layers.0.weight", "layers.10.bias"]);
        assert_eq!(names(&["layers.0.weight", "net.0.bias"]), ["layers.0.weight", "net.0.bias"]);
    }

    #[test]
    fn broken_files_are_refused() {
        let file = |header: &str, data: &[u8]| {
            let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
            bytes.extend(header.as_bytes());
            bytes.extend(data);
            parse(&bytes)
        };
        assert!(parse(b"abc").is_err());
        assert!(parse(&u64::MAX.to_le_bytes()).is_err());
        assert!(file("{", &[]).is_err());
        assert!(file(r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, &[0; 4]).is_err());
        assert!(file(r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, &[0; 4]).is_err());
        assert!(file(r#"{"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}"#, &[0; 4]).is_err());
        let (arrays, _) =
            file(r#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, &[0, 0x3c, 1, 0x80]).unwrap();
        assert_eq!(arrays[0].1.values, Values::F32(vec![1.0, -(2f32.powi(-24))]));
    }
}
