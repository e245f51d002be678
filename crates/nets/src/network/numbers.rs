//! Numbers as files hold them (safetensors, NumPy, TensorFlow.js) into arrays.
//!
//! f32 stays f32, f16 and bf16 widen to it exactly; f64 stays f64, and integers and truth values become it. An integer that
//! f64 does not hold exactly is refused. Where a file is quantised, `v` stands for `v scale + min`, as f32.

use crate::network::arrays::Values;
use half::{bf16, f16};

/// What a number is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    BF16,
    F32,
    F64,
}

/// The integers up to here are f64 numbers.
const EXACT: u64 = 1 << 53;

/// Every number of `bytes` by `$read`, after the bytes of each are put into little-endian order.
macro_rules! numbers {
    ($bytes:expr, $big:expr, $type:ty, $size:literal, |$value:ident| $convert:expr) => {{
        let (chunks, rest) = $bytes.as_chunks::<$size>();
        if !rest.is_empty() {
            return Err(format!("{} bytes are no whole number of values of {} bytes", $bytes.len(), $size));
        }
        let mut values = Vec::new();
        values
            .try_reserve_exact(chunks.len())
            .map_err(|_| format!("there is no memory for {} values", chunks.len()))?;
        for &chunk in chunks {
            let $value = if $big { <$type>::from_be_bytes(chunk) } else { <$type>::from_le_bytes(chunk) };
            values.push($convert);
        }
        values
    }};
}

impl Kind {
    /// The kind of that name: `bool`, `u8`, `i8`, ... `i64`, `f16`, `bf16`, `f32`, `f64`.
    pub fn named(name: &str) -> Option<Self> {
        use Kind::*;
        [Bool, U8, I8, U16, I16, U32, I32, U64, I64, F16, BF16, F32, F64]
            .into_iter()
            .find(|kind| format!("{kind:?}").eq_ignore_ascii_case(name))
    }

    /// The numbers of `bytes`, `big` or little-endian.
    ///
    /// # Errors
    /// What is wrong: a length that is no whole number of them, an integer beyond 2^53.
    pub fn read(self, bytes: &[u8], big: bool) -> Result<Values, String> {
        let exact = |size: u64, text: &dyn std::fmt::Display| match size <= EXACT {
            true => Ok(()),
            false => Err(format!("{text} is an integer that f64 does not hold exactly")),
        };
        Ok(match self {
            Kind::F32 => Values::F32(numbers!(bytes, big, f32, 4, |v| v)),
            Kind::F16 => Values::F32(numbers!(bytes, big, u16, 2, |v| f16::from_bits(v).to_f32())),
            Kind::BF16 => Values::F32(numbers!(bytes, big, u16, 2, |v| bf16::from_bits(v).to_f32())),
            Kind::F64 => Values::F64(numbers!(bytes, big, f64, 8, |v| v)),
            Kind::Bool => Values::F64(numbers!(bytes, big, u8, 1, |v| f64::from(v != 0))),
            Kind::U8 => Values::F64(numbers!(bytes, big, u8, 1, |v| f64::from(v))),
            Kind::I8 => Values::F64(numbers!(bytes, big, i8, 1, |v| f64::from(v))),
            Kind::U16 => Values::F64(numbers!(bytes, big, u16, 2, |v| f64::from(v))),
            Kind::I16 => Values::F64(numbers!(bytes, big, i16, 2, |v| f64::from(v))),
            Kind::U32 => Values::F64(numbers!(bytes, big, u32, 4, |v| f64::from(v))),
            Kind::I32 => Values::F64(numbers!(bytes, big, i32, 4, |v| f64::from(v))),
            Kind::U64 => Values::F64(numbers!(bytes, big, u64, 8, |v| {
                exact(v, &v)?;
                v as f64
            })),
            Kind::I64 => Values::F64(numbers!(bytes, big, i64, 8, |v| {
                exact(v.unsigned_abs(), &v)?;
                v as f64
            })),
        })
    }
}

impl Values {
    /// `v scale + min` of each, as f32.
    pub fn dequantized(&self, scale: f64, min: f64) -> Values {
        let value = |v: f64| (v * scale + min) as f32;
        Values::F32(match self {
            Values::F32(values) => values.iter().map(|&v| value(f64::from(v))).collect(),
            Values::F64(values) => values.iter().map(|&v| value(v)).collect(),
        })
    }

    /// From the order in which the first axis runs fastest (Fortran's) to the one in which the last does.
    pub fn from_column_major(self, shape: &[usize]) -> Values {
        match self {
            Values::F32(values) => Values::F32(row_major(&values, shape)),
            Values::F64(values) => Values::F64(row_major(&values, shape)),
        }
    }
}

fn row_major<T: Copy>(values: &[T], shape: &[usize]) -> Vec<T> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for &n in shape {
        strides.push(stride);
        stride *= n;
    }
    let (mut index, mut from) = (vec![0; shape.len()], 0);
    let mut out = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        out.push(values[from]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            from += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            from -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_in_both_orders() {
        let read = |kind: &str, bytes: &[u8], big| Kind::named(kind).unwrap().read(bytes, big).unwrap();
        // 1 and the smallest negative subnormal number.
        assert_eq!(read("f16", &[0, 0x3c, 1, 0x80], false), Values::F32(vec![1.0, -(2f32.powi(-24))]));
        assert_eq!(read("bf16", &[0x3f, 0xc0], true), Values::F32(vec![1.5]));
        assert_eq!(read("i16", &[0xff, 0xfe], true), Values::F64(vec![-2.0]));
        assert_eq!(read("i16", &[0xfe, 0xff], false), Values::F64(vec![-2.0]));
        assert_eq!(read("u64", &(1u64 << 53).to_be_bytes(), true), Values::F64(vec![2f64.powi(53)]));
        assert_eq!(read("bool", &[0, 1, 2], false), Values::F64(vec![0.0, 1.0, 1.0]));
        assert_eq!(read("u8", &[0, 128, 255], false).dequantized(0.5, -1.0), Values::F32(vec![-1.0, 63.0, 126.5]));
        assert_eq!(Kind::named("c64"), None);
    }

    #[test]
    fn what_would_be_rounded_or_is_cut_short_is_refused() {
        let message = Kind::I64.read(&(-(1i64 << 53) - 1).to_le_bytes(), false).unwrap_err();
        assert!(message.contains("-9007199254740993"), "{message}");
        assert!(Kind::F32.read(&[0; 7], false).unwrap_err().contains("7 bytes"));
    }

    #[test]
    fn columns_become_rows() {
        // [[1, 2, 3], [4, 5, 6]] as Fortran keeps it.
        let values = Values::F64(vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(values.from_column_major(&[2, 3]), Values::F64((1..7).map(f64::from).collect()));
        assert_eq!(Values::F32(vec![7.0]).from_column_major(&[]), Values::F32(vec![7.0]));
    }
}
