//! Machine code that was compiled before, on disk: by the kernel's text, the card's architecture and the compiler's version.

use crate::nvrtc;
use base::Result;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

/// A folder for it, in the place of the user's cache.
pub const VARIABLE: &str = "FPRINCIPLE_CUDA_CACHE";

/// From the cache, or compiled and put there. A cache that cannot be written is none.
///
/// # Errors
/// Those of the compiler.
pub fn cubin(text: &str, architecture: u32) -> Result<Vec<u8>> {
    let version = nvrtc::load()?.version;
    let path = folder().map(|folder| {
        let [first, second] = [0u8, 1].map(|part| {
            let mut hasher = DefaultHasher::new();
            (part, text, architecture, version).hash(&mut hasher);
            hasher.finish()
        });
        folder.join(format!("sm_{architecture}-{first:016x}{second:016x}.cubin"))
    });
    // Written whole: what is there is complete.
    if let Some(code) = path.as_ref().and_then(|path| std::fs::read(path).ok()) {
        return Ok(code);
    }
    let code = nvrtc::compile(text, architecture)?.code;
    if let Some(path) = path
        && path.parent().is_some_and(|folder| std::fs::create_dir_all(folder).is_ok())
    {
        let _ = base::file::write_whole(&path, &[&code]);
    }
    Ok(code)
}

fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    variable(VARIABLE).or_else(|| cache().map(|cache| cache.join("fprinciple").join("cuda")))
}
