//! Which vector instructions this process uses: found out once, pinned by `FPRINCIPLE_SIMD`, recorded in results.

use base::{Error, Result};
use std::sync::OnceLock;

/// The instruction set of the numeric kernels. Bits of a result are comparable among paths of one [name](Self::name) only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SimdPath {
    /// x86-64 with AVX-512 (F, BW, DQ, VL): the bits of `Avx2`.
    Avx512,
    /// x86-64 with AVX2 and FMA.
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
        let pins = Self::pins();
        pins.iter().find(|(pin, _)| *pin == name).map(|(_, path)| *path).ok_or_else(|| {
            let names: Vec<&str> = pins.iter().map(|(pin, _)| *pin).collect();
            Error::argument(format!(
                "FPRINCIPLE_SIMD: expected one of {} on this machine, got {name:?}",
                names.join(", ")
            ))
        })
    }

    /// What `FPRINCIPLE_SIMD` may be on this machine, and the path that it means. `avx2` stands for its bits, in the widest
    /// registers; `avx2-narrow` for registers of 32 bytes where there are wider ones.
    pub fn pins() -> Vec<(&'static str, Self)> {
        let paths = Self::available();
        let narrow = paths.contains(&SimdPath::Avx512).then_some(("avx2-narrow", SimdPath::Avx2));
        let mut pins: Vec<_> = paths.iter().map(|path| (path.name(), *path)).collect();
        pins.dedup_by_key(|(name, _)| *name);
        pins.into_iter().chain(narrow).collect()
    }

    /// Every path that this machine can run, the best first.
    pub fn available() -> Vec<Self> {
        let mut paths = Vec::new();
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            if crate::simd::lanes::avx512::available() {
                paths.push(SimdPath::Avx512);
            }
            paths.push(SimdPath::Avx2);
        }
        paths.push(SimdPath::Portable);
        paths
    }

    fn best() -> Self {
        Self::available()[0]
    }

    /// What results say: `avx2` (with AVX-512 as well, which gives the same bits), `portable`; on ARM the portable path is
    /// called by what it compiles to, `neon`.
    pub fn name(self) -> &'static str {
        match self {
            SimdPath::Avx512 | SimdPath::Avx2 => "avx2",
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
    fn every_path_has_a_name_that_pins_it_and_others_are_refused() {
        assert_eq!(SimdPath::chosen(None), Ok(SimdPath::best()));
        for path in SimdPath::available() {
            let pins: Vec<_> = SimdPath::pins().into_iter().filter(|(_, pinned)| *pinned == path).collect();
            assert_eq!(pins.len(), 1, "{path:?}");
            assert_eq!(SimdPath::chosen(Some(pins[0].0)), Ok(path));
            // A recorded name gives the recorded bits.
            assert_eq!(SimdPath::chosen(Some(path.name())).map(SimdPath::name), Ok(path.name()));
        }
        let message = SimdPath::chosen(Some("bogus")).unwrap_err().message;
        assert!(message.starts_with("FPRINCIPLE_SIMD: expected one of ") && message.ends_with(", got \"bogus\""));
        assert!(message.contains(SimdPath::Portable.name()), "{message}");
    }
}
