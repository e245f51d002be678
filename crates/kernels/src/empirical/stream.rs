//! A Gram matrix that is larger than memory, written to a `.npy` file (NumPy's format, version 1.0) and resumed after
//! an interruption: `<path>.partial` holds how many rows are done and a digest of what they were computed from.

use base::{Code, Error, Result};
use linalg::{Matrix, Real};
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Length of the header, data included from here on.
const HEADER: usize = 128;

pub struct NpyTarget {
    file: File,
    partial: PathBuf,
    digest: u64,
    done: usize,
}

fn io(path: &Path, error: std::io::Error) -> Error {
    Error::new(Code::Io, format!("out: {}: {error}", path.display()))
}

/// FNV-1a over the bits of what determines the kernel.
pub fn digest<T: Real>(parameters: &[T], x1: &Matrix<T>, x2: Option<&Matrix<T>>, options: &str) -> u64 {
    let mut hash = 0xcbf29ce484222325u64;
    let mut add = |word: u64| hash = (hash ^ word).wrapping_mul(0x100000001b3);
    options.bytes().for_each(|b| add(u64::from(b)));
    for part in [Some(parameters), Some(&x1.data[..]), x2.map(|x| &x.data[..])].into_iter().flatten() {
        add(part.len() as u64);
        part.iter().for_each(|v| add(v.to_f64().to_bits()));
    }
    hash
}

impl NpyTarget {
    /// Opens `path` for an array of this shape: continues it when its `.partial` says that it is the same work, else starts
    /// it anew. `IO` when the file cannot be written.
    pub fn open<T: Real>(path: &Path, shape: &[usize], digest: u64) -> Result<Self> {
        let partial = PathBuf::from(format!("{}.partial", path.display()));
        let done = std::fs::read_to_string(&partial).ok().and_then(|text| {
            let (hash, rows) = text.trim().split_once(' ')?;
            (hash == format!("{digest:016x}") && path.exists()).then(|| rows.parse().ok()).flatten()
        });
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(done.is_none()).open(path).map_err(|e| io(path, e))?;
        if done.is_none() {
            let dimensions: String = shape.iter().map(|n| format!("{n}, ")).collect();
            let kind = if T::LANES == 8 { "<f4" } else { "<f8" };
            let text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({dimensions}), }}");
            let mut header = b"\x93NUMPY\x01\x00".to_vec();
            header.extend(((HEADER - 10) as u16).to_le_bytes());
            header.extend(text.bytes());
            header.resize(HEADER - 1, b' ');
            header.push(b'\n');
            let bytes = shape.iter().product::<usize>() * size_of::<T>();
            file.write_all(&header).and_then(|()| file.set_len((HEADER + bytes) as u64)).map_err(|e| io(path, e))?;
        }
        let mut target = NpyTarget { file, partial, digest, done: done.unwrap_or(0) };
        target.record(target.done)?;
        Ok(target)
    }

    /// Rows that are whole, counted from the last one up.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Notes that the last `done` rows are on the disk.
    pub fn record(&mut self, done: usize) -> Result<()> {
        self.done = done;
        let text = format!("{:016x} {done}\n", self.digest);
        self.file.sync_data().and_then(|()| std::fs::write(&self.partial, text)).map_err(|e| io(&self.partial, e))
    }

    pub fn write_rows<T: Real>(&mut self, data: &[T], start: usize, row: usize) -> Result<()> {
        self.put(start * row, data)
    }

    fn put<T: Real>(&mut self, at: usize, data: &[T]) -> Result<()> {
        let bytes: Vec<u8> = match T::LANES {
            8 => data.iter().flat_map(|v| (v.to_f64() as f32).to_le_bytes()).collect(),
            _ => data.iter().flat_map(|v| v.to_f64().to_le_bytes()).collect(),
        };
        self.file
            .seek(SeekFrom::Start((HEADER + at * size_of::<T>()) as u64))
            .and_then(|_| self.file.write_all(&bytes))
            .map_err(|e| io(&self.partial, e))
    }

    /// Rows `start..end` of a symmetric [n, n, o, o] array, of which `data` holds the columns up to the diagonal: writes
    /// them, and above the diagonal what they mirror.
    pub fn write_triangle<T: Real>(&mut self, data: &[T], start: usize, end: usize, n: usize, o: usize) -> Result<()> {
        let (pairs, count) = (o * o, end - start);
        for i in start..end {
            let row = &data[(i - start) * n * pairs..];
            self.put(i * n * pairs, &row[..(i + 1) * pairs])?;
        }
        let mut mirrored = vec![T::ZERO; count * pairs];
        for j in 0..end {
            let first = start.max(j + 1);
            for i in first..end {
                for e in 0..pairs {
                    let flipped = e % o * o + e / o;
                    mirrored[(i - first) * pairs + flipped] = data[((i - start) * n + j) * pairs + e];
                }
            }
            if first < end {
                self.put((j * n + first) * pairs, &mirrored[..(end - first) * pairs])?;
            }
        }
        Ok(())
    }

    /// The file is whole: the note beside it goes.
    pub fn finish(self) -> Result<()> {
        std::fs::remove_file(&self.partial).map_err(|e| io(&self.partial, e))
    }
}
