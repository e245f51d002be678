//! Elementary functions over slices, written so that the compiler vectorises them: no branches, no calls.
//!
//! On x86-64 each is compiled twice, for AVX2 with FMA and for the baseline, and chosen at run time. The two paths differ in
//! the last bits only.

/// Compiles a body for AVX2 + FMA beside the baseline and calls what the machine has. The body takes a constant `FMA`, because
/// `mul_add` without the instruction would be a call into libm.
macro_rules! dispatch {
    ($(#[$doc:meta])* pub fn $name:ident($($arg:ident: $ty:ty),*) $(-> $out:ty)? = $body:ident) => {
        $(#[$doc])*
        pub fn $name($($arg: $ty),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                /// # Safety
                /// The machine has AVX2 and FMA.
                #[target_feature(enable = "avx2,fma")]
                fn wide($($arg: $ty),*) $(-> $out)? {
                    $body::<true>($($arg),*)
                }
                if compute::SimdPath::current() != compute::SimdPath::Portable {
                    // SAFETY: the path says that the features are there.
                    return unsafe { wide($($arg),*) };
                }
            }
            $body::<{ cfg!(target_arch = "aarch64") }>($($arg),*)
        }
    };
}
pub(crate) use dispatch;

#[inline(always)]
pub(crate) fn fma<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

#[inline(always)]
fn fmaf<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// `(cos 2 pi t, sin 2 pi t)` for t in turns, within 1.5 ulp of the exact value for the t given.
///
/// The quarter turn is taken off exactly, so that large t cost no accuracy; polynomials of Cephes (Moshier) on the rest.
#[inline(always)]
pub(crate) fn cos_sin_turns<const FMA: bool>(t: f64) -> (f64, f64) {
    let quarters = 4.0 * (t - t.round_ties_even());
    let quadrant = quarters.round_ties_even();
    let x = (quarters - quadrant) * std::f64::consts::FRAC_PI_2;
    let z = x * x;
    let mut s = fma::<FMA>(1.589_623_015_765_465_7e-10, z, -2.505_074_776_285_780_7e-8);
    s = fma::<FMA>(s, z, 2.755_731_362_138_572_5e-6);
    s = fma::<FMA>(s, z, -1.984_126_982_958_954e-4);
    s = fma::<FMA>(s, z, 8.333_333_333_322_118e-3);
    s = fma::<FMA>(s, z, -1.666_666_666_666_663e-1);
    let s = fma::<FMA>(s * z, x, x);
    let mut c = fma::<FMA>(-1.135_853_652_138_768_2e-11, z, 2.087_570_084_197_473e-9);
    c = fma::<FMA>(c, z, -2.755_731_417_929_674e-7);
    c = fma::<FMA>(c, z, 2.480_158_728_885_170_5e-5);
    c = fma::<FMA>(c, z, -1.388_888_888_887_305_6e-3);
    c = fma::<FMA>(c, z, 4.166_666_666_666_659e-2);
    let c = fma::<FMA>(c, z * z, 1.0 - 0.5 * z);
    // quadrant is one of -2, -1, 0, 1, 2; odd ones exchange sine and cosine.
    let odd = quadrant.abs() == 1.0;
    let (c, s) = if odd { (s, c) } else { (c, s) };
    let turned = quadrant.abs() == 2.0;
    let c = if quadrant == 1.0 || turned { -c } else { c };
    let s = if quadrant == -1.0 || turned { -s } else { s };
    (c, s)
}

#[inline(always)]
fn cos_sin_body<const FMA: bool>(turns: &[f64], cos: &mut [f64], sin: &mut [f64]) {
    for ((t, c), s) in turns.iter().zip(cos).zip(sin) {
        (*c, *s) = cos_sin_turns::<FMA>(*t);
    }
}
dispatch! {
    /// `cos[i], sin[i] = cos, sin of 2 pi turns[i]`.
    pub fn cos_sin(turns: &[f64], cos: &mut [f64], sin: &mut [f64]) = cos_sin_body
}

/// exp for arguments of at most 0 that may be cut at -700 (the Gaussian's): 1 ulp or so.
#[inline(always)]
pub(crate) fn exp_f64<const FMA: bool>(x: f64) -> f64 {
    const MAGIC: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52: adding it rounds to an integer, left in the low bits
    let x = x.max(-700.0);
    let shifted = fma::<FMA>(x, std::f64::consts::LOG2_E, MAGIC);
    let n = shifted - MAGIC;
    let r = fma::<FMA>(n, -6.931_471_803_691_238e-1, x);
    let r = fma::<FMA>(n, -1.908_214_929_270_587_7e-10, r);
    // Taylor to r^13 / 13!: |r| <= 0.3466 leaves 4e-18.
    let mut p = 1.0 / 6_227_020_800.0;
    p = fma::<FMA>(p, r, 1.0 / 479_001_600.0);
    p = fma::<FMA>(p, r, 1.0 / 39_916_800.0);
    p = fma::<FMA>(p, r, 1.0 / 3_628_800.0);
    p = fma::<FMA>(p, r, 1.0 / 362_880.0);
    p = fma::<FMA>(p, r, 1.0 / 40_320.0);
    p = fma::<FMA>(p, r, 1.0 / 5_040.0);
    p = fma::<FMA>(p, r, 1.0 / 720.0);
    p = fma::<FMA>(p, r, 1.0 / 120.0);
    p = fma::<FMA>(p, r, 1.0 / 24.0);
    p = fma::<FMA>(p, r, 1.0 / 6.0);
    p = fma::<FMA>(p, r, 0.5);
    p = fma::<FMA>(p, r, 1.0);
    p = fma::<FMA>(p, r, 1.0);
    p * f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52))
}

/// As `exp_f64`, cut at -87.
#[inline(always)]
fn exp_f32<const FMA: bool>(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0; // 1.5 * 2^23
    let x = x.max(-87.0);
    let shifted = fmaf::<FMA>(x, std::f32::consts::LOG2_E, MAGIC);
    let n = shifted - MAGIC;
    let r = fmaf::<FMA>(n, -0.693_359_4, x);
    let r = fmaf::<FMA>(n, 2.121_944_4e-4, r);
    // Taylor to r^7 / 7!: 5e-9 at |r| = 0.3466.
    let mut p = 1.0 / 5_040.0;
    p = fmaf::<FMA>(p, r, 1.0 / 720.0);
    p = fmaf::<FMA>(p, r, 1.0 / 120.0);
    p = fmaf::<FMA>(p, r, 1.0 / 24.0);
    p = fmaf::<FMA>(p, r, 1.0 / 6.0);
    p = fmaf::<FMA>(p, r, 0.5);
    p = fmaf::<FMA>(p, r, 1.0);
    p = fmaf::<FMA>(p, r, 1.0);
    p * f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

#[inline(always)]
fn gaussian_f64_body<const FMA: bool>(squares: &[f64], factor: f64, out: &mut [f64]) {
    for (&d, g) in squares.iter().zip(out) {
        *g = exp_f64::<FMA>(d * factor);
    }
}
dispatch! {
    /// `out[i] = exp(factor * squares[i])`, factor at most 0.
    pub fn gaussian_f64(squares: &[f64], factor: f64, out: &mut [f64]) = gaussian_f64_body
}

#[inline(always)]
fn gaussian_f32_body<const FMA: bool>(squares: &[f32], factor: f32, out: &mut [f32]) {
    for (&d, g) in squares.iter().zip(out) {
        *g = exp_f32::<FMA>(d * factor);
    }
}
dispatch! {
    /// `out[i] = exp(factor * squares[i])`, factor at most 0.
    pub fn gaussian_f32(squares: &[f32], factor: f32, out: &mut [f32]) = gaussian_f32_body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cos_sin_against_libm() {
        let turns: Vec<f64> = (-4000..4000).map(|i| i as f64 * 0.000_377 + (i % 7) as f64).collect();
        let (mut c, mut s) = (vec![0.0; turns.len()], vec![0.0; turns.len()]);
        cos_sin(&turns, &mut c, &mut s);
        for (i, t) in turns.iter().enumerate() {
            let r = t - t.round();
            let (sine, cosine) = (std::f64::consts::TAU * r).sin_cos();
            // The product 2 pi r rounds by up to 4.4e-16 itself.
            assert!((c[i] - cosine).abs() < 9e-16 && (s[i] - sine).abs() < 9e-16, "{t}: {} {}", c[i], s[i]);
        }
        let mut at = ([0.0; 4], [0.0; 4]);
        cos_sin(&[0.25, 0.5, -0.25, 1e9 + 0.5], &mut at.0, &mut at.1);
        assert_eq!(at.0.map(f64::abs), [0.0, 1.0, 0.0, 1.0]);
        assert_eq!(at.1.map(|x| x + 0.0), [1.0, 0.0, -1.0, 0.0]);
    }

    #[test]
    fn gaussian_against_libm() {
        let squares: Vec<f64> = (0..3000).map(|i| i as f64 * 0.017).collect();
        let mut out = vec![0.0; squares.len()];
        gaussian_f64(&squares, -0.7, &mut out);
        for (d, g) in squares.iter().zip(&out) {
            let exact = (-0.7 * d).exp();
            assert!((g - exact).abs() <= 4e-16 * exact, "{d}: {g} {exact}");
        }
        let narrow: Vec<f32> = squares.iter().map(|&d| d as f32).collect();
        let mut out = vec![0.0; squares.len()];
        gaussian_f32(&narrow, -0.7, &mut out);
        for (d, g) in narrow.iter().zip(&out) {
            let exact = f64::from(-0.7f32 * d).exp();
            assert!((f64::from(*g) - exact).abs() <= 3e-7 * exact, "{d}: {g} {exact}");
        }
    }
}
