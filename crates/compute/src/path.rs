//! Which vector instructions this process uses: found out once, pinned by `FPRINCIPLE_SIMD`, recorded in results.

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
    /// The path of this process: the best that the machine has, or the one that `FPRINCIPLE_SIMD` names.
    /// A name that is unknown, or that this machine cannot run, counts as not set.
    pub fn current() -> Self {
        static CURRENT: OnceLock<SimdPath> = OnceLock::new();
        *CURRENT.get_or_init(|| {
            let pinned = std::env::var("FPRINCIPLE_SIMD").ok();
            Self::available().into_iter().find(|path| pinned.as_deref() == Some(path.name())).unwrap_or(Self::best())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portable_path_is_everywhere_and_last() {
        assert_eq!(SimdPath::available().last(), Some(&SimdPath::Portable));
        assert!(SimdPath::available().contains(&SimdPath::current()));
    }
}
