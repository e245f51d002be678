//! Files, whole or not at all.
//!
//! Two writers of one path never meet: each has a temporary file of its own beside it, which is renamed when its bytes are
//! on the disk. Who opens the path finds the earlier file or one of the new ones, never a mixture.

use crate::error::{Code, Error, Result};
use crate::memory;
use std::ffi::OsString;
use std::fs::{File, remove_file, rename};
use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

fn io(path: &Path, reason: impl std::fmt::Display) -> Error {
    Error::new(Code::Io, format!("{}: {reason}", path.display()))
}

/// Writes the parts one after the other to `path`.
///
/// # Errors
/// `IO` with the path; nothing is left behind then.
pub fn write_whole(path: &Path, parts: &[&[u8]]) -> Result<()> {
    let temporary = temporary(path);
    let write = || {
        let mut file = File::create_new(&temporary)?;
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()?;
        drop(file);
        rename(&temporary, path)
    };
    write().map_err(|error| {
        let _ = remove_file(&temporary);
        io(path, error)
    })
}

/// A name beside `path` that no other writer has: `.name.<process>-<random>.part`.
fn temporary(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{:016x}.part", std::process::id(), RandomState::new().hash_one(path)));
    path.with_file_name(name)
}

/// The bytes of a regular file.
///
/// # Errors
/// `IO` with the path: not there, a folder, a device, not to be read; `OVER_MEMORY_LIMIT` where it does not fit.
pub fn read_whole(path: &Path) -> Result<Vec<u8>> {
    let mut file = File::open(path).map_err(|error| io(path, error))?;
    let metadata = file.metadata().map_err(|error| io(path, error))?;
    if !metadata.is_file() {
        return Err(io(path, if metadata.is_dir() { "is a folder" } else { "is not a regular file" }));
    }
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    let mut bytes = memory::reserve(&path.display().to_string(), size)?;
    file.read_to_end(&mut bytes).map_err(|error| io(path, error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_of_one_path_never_mix() {
        let folder = std::env::temp_dir().join(format!("fprinciple-file-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a");
        write_whole(&path, &[&[7; 10_000]]).unwrap();
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4u8)
                .map(|byte| {
                    let path = &path;
                    scope.spawn(move || {
                        (0..20).for_each(|_| write_whole(path, &[&[byte; 9_000], &[byte; 1_000]]).unwrap())
                    })
                })
                .collect();
            while !writers.iter().all(|writer| writer.is_finished()) {
                let bytes = read_whole(&path).unwrap();
                assert!(bytes.len() == 10_000 && bytes.iter().all(|&byte| byte == bytes[0]));
            }
        });
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_cannot_be_is_said_and_nothing_is_left() {
        let folder = std::env::temp_dir();
        assert!(read_whole(&folder).unwrap_err().message.contains("is a folder"));
        assert!(read_whole(Path::new("/dev/null")).is_err());
        assert_eq!(write_whole(&folder.join("no/such/folder"), &[b"x"]).unwrap_err().code, Code::Io);
        assert_eq!(write_whole(Path::new(""), &[b"x"]).unwrap_err().code, Code::Io);
    }
}
