//! AVX-512: `__m512` and `__m512d`.

use super::avx2::{Avx32, Avx64};
use super::{Kernel, Lanes, Vector};
use std::arch::x86_64::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Whether this machine has what the functions of this file use, and what every processor with AVX-512 but the first has.
#[inline]
pub fn available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
}

/// Intrinsics of this file.
macro_rules! avx512 {
    ($($call:tt)*) => {
        // SAFETY: a vector of these types exists only inside a [`Kernel`] that [`run_f32`] or [`run_f64`] started, which check
        // that the machine has AVX-512; what is read or written through a pointer is what the caller, who is unsafe, promised.
        unsafe { $($call)* }
    };
}

#[derive(Clone, Copy)]
pub struct Wide32(__m512);

#[derive(Clone, Copy)]
pub struct Wide64(__m512d);

macro_rules! entry {
    ($name:ident, $inner:ident, $type:ident, $vector:ident) => {
        #[inline]
        pub fn $name<K: Kernel<$type>>(kernel: K) -> K::Output {
            assert!(available());
            // SAFETY: the machine has the features.
            unsafe { $inner(kernel) }
        }

        /// # Safety
        /// The machine has AVX-512.
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
        fn $inner<K: Kernel<$type>>(kernel: K) -> K::Output {
            kernel.run::<$vector>()
        }
    };
}
entry!(run_f32, avx512_f32, f32, Wide32);
entry!(run_f64, avx512_f64, f64, Wide64);

macro_rules! operator {
    ($vector:ident, $trait:ident, $method:ident, $intrinsic:ident) => {
        impl $trait for $vector {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                $vector(avx512! { $intrinsic(self.0, other.0) })
            }
        }
    };
}
operator!(Wide32, Add, add, _mm512_add_ps);
operator!(Wide32, Sub, sub, _mm512_sub_ps);
operator!(Wide32, Mul, mul, _mm512_mul_ps);
operator!(Wide32, Div, div, _mm512_div_ps);
operator!(Wide64, Add, add, _mm512_add_pd);
operator!(Wide64, Sub, sub, _mm512_sub_pd);
operator!(Wide64, Mul, mul, _mm512_mul_pd);
operator!(Wide64, Div, div, _mm512_div_pd);

impl Neg for Wide32 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Wide32(avx512! { _mm512_xor_ps(self.0, _mm512_set1_ps(-0.0)) })
    }
}

impl Neg for Wide64 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Wide64(avx512! { _mm512_xor_pd(self.0, _mm512_set1_pd(-0.0)) })
    }
}

/// Masks of the upper half.
const UPPER_32: __mmask16 = 0xff00;
const UPPER_64: __mmask8 = 0xf0;

impl Vector for Wide32 {
    type Elem = f32;
    type Mask = __mmask16;
    const WIDTH: usize = 16;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        Wide32(avx512! { _mm512_set1_ps(x) })
    }
    #[inline(always)]
    unsafe fn load_from(from: *const f32) -> Self {
        Wide32(avx512! { _mm512_loadu_ps(from) })
    }
    #[inline(always)]
    unsafe fn prefetch(from: *const f32) {
        avx512! { _mm_prefetch::<_MM_HINT_T0>(from.cast()) }
    }
    #[inline(always)]
    unsafe fn store_to(self, to: *mut f32) {
        avx512! { _mm512_storeu_ps(to, self.0) }
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Wide32(avx512! { _mm512_fmadd_ps(self.0, factor.0, term.0) })
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Wide32(avx512! { _mm512_min_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Wide32(avx512! { _mm512_max_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Wide32(avx512! { _mm512_andnot_ps(_mm512_set1_ps(-0.0), self.0) })
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Wide32(avx512! { _mm512_sqrt_ps(self.0) })
    }
    #[inline(always)]
    fn round(self) -> Self {
        Wide32(avx512! { _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) })
    }
    #[inline(always)]
    fn copy_sign(self, sign: Self) -> Self {
        Wide32(avx512! {
            let bit = _mm512_set1_ps(-0.0);
            _mm512_or_ps(_mm512_andnot_ps(bit, self.0), _mm512_and_ps(bit, sign.0))
        })
    }
    #[inline(always)]
    fn less(self, other: Self) -> __mmask16 {
        avx512! { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, other.0) }
    }
    #[inline(always)]
    fn exceeds(self, other: Self) -> __mmask16 {
        avx512! {
            _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self.0, other.0) | _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self.0, self.0)
        }
    }
    #[inline(always)]
    fn any(mask: __mmask16) -> bool {
        mask != 0
    }
    #[inline(always)]
    fn select(mask: __mmask16, yes: Self, no: Self) -> Self {
        Wide32(avx512! { _mm512_mask_blend_ps(mask, no.0, yes.0) })
    }
    #[inline(always)]
    fn scale(self, exponent: Self) -> Self {
        Wide32(avx512! {
            let biased = _mm512_add_epi32(_mm512_cvtps_epi32(exponent.0), _mm512_set1_epi32(127));
            _mm512_mul_ps(self.0, _mm512_castsi512_ps(_mm512_slli_epi32::<23>(biased)))
        })
    }
    #[inline(always)]
    fn split(self) -> (Self, Self) {
        avx512! {
            let bits = _mm512_castps_si512(self.0);
            let exponent = _mm512_sub_epi32(_mm512_srli_epi32::<23>(bits), _mm512_set1_epi32(127));
            let mantissa = _mm512_and_si512(bits, _mm512_set1_epi32(0x007f_ffff));
            let one = _mm512_castps_si512(_mm512_set1_ps(1.0));
            (Wide32(_mm512_castsi512_ps(_mm512_or_si512(mantissa, one))), Wide32(_mm512_cvtepi32_ps(exponent)))
        }
    }
    #[inline(always)]
    fn unzip(first: Self, second: Self) -> (Self, Self) {
        avx512! {
            let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
            let odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
            let at = |places| Wide32(_mm512_permutex2var_ps(first.0, places, second.0));
            (at(even), at(odd))
        }
    }
    #[inline(always)]
    fn zip(even: Self, odd: Self) -> (Self, Self) {
        avx512! {
            let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            let high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
            let at = |places| Wide32(_mm512_permutex2var_ps(even.0, places, odd.0));
            (at(low), at(high))
        }
    }
    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
        avx512! { Avx32::transpose(from, from_row, to, to_row) }
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        let (low, high) = self.halves();
        (low + high).sum()
    }
}

impl Lanes for Wide32 {
    type Half = Avx32;
    const SUMS: usize = 24;

    #[inline(always)]
    fn join(low: Avx32, high: Avx32) -> Self {
        Wide32(avx512! { _mm512_insertf32x8::<1>(_mm512_castps256_ps512(low.0), high.0) })
    }
    #[inline(always)]
    fn halves(self) -> (Avx32, Avx32) {
        avx512! { (Avx32(_mm512_castps512_ps256(self.0)), Avx32(_mm512_extractf32x8_ps::<1>(self.0))) }
    }
    #[inline(always)]
    unsafe fn splat_halves(low: *const f32, high: *const f32) -> Self {
        Wide32(avx512! { _mm512_mask_broadcastss_ps(_mm512_set1_ps(*low), UPPER_32, _mm_load_ss(high)) })
    }
}

impl Vector for Wide64 {
    type Elem = f64;
    type Mask = __mmask8;
    const WIDTH: usize = 8;

    #[inline(always)]
    fn splat(x: f64) -> Self {
        Wide64(avx512! { _mm512_set1_pd(x) })
    }
    #[inline(always)]
    unsafe fn load_from(from: *const f64) -> Self {
        Wide64(avx512! { _mm512_loadu_pd(from) })
    }
    #[inline(always)]
    unsafe fn prefetch(from: *const f64) {
        avx512! { _mm_prefetch::<_MM_HINT_T0>(from.cast()) }
    }
    #[inline(always)]
    unsafe fn store_to(self, to: *mut f64) {
        avx512! { _mm512_storeu_pd(to, self.0) }
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Wide64(avx512! { _mm512_fmadd_pd(self.0, factor.0, term.0) })
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Wide64(avx512! { _mm512_min_pd(self.0, other.0) })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Wide64(avx512! { _mm512_max_pd(self.0, other.0) })
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Wide64(avx512! { _mm512_andnot_pd(_mm512_set1_pd(-0.0), self.0) })
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Wide64(avx512! { _mm512_sqrt_pd(self.0) })
    }
    #[inline(always)]
    fn round(self) -> Self {
        Wide64(avx512! { _mm512_roundscale_pd::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) })
    }
    #[inline(always)]
    fn copy_sign(self, sign: Self) -> Self {
        Wide64(avx512! {
            let bit = _mm512_set1_pd(-0.0);
            _mm512_or_pd(_mm512_andnot_pd(bit, self.0), _mm512_and_pd(bit, sign.0))
        })
    }
    #[inline(always)]
    fn less(self, other: Self) -> __mmask8 {
        avx512! { _mm512_cmp_pd_mask::<_CMP_LT_OQ>(self.0, other.0) }
    }
    #[inline(always)]
    fn exceeds(self, other: Self) -> __mmask8 {
        avx512! {
            _mm512_cmp_pd_mask::<_CMP_GT_OQ>(self.0, other.0) | _mm512_cmp_pd_mask::<_CMP_UNORD_Q>(self.0, self.0)
        }
    }
    #[inline(always)]
    fn any(mask: __mmask8) -> bool {
        mask != 0
    }
    #[inline(always)]
    fn select(mask: __mmask8, yes: Self, no: Self) -> Self {
        Wide64(avx512! { _mm512_mask_blend_pd(mask, no.0, yes.0) })
    }
    #[inline(always)]
    fn scale(self, exponent: Self) -> Self {
        Wide64(avx512! {
            let small = _mm512_cvtpd_epi32(exponent.0);
            let biased = _mm512_add_epi64(_mm512_cvtepi32_epi64(small), _mm512_set1_epi64(1023));
            _mm512_mul_pd(self.0, _mm512_castsi512_pd(_mm512_slli_epi64::<52>(biased)))
        })
    }
    #[inline(always)]
    fn split(self) -> (Self, Self) {
        avx512! {
            let bits = _mm512_castpd_si512(self.0);
            let mantissa = _mm512_and_si512(bits, _mm512_set1_epi64(0x000f_ffff_ffff_ffff));
            let one = _mm512_castpd_si512(_mm512_set1_pd(1.0));
            let biased = _mm512_cvtepi64_pd(_mm512_srli_epi64::<52>(bits));
            let exponent = _mm512_sub_pd(biased, _mm512_set1_pd(1023.0));
            (Wide64(_mm512_castsi512_pd(_mm512_or_si512(mantissa, one))), Wide64(exponent))
        }
    }
    #[inline(always)]
    fn unzip(first: Self, second: Self) -> (Self, Self) {
        avx512! {
            let (even, odd) = (_mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15));
            let at = |places| Wide64(_mm512_permutex2var_pd(first.0, places, second.0));
            (at(even), at(odd))
        }
    }
    #[inline(always)]
    fn zip(even: Self, odd: Self) -> (Self, Self) {
        avx512! {
            let (low, high) = (_mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15));
            let at = |places| Wide64(_mm512_permutex2var_pd(even.0, places, odd.0));
            (at(low), at(high))
        }
    }
    #[inline(always)]
    unsafe fn transpose(from: *const f64, from_row: usize, to: *mut f64, to_row: usize) {
        avx512! { Avx64::transpose(from, from_row, to, to_row) }
    }
    #[inline(always)]
    fn sum(self) -> f64 {
        let (low, high) = self.halves();
        (low + high).sum()
    }
}

impl Lanes for Wide64 {
    type Half = Avx64;
    const SUMS: usize = 24;

    #[inline(always)]
    fn join(low: Avx64, high: Avx64) -> Self {
        Wide64(avx512! { _mm512_insertf64x4::<1>(_mm512_castpd256_pd512(low.0), high.0) })
    }
    #[inline(always)]
    fn halves(self) -> (Avx64, Avx64) {
        avx512! { (Avx64(_mm512_castpd512_pd256(self.0)), Avx64(_mm512_extractf64x4_pd::<1>(self.0))) }
    }
    #[inline(always)]
    unsafe fn splat_halves(low: *const f64, high: *const f64) -> Self {
        Wide64(avx512! { _mm512_mask_broadcastsd_pd(_mm512_set1_pd(*low), UPPER_64, _mm_load_sd(high)) })
    }
}
