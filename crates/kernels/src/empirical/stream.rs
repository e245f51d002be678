//! A Gram matrix that is larger than memory, written to a `.npy` file (NumPy's format, version 1.0) and resumed after an
//! interruption.
//!
//! While it grows, the note `<path>.partial` holds what it is made from (a digest), how many rows are done, and a checksum
//! of them. Another work, or a file that is not what the note says, is started anew. Rows come from the last one up, and
//! what is above the diagonal comes with the rows below it: when `d` of `n` rows are done, these are whole, and so are the
//! last `d` columns of the others. The checksum is a sum over the numbers that are there, `sum_i mix(i, bits of number i)`,
//! so that it does not depend on the order in which they came.

use super::EmpiricalOptions;
use base::{Code, Error, Result, file};
use compute::SimdPath;
use linalg::{Matrix, Real};
use nets::ResolvedNetwork;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Length of the header, data included from here on.
const HEADER: usize = 128;

fn io(path: &Path, error: impl std::fmt::Display) -> Error {
    Error::new(Code::Io, format!("out: {}: {error}", path.display()))
}

/// SHA-256 of everything that the bits of a kernel depend on: the network, its numbers and their type, the points, the
/// options, this package's version and the path of instructions.
pub fn digest<T: Real>(
    network: &ResolvedNetwork,
    (parameters, buffers): (&[T], &[T]),
    x1: &Matrix<T>,
    x2: Option<&Matrix<T>>,
    options: &EmpiricalOptions,
) -> String {
    let EmpiricalOptions { outputs, method, selection, threads: _, memory_limit: _ } = options;
    let (version, path, size) = (env!("CARGO_PKG_VERSION"), SimdPath::current().name(), size_of::<T>());
    let text = format!("{version} {path} f{} {outputs:?} {method:?} {selection:?} {network:?}", 8 * size);
    let mut hash = Sha256::new();
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
    let flat = |values: &[T], hash: &mut Sha256| {
        hash.update((values.len() as u64).to_le_bytes());
        values.iter().for_each(|v| hash.update(v.to_f64().to_le_bytes()));
    };
    flat(parameters, &mut hash);
    flat(buffers, &mut hash);
    for x in [Some(x1), x2].into_iter().flatten() {
        hash.update((x.rows as u64).to_le_bytes());
        flat(&x.data, &mut hash);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The array that is written: `[n, m]` entries of `pairs` numbers, symmetric ones by their lower triangle.
#[derive(Debug, Clone, Copy)]
struct Layout {
    rows: usize,
    columns: usize,
    pairs: usize,
    symmetric: bool,
}

impl Layout {
    /// The numbers of row `i` that are there when `done` rows are.
    fn covered(&self, i: usize, done: usize) -> Range<usize> {
        let first = self.rows - done;
        let from = match (i >= first, self.symmetric) {
            (true, _) => 0,
            (false, true) => first,
            (false, false) => self.columns,
        };
        from * self.pairs..self.columns * self.pairs
    }

    fn row(&self) -> usize {
        self.columns * self.pairs
    }
}

pub struct NpyTarget {
    file: File,
    path: PathBuf,
    partial: PathBuf,
    layout: Layout,
    digest: String,
    done: usize,
    checksum: u64,
}

impl NpyTarget {
    /// Opens `path` for an array of this shape: continues it when its note says that it is the same work and its content is
    /// what the note says, else starts it anew.
    ///
    /// # Errors
    /// `IO` when the file cannot be written, or another writer has it open.
    pub fn open<T: Real>(path: &Path, shape: &[usize], symmetric: bool, digest: String) -> Result<Self> {
        let layout = Layout { rows: shape[0], columns: shape[1], pairs: shape[2..].iter().product(), symmetric };
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let file = options.open(path).map_err(|e| io(path, e))?;
        if !file.metadata().map_err(|e| io(path, e))?.is_file() {
            return Err(io(path, "is not a regular file"));
        }
        // Where files cannot be locked (some network file systems) writers have to keep apart by themselves.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(io(path, "another kernel is being written to this file"));
        }
        let partial = PathBuf::from(format!("{}.partial", path.display()));
        let mut target = NpyTarget { file, path: path.into(), partial, layout, digest, done: 0, checksum: 0 };
        let header = header::<T>(shape);
        if !target.resume::<T>(&header).map_err(|e| io(path, e))? {
            let bytes = shape.iter().product::<usize>() * size_of::<T>();
            let start = |file: &mut File| {
                file.set_len(0)?;
                file.seek(SeekFrom::Start(0))?;
                file.write_all(&header)?;
                file.set_len((HEADER + bytes) as u64)
            };
            start(&mut target.file).map_err(|e| io(path, e))?;
            target.record(0)?;
        }
        Ok(target)
    }

    /// Takes up what the note says, when the file bears it out.
    fn resume<T: Real>(&mut self, header: &[u8]) -> std::io::Result<bool> {
        let Some((done, checksum)) = self.note() else { return Ok(false) };
        let bytes = HEADER + self.layout.rows * self.layout.row() * size_of::<T>();
        if self.file.metadata()?.len() != bytes as u64 {
            return Ok(false);
        }
        let mut found = vec![0; HEADER];
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_exact(&mut found)?;
        if found != header {
            return Ok(false);
        }
        let mut row = vec![0; self.layout.row() * size_of::<T>()];
        let mut sum = 0u64;
        for i in 0..self.layout.rows {
            let covered = self.layout.covered(i, done);
            let bytes = &mut row[..covered.len() * size_of::<T>()];
            if bytes.is_empty() {
                continue;
            }
            let at = i * self.layout.row() + covered.start;
            self.file.seek(SeekFrom::Start((HEADER + at * size_of::<T>()) as u64))?;
            self.file.read_exact(bytes)?;
            let numbers = bytes.chunks_exact(size_of::<T>()).zip(at as u64..);
            sum = numbers.fold(sum, |sum, (bytes, index)| sum.wrapping_add(mix(index, bits(bytes))));
        }
        (self.done, self.checksum) = (done, checksum);
        Ok(sum == checksum)
    }

    /// How many rows are done and their checksum, when there is a note and it is of this work.
    fn note(&self) -> Option<(usize, u64)> {
        let text = std::fs::read_to_string(&self.partial).ok()?;
        let [digest, rows, checksum] = text.split_ascii_whitespace().collect::<Vec<_>>()[..] else { return None };
        let (rows, checksum) = (rows.parse().ok()?, u64::from_str_radix(checksum, 16).ok()?);
        (digest == self.digest && rows <= self.layout.rows).then_some((rows, checksum))
    }

    /// Rows that are whole, counted from the last one up.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Notes that the last `done` rows are on the disk.
    pub fn record(&mut self, done: usize) -> Result<()> {
        self.done = done;
        self.checksum = if done == 0 { 0 } else { self.checksum };
        let note = format!("{} {done} {:016x}\n", self.digest, self.checksum);
        self.file.sync_data().map_err(|e| io(&self.path, e))?;
        file::write_whole(&self.partial, &[note.as_bytes()])
            .map_err(|e| Error::new(e.code, format!("out: {}", e.message)))
    }

    /// Whole rows from `start` on.
    pub fn write_rows<T: Real>(&mut self, data: &[T], start: usize) -> Result<()> {
        self.put(start * self.layout.row(), data)
    }

    fn put<T: Real>(&mut self, at: usize, data: &[T]) -> Result<()> {
        let bytes: Vec<u8> = match size_of::<T>() {
            4 => data.iter().flat_map(|v| (v.to_f64() as f32).to_le_bytes()).collect(),
            _ => data.iter().flat_map(|v| v.to_f64().to_le_bytes()).collect(),
        };
        let numbers = bytes.chunks_exact(size_of::<T>()).zip(at as u64..);
        self.checksum = numbers.fold(self.checksum, |sum, (bytes, index)| sum.wrapping_add(mix(index, bits(bytes))));
        self.file
            .seek(SeekFrom::Start((HEADER + at * size_of::<T>()) as u64))
            .and_then(|_| self.file.write_all(&bytes))
            .map_err(|e| io(&self.path, e))
    }

    /// Rows `start..end` of a symmetric [n, n, o, o] array, of which `data` holds the columns up to the diagonal: writes
    /// them, and above the diagonal what they mirror.
    pub fn write_triangle<T: Real>(&mut self, data: &[T], start: usize, end: usize, o: usize) -> Result<()> {
        let (n, pairs, count) = (self.layout.columns, o * o, end - start);
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
        self.file.sync_all().map_err(|e| io(&self.path, e))?;
        std::fs::remove_file(&self.partial).map_err(|e| io(&self.partial, e))
    }
}

fn header<T: Real>(shape: &[usize]) -> Vec<u8> {
    let dimensions: String = shape.iter().map(|n| format!("{n}, ")).collect();
    let kind = if size_of::<T>() == 4 { "<f4" } else { "<f8" };
    let text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({dimensions}), }}");
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend(((HEADER - 10) as u16).to_le_bytes());
    header.extend(text.bytes());
    header.resize(HEADER - 1, b' ');
    header.push(b'\n');
    header
}

/// The little-endian bytes of one number.
fn bits(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// The share of number `index` in the checksum: SplitMix64's finalizer (Steele, Lea, Flood 2014) of both.
fn mix(index: u64, bits: u64) -> u64 {
    let step = |z: u64| {
        let z = (z ^ z >> 30).wrapping_mul(0xbf58476d1ce4e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d049bb133111eb);
        z ^ z >> 31
    };
    step(step(index.wrapping_add(0x9e3779b97f4a7c15)) ^ bits)
}
