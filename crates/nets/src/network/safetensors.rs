//! Named arrays in a safetensors file (Hugging Face's format, which PyTorch and JAX read).
//!
//! Eight bytes: the length of the header, little-endian; the header, JSON: `{ name: { dtype, shape, data_offsets } }`
//! and `__metadata__`, a map of strings; the numbers, little-endian and row-major, without gaps. Files are checked and read
//! by the crate `safetensors`; they are written here, since that crate puts metadata into an order drawn anew for each
//! file, and the same model has to give the same bytes.

use crate::network::arrays::{Array, Values};
use crate::network::numbers::Kind;
use base::{Code, Error, Result, file};
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const METADATA: &str = "__metadata__";

#[derive(Serialize)]
struct Entry<'a> {
    dtype: &'a str,
    shape: &'a [usize],
    data_offsets: [usize; 2],
}

/// Writes `path`, whole or not at all ([`file::write_whole`]).
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
        let entry = Entry { dtype, shape: &array.shape, data_offsets: [start, data.len()] };
        header.insert(name.clone(), serde_json::json!(entry));
    }
    let mut header = serde_json::to_string(&header).map_err(|error| Error::argument(error.to_string()))?;
    // The format asks for numbers that begin at a multiple of eight bytes; blanks may follow the JSON.
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    file::write_whole(path, &[&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data])
}

/// The arrays of a file by name, in the order of their numbers, and its metadata.
pub type Contents = (Vec<(String, Array)>, BTreeMap<String, String>);

/// Everything in the file at `path`: as [`Kind`] says, so that F32 and F64 are kept, F16 and BF16 widened to f32, integers
/// and BOOL made f64. Numbers that are not finite are given as they are.
///
/// # Errors
/// `IO` for a file that cannot be read, is not of this format (arrays that overlap or leave gaps, bytes after the last) or
/// has an array of another type, which is named.
pub fn read(path: &Path) -> Result<Contents> {
    let bytes = file::read_whole(path)?;
    parse(&bytes).map_err(|reason| Error::new(Code::Io, format!("{}: {reason}", path.display())))
}

fn parse(bytes: &[u8]) -> std::result::Result<Contents, String> {
    let wrong = |error| format!("not a safetensors file: {}", fault(&error, bytes));
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(wrong)?;
    let file = SafeTensors::deserialize(bytes).map_err(wrong)?;
    let mut arrays = Vec::with_capacity(file.len());
    for name in header.offset_keys() {
        let tensor = file.tensor(&name).map_err(wrong)?;
        let kind = kind(tensor.dtype()).ok_or_else(|| format!("{name}: dtype {} is not read", tensor.dtype()))?;
        let values = kind.read(tensor.data(), false).map_err(|reason| format!("{name}: {reason}"))?;
        arrays.push((name, Array { values, shape: tensor.shape().to_vec() }));
    }
    let metadata = header.metadata().iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
    Ok((arrays, metadata))
}

/// What is wrong with a file: where its header is at fault, the first entry that is.
fn fault(error: &SafeTensorError, bytes: &[u8]) -> String {
    match error {
        SafeTensorError::InvalidHeaderDeserialization(_) => header_fault(bytes),
        SafeTensorError::InvalidHeader(error) => {
            format!("its header is no UTF-8 from byte {} of it on", error.valid_up_to())
        }
        SafeTensorError::HeaderTooLarge => "its header is larger than 100 MB".into(),
        SafeTensorError::HeaderTooSmall => "it has fewer than the 8 bytes that say how long its header is".into(),
        SafeTensorError::InvalidHeaderLength => "its header is longer than the file".into(),
        SafeTensorError::TensorInvalidInfo => "an array's bytes are not as many as its shape and dtype need".into(),
        SafeTensorError::InvalidOffset(name) => {
            format!("{name}: data_offsets do not begin where the array before ends")
        }
        SafeTensorError::MetadataIncompleteBuffer => {
            "the arrays of its header do not end where the file does: it is cut short or goes on".into()
        }
        SafeTensorError::ValidationOverflow => "an array's shape is larger than any file".into(),
        other => other.to_string(),
    }
}

fn header_fault(bytes: &[u8]) -> String {
    let header = bytes.get(8..).unwrap_or_default();
    let length = bytes.first_chunk().map_or(0, |head| u64::from_le_bytes(*head));
    let header = &header[..header.len().min(usize::try_from(length).unwrap_or(usize::MAX))];
    let text = String::from_utf8_lossy(header);
    let entries: serde_json::Map<String, Value> = match serde_json::from_str(&text) {
        Ok(Value::Object(entries)) => entries,
        Ok(_) => return "its header is no JSON object".into(),
        Err(error) => return format!("header: {}", crate::network::json::fault(&error, &text)),
    };
    let natural = |value: &Value| value.is_u64();
    let naturals = |value: Option<&Value>| value.and_then(Value::as_array).is_some_and(|list| list.iter().all(natural));
    for (name, entry) in &entries {
        if name == METADATA {
            if !entry.as_object().is_some_and(|texts| texts.values().all(Value::is_string)) {
                return format!("{METADATA}: expected texts by name");
            }
            continue;
        }
        let dtype = entry.get("dtype");
        if dtype.is_none_or(|dtype| serde_json::from_value::<Dtype>(dtype.clone()).is_err()) {
            let got = dtype.map_or("nothing".into(), Value::to_string);
            return format!("{name}.dtype: expected a type of numbers, such as \"F32\", got {got}");
        }
        if !naturals(entry.get("shape")) {
            return format!("{name}.shape: expected a list of whole numbers of at least 0");
        }
        let offsets = entry.get("data_offsets");
        if !naturals(offsets) || offsets.and_then(Value::as_array).is_none_or(|list| list.len() != 2) {
            return format!("{name}.data_offsets: expected two whole numbers of at least 0");
        }
    }
    "its header is not as the format asks: a name that stands twice, or one that there is not".into()
}

fn kind(dtype: Dtype) -> Option<Kind> {
    Some(match dtype {
        Dtype::BOOL => Kind::Bool,
        Dtype::U8 => Kind::U8,
        Dtype::I8 => Kind::I8,
        Dtype::U16 => Kind::U16,
        Dtype::I16 => Kind::I16,
        Dtype::U32 => Kind::U32,
        Dtype::I32 => Kind::I32,
        Dtype::U64 => Kind::U64,
        Dtype::I64 => Kind::I64,
        Dtype::F16 => Kind::F16,
        Dtype::BF16 => Kind::BF16,
        Dtype::F32 => Kind::F32,
        Dtype::F64 => Kind::F64,
        _ => return None,
    })
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

    /// The file of this header and data.
    fn file(header: &str, data: &[u8]) -> std::result::Result<Contents, String> {
        parse(&[&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat())
    }

    #[test]
    fn the_same_arrays_give_the_same_bytes() {
        let path = std::env::temp_dir().join(format!("fprinciple-same-{}.safetensors", std::process::id()));
        let arrays = [("a".to_string(), Array::f64(vec![1.0], &[1]))];
        let metadata = ["spec", "seed", "dtype", "x"].map(|key| (key.to_string(), key.to_string())).into();
        let save = || {
            write(&path, &arrays, &metadata).unwrap();
            std::fs::read(&path).unwrap()
        };
        assert_eq!(save(), save());
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn what_is_wrong_with_a_header_is_said_in_words() {
        let told = |header: &str| file(header, &[0; 8]).unwrap_err();
        let entry = |fields: &str| told(&format!(r#"{{"a":{{{fields}}}}}"#));
        assert!(told("{\"a\":").contains("ends at line 1, column"), "{}", told("{\"a\":"));
        assert!(told("{\"a\" 1}").contains("from line 1, column 6 on"), "{}", told("{\"a\" 1}"));
        assert!(told("[]").contains("no JSON object"));
        assert!(entry(r#""dtype":"f64","shape":[1],"data_offsets":[0,8]"#).contains("a.dtype: expected"));
        assert!(entry(r#""dtype":"F64","shape":[-1],"data_offsets":[0,8]"#).contains("a.shape: expected"));
        assert!(entry(r#""dtype":"F64","shape":[1]"#).contains("a.data_offsets: expected"));
        assert!(told(r#"{"__metadata__":{"a":1}}"#).contains("__metadata__: expected texts"));
    }

    #[test]
    fn types_are_converted_or_named() {
        let typed = |dtype: &str, data: &[u8], n: usize| {
            let end = data.len();
            file(&format!(r#"{{"a":{{"dtype":"{dtype}","shape":[{n}],"data_offsets":[0,{end}]}}}}"#), data)
        };
        let values = |dtype: &str, data: &[u8], n| typed(dtype, data, n).unwrap().0[0].1.values.clone();
        assert_eq!(values("F16", &[0, 0x3c], 1), Values::F32(vec![1.0]));
        assert_eq!(values("BOOL", &[0, 1], 2), Values::F64(vec![0.0, 1.0]));
        assert_eq!(values("I8", &[255], 1), Values::F64(vec![-1.0]));
        assert!(typed("F8_E4M3", &[0], 1).unwrap_err().contains("a: dtype F8_E4M3 is not read"));
    }

    #[test]
    fn broken_files_are_refused() {
        let f32s = |offsets: [&str; 2], data: usize| {
            let entry = |name, offsets| format!(r#""{name}":{{"dtype":"F32","shape":[2],"data_offsets":{offsets}}}"#);
            file(&format!("{{{},{}}}", entry("a", offsets[0]), entry("b", offsets[1])), &vec![0; data])
        };
        assert!(f32s(["[0,8]", "[8,16]"], 16).is_ok());
        assert!(f32s(["[0,8]", "[4,12]"], 12).is_err(), "overlapping");
        assert!(f32s(["[0,8]", "[12,20]"], 20).is_err(), "a gap");
        assert!(f32s(["[0,8]", "[8,16]"], 17).is_err(), "trailing bytes");
        assert!(f32s(["[0,8]", "[8,16]"], 15).is_err(), "cut short");
        assert!(f32s(["[0,8]", "[8,12]"], 12).is_err(), "another shape");
        assert!(f32s(["[8,0]", "[8,16]"], 16).is_err(), "backwards");
        assert!(parse(b"abc").is_err());
        assert!(parse(&u64::MAX.to_le_bytes()).is_err(), "a huge header");
        assert!(file("{", &[]).is_err());
    }
}
