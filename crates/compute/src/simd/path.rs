//! Which vector instructions this process uses: found out once, pinned by `FPRINCIPLE_SIMD`, recorded in results.

use base::{Error, Result};
use std::sync::OnceLock;

/// The instruction set of the numeric kernels. Bits of a result are comparable on one path only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SimdPath {
    /// x86-64 with AVX2 and FMA; products of panels use AVX-512 where it is, with the same bits.
    Avx2,
    /// What the compiler makes of plain loops for the target's baseline (SSE2; NEON on ARM).
    Portable,
}

impl SimdPath {
    /// The path of this process: the best that the machine has, or the one that `FPRINCIPLE_SIMD` names. A name that
    /// [`check`](Self::check) refuses counts as not set.
    pub fn current() -> Self {
        static CURRENT: OnceLock<SimdPath> = OnceLock::new();
        *CURRENT.get_or_init(|| Self::chosen(pinned().as_deref()).unwrap_or_else(|_| Self::best()))
    }

    /// That `FPRINCIPLE_SIMD` is not set, or names a path that this machine can run: for who can hand an error on.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` says which names there are.
    pub fn check() -> Result<()> {
        static CHECKED: OnceLock<Result<()>> = OnceLock::new();
        CHECKED.get_or_init(|| Self::chosen(pinned().as_deref()).map(|_| ())).clone()
    }

    fn chosen(name: Option<&str>) -> Result<Self> {
        let Some(name) = name else { return Ok(Self::best()) };
        let paths = Self::available();
        paths.iter().find(|path| path.name() == name).copied().ok_or_else(|| {
            let names: Vec<&str> = paths.iter().map(|path| path.name()).collect();
            Error::argument(format!(
                "FPRINCIPLE_SIMD: expected one of {} on this machine, got {name:?}",
                names.join(", ")
            ))
        })
    }

    /// Every path that this machine can run, the best first.
    pub fn available() -> Vec<Self> {
        let mut paths = Vec::new();
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            paths.push(SimdPath::Avx2);
        }
        paths.push(SimdPath::Portable);
        paths
    }

    fn best() -> Self {
        Self::available()[0]
    }

    /// `avx2`, `portable`; on ARM the portable path is called by what it compiles to, `neon`.
    pub fn name(self) -> &'static str {
        match self {
            SimdPath::Avx2 => "avx2",
            SimdPath::Portable if cfg!(target_arch = "aarch64") => "neon",
            SimdPath::Portable => "portable",
        }
    }
}

/// `FPRINCIPLE_SIMD`, where it is set to something.
fn pinned() -> Option<String> {
    let name = std::env::var_os("FPRINCIPLE_SIMD")?;
    (!name.is_empty()).then(|| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portable_path_is_everywhere_and_last() {
        assert_eq!(SimdPath::available().last(), Some(&SimdPath::Portable));
        assert!(SimdPath::available().contains(&SimdPath::current()));
    }

    #[test]
    fn a_name_that_nobody_has_is_refused() {
        assert_eq!(SimdPath::chosen(None), Ok(SimdPath::best()));
        for path in SimdPath::available() {
            assert_eq!(SimdPath::chosen(Some(path.name())), Ok(path));
        }
        let message = SimdPath::chosen(Some("bogus")).unwrap_err().message;
        assert!(message.starts_with("FPRINCIPLE_SIMD: expected one of ") && message.ends_with(", got \"bogus\""));
        assert!(message.contains(SimdPath::Portable.name()), "{message}");
    }
}
