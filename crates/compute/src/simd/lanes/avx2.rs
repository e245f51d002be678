//! AVX2 and FMA: `__m256` and `__m256d`, of which a vector has two.

use super::{Kernel, Pair, Vector};
use std::arch::x86_64::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Intrinsics of this file.
macro_rules! avx2 {
    ($($call:tt)*) => {
        // SAFETY: a vector of these types exists only inside a [`Kernel`] that [`run_f32`] or [`run_f64`] started, which check
        // that the machine has AVX2 and FMA; what is read or written through a pointer is what the caller, who is unsafe,
        // promised.
        unsafe { $($call)* }
    };
}

#[derive(Clone, Copy)]
pub struct Avx32(pub(super) __m256);

#[derive(Clone, Copy)]
pub struct Avx64(pub(super) __m256d);

macro_rules! entry {
    ($name:ident, $inner:ident, $type:ident, $vector:ident) => {
        #[inline]
        pub fn $name<K: Kernel<$type>>(kernel: K) -> K::Output {
            // The result of the detection is cached by the standard library: two loads.
            assert!(is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"));
            // SAFETY: the machine has the two features.
            unsafe { $inner(kernel) }
        }

        /// # Safety
        /// The machine has AVX2 and FMA.
        #[target_feature(enable = "avx2,fma")]
        fn $inner<K: Kernel<$type>>(kernel: K) -> K::Output {
            kernel.run::<Pair<$vector>>()
        }
    };
}
entry!(run_f32, avx2_f32, f32, Avx32);
entry!(run_f64, avx2_f64, f64, Avx64);

macro_rules! operator {
    ($vector:ident, $trait:ident, $method:ident, $intrinsic:ident) => {
        impl $trait for $vector {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                $vector(avx2! { $intrinsic(self.0, other.0) })
            }
        }
    };
}
operator!(Avx32, Add, add, _mm256_add_ps);
operator!(Avx32, Sub, sub, _mm256_sub_ps);
operator!(Avx32, Mul, mul, _mm256_mul_ps);
operator!(Avx32, Div, div, _mm256_div_ps);
operator!(Avx64, Add, add, _mm256_add_pd);
operator!(Avx64, Sub, sub, _mm256_sub_pd);
operator!(Avx64, Mul, mul, _mm256_mul_pd);
operator!(Avx64, Div, div, _mm256_div_pd);

impl Neg for Avx32 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Avx32(avx2! { _mm256_xor_ps(self.0, _mm256_set1_ps(-0.0)) })
    }
}

impl Neg for Avx64 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Avx64(avx2! { _mm256_xor_pd(self.0, _mm256_set1_pd(-0.0)) })
    }
}

impl Vector for Avx32 {
    type Elem = f32;
    type Mask = __m256;
    const WIDTH: usize = 8;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        Avx32(avx2! { _mm256_set1_ps(x) })
    }
    #[inline(always)]
    unsafe fn load_from(from: *const f32) -> Self {
        Avx32(avx2! { _mm256_loadu_ps(from) })
    }
    #[inline(always)]
    unsafe fn prefetch(from: *const f32) {
        avx2! { _mm_prefetch::<_MM_HINT_T0>(from.cast()) }
    }
    #[inline(always)]
    unsafe fn store_to(self, to: *mut f32) {
        avx2! { _mm256_storeu_ps(to, self.0) }
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Avx32(avx2! { _mm256_fmadd_ps(self.0, factor.0, term.0) })
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Avx32(avx2! { _mm256_min_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Avx32(avx2! { _mm256_max_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Avx32(avx2! { _mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0) })
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Avx32(avx2! { _mm256_sqrt_ps(self.0) })
    }
    #[inline(always)]
    fn round(self) -> Self {
        Avx32(avx2! { _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) })
    }
    #[inline(always)]
    fn copy_sign(self, sign: Self) -> Self {
        Avx32(avx2! {
            let bit = _mm256_set1_ps(-0.0);
            _mm256_or_ps(_mm256_andnot_ps(bit, self.0), _mm256_and_ps(bit, sign.0))
        })
    }
    #[inline(always)]
    fn less(self, other: Self) -> __m256 {
        avx2! { _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, other.0) }
    }
    #[inline(always)]
    fn exceeds(self, other: Self) -> __m256 {
        avx2! {
            let nan = _mm256_cmp_ps::<_CMP_UNORD_Q>(self.0, self.0);
            _mm256_or_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(self.0, other.0), nan)
        }
    }
    #[inline(always)]
    fn any(mask: __m256) -> bool {
        avx2! { _mm256_movemask_ps(mask) != 0 }
    }
    #[inline(always)]
    fn select(mask: __m256, yes: Self, no: Self) -> Self {
        Avx32(avx2! { _mm256_blendv_ps(no.0, yes.0, mask) })
    }
    #[inline(always)]
    fn scale(self, exponent: Self) -> Self {
        Avx32(avx2! {
            let biased = _mm256_add_epi32(_mm256_cvtps_epi32(exponent.0), _mm256_set1_epi32(127));
            _mm256_mul_ps(self.0, _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased)))
        })
    }
    #[inline(always)]
    fn unzip(first: Self, second: Self) -> (Self, Self) {
        avx2! {
            // Within the halves of 16 bytes, then the quarters in order: 0, 2, 1, 3.
            let even = _mm256_castps_pd(_mm256_shuffle_ps::<0x88>(first.0, second.0));
            let odd = _mm256_castps_pd(_mm256_shuffle_ps::<0xdd>(first.0, second.0));
            let (even, odd) = (_mm256_permute4x64_pd::<0xd8>(even), _mm256_permute4x64_pd::<0xd8>(odd));
            (Avx32(_mm256_castpd_ps(even)), Avx32(_mm256_castpd_ps(odd)))
        }
    }
    #[inline(always)]
    fn zip(even: Self, odd: Self) -> (Self, Self) {
        avx2! {
            let (low, high) = (_mm256_unpacklo_ps(even.0, odd.0), _mm256_unpackhi_ps(even.0, odd.0));
            let first = _mm256_permute2f128_ps::<0x20>(low, high);
            (Avx32(first), Avx32(_mm256_permute2f128_ps::<0x31>(low, high)))
        }
    }
    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
        avx2! {
            let row = |i: usize| _mm256_loadu_ps(from.add(i * from_row));
            // Pairs of rows, then pairs of pairs within the halves, then the halves.
            let mut pairs = [_mm256_setzero_ps(); 8];
            for i in 0..4 {
                pairs[2 * i] = _mm256_unpacklo_ps(row(2 * i), row(2 * i + 1));
                pairs[2 * i + 1] = _mm256_unpackhi_ps(row(2 * i), row(2 * i + 1));
            }
            for half in 0..2 {
                let (a, b) = (pairs[half], pairs[2 + half]);
                let (c, d) = (pairs[4 + half], pairs[6 + half]);
                for (k, (upper, lower)) in [
                    (_mm256_shuffle_ps::<0x44>(a, b), _mm256_shuffle_ps::<0x44>(c, d)),
                    (_mm256_shuffle_ps::<0xee>(a, b), _mm256_shuffle_ps::<0xee>(c, d)),
                ]
                .into_iter()
                .enumerate()
                {
                    let column = 2 * half + k;
                    _mm256_storeu_ps(to.add(column * to_row), _mm256_permute2f128_ps::<0x20>(upper, lower));
                    _mm256_storeu_ps(to.add((column + 4) * to_row), _mm256_permute2f128_ps::<0x31>(upper, lower));
                }
            }
        }
    }
    #[inline(always)]
    fn split(self) -> (Self, Self) {
        avx2! {
            let bits = _mm256_castps_si256(self.0);
            let exponent = _mm256_sub_epi32(_mm256_srli_epi32::<23>(bits), _mm256_set1_epi32(127));
            let mantissa = _mm256_and_si256(bits, _mm256_set1_epi32(0x007f_ffff));
            let one = _mm256_castps_si256(_mm256_set1_ps(1.0));
            (Avx32(_mm256_castsi256_ps(_mm256_or_si256(mantissa, one))), Avx32(_mm256_cvtepi32_ps(exponent)))
        }
    }
}

impl Vector for Avx64 {
    type Elem = f64;
    type Mask = __m256d;
    const WIDTH: usize = 4;

    #[inline(always)]
    fn splat(x: f64) -> Self {
        Avx64(avx2! { _mm256_set1_pd(x) })
    }
    #[inline(always)]
    unsafe fn load_from(from: *const f64) -> Self {
        Avx64(avx2! { _mm256_loadu_pd(from) })
    }
    #[inline(always)]
    unsafe fn prefetch(from: *const f64) {
        avx2! { _mm_prefetch::<_MM_HINT_T0>(from.cast()) }
    }
    #[inline(always)]
    unsafe fn store_to(self, to: *mut f64) {
        avx2! { _mm256_storeu_pd(to, self.0) }
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Avx64(avx2! { _mm256_fmadd_pd(self.0, factor.0, term.0) })
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Avx64(avx2! { _mm256_min_pd(self.0, other.0) })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Avx64(avx2! { _mm256_max_pd(self.0, other.0) })
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Avx64(avx2! { _mm256_andnot_pd(_mm256_set1_pd(-0.0), self.0) })
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Avx64(avx2! { _mm256_sqrt_pd(self.0) })
    }
    #[inline(always)]
    fn round(self) -> Self {
        Avx64(avx2! { _mm256_round_pd::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) })
    }
    #[inline(always)]
    fn copy_sign(self, sign: Self) -> Self {
        Avx64(avx2! {
            let bit = _mm256_set1_pd(-0.0);
            _mm256_or_pd(_mm256_andnot_pd(bit, self.0), _mm256_and_pd(bit, sign.0))
        })
    }
    #[inline(always)]
    fn less(self, other: Self) -> __m256d {
        avx2! { _mm256_cmp_pd::<_CMP_LT_OQ>(self.0, other.0) }
    }
    #[inline(always)]
    fn exceeds(self, other: Self) -> __m256d {
        avx2! {
            let nan = _mm256_cmp_pd::<_CMP_UNORD_Q>(self.0, self.0);
            _mm256_or_pd(_mm256_cmp_pd::<_CMP_GT_OQ>(self.0, other.0), nan)
        }
    }
    #[inline(always)]
    fn any(mask: __m256d) -> bool {
        avx2! { _mm256_movemask_pd(mask) != 0 }
    }
    #[inline(always)]
    fn select(mask: __m256d, yes: Self, no: Self) -> Self {
        Avx64(avx2! { _mm256_blendv_pd(no.0, yes.0, mask) })
    }
    #[inline(always)]
    fn scale(self, exponent: Self) -> Self {
        Avx64(avx2! {
            let small = _mm256_cvtpd_epi32(exponent.0);
            let biased = _mm256_add_epi64(_mm256_cvtepi32_epi64(small), _mm256_set1_epi64x(1023));
            _mm256_mul_pd(self.0, _mm256_castsi256_pd(_mm256_slli_epi64::<52>(biased)))
        })
    }
    #[inline(always)]
    fn unzip(first: Self, second: Self) -> (Self, Self) {
        avx2! {
            let even = _mm256_permute4x64_pd::<0xd8>(_mm256_unpacklo_pd(first.0, second.0));
            let odd = _mm256_permute4x64_pd::<0xd8>(_mm256_unpackhi_pd(first.0, second.0));
            (Avx64(even), Avx64(odd))
        }
    }
    #[inline(always)]
    fn zip(even: Self, odd: Self) -> (Self, Self) {
        avx2! {
            let (low, high) = (_mm256_unpacklo_pd(even.0, odd.0), _mm256_unpackhi_pd(even.0, odd.0));
            let first = _mm256_permute2f128_pd::<0x20>(low, high);
            (Avx64(first), Avx64(_mm256_permute2f128_pd::<0x31>(low, high)))
        }
    }
    #[inline(always)]
    unsafe fn transpose(from: *const f64, from_row: usize, to: *mut f64, to_row: usize) {
        avx2! {
            let row = |i: usize| _mm256_loadu_pd(from.add(i * from_row));
            let low = [_mm256_unpacklo_pd(row(0), row(1)), _mm256_unpacklo_pd(row(2), row(3))];
            let high = [_mm256_unpackhi_pd(row(0), row(1)), _mm256_unpackhi_pd(row(2), row(3))];
            for (k, [upper, lower]) in [low, high].into_iter().enumerate() {
                _mm256_storeu_pd(to.add(k * to_row), _mm256_permute2f128_pd::<0x20>(upper, lower));
                _mm256_storeu_pd(to.add((k + 2) * to_row), _mm256_permute2f128_pd::<0x31>(upper, lower));
            }
        }
    }
    #[inline(always)]
    fn split(self) -> (Self, Self) {
        avx2! {
            let bits = _mm256_castpd_si256(self.0);
            let mantissa = _mm256_and_si256(bits, _mm256_set1_epi64x(0x000f_ffff_ffff_ffff));
            let one = _mm256_castpd_si256(_mm256_set1_pd(1.0));
            // An integer below 2^52 in the mantissa of 2^52 is that integer as a double, less 2^52.
            let shift = _mm256_set1_pd(4_503_599_627_370_496.0);
            let raw = _mm256_or_si256(_mm256_srli_epi64::<52>(bits), _mm256_castpd_si256(shift));
            let biased = _mm256_sub_pd(_mm256_castsi256_pd(raw), shift);
            let exponent = _mm256_sub_pd(biased, _mm256_set1_pd(1023.0));
            (Avx64(_mm256_castsi256_pd(_mm256_or_si256(mantissa, one))), Avx64(exponent))
        }
    }
}
