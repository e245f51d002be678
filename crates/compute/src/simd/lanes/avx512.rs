//! AVX-512: a row of a panel in one register.

use super::wide::{Wide, WideKernel};
use std::arch::x86_64::*;

#[derive(Clone, Copy)]
pub struct Row32(__m512);

#[derive(Clone, Copy)]
pub struct Row64(__m512d);

/// Whether this machine has it.
#[inline]
pub fn available() -> bool {
    is_x86_feature_detected!("avx512f")
}

/// Intrinsics of this file.
macro_rules! avx512 {
    ($($call:tt)*) => {
        // SAFETY: a row of these types exists only inside a [`WideKernel`] that [`run_f32`] or [`run_f64`] started, which
        // check that the machine has AVX-512; what is read or written through a pointer is what the caller, who is unsafe,
        // promised.
        unsafe { $($call)* }
    };
}

macro_rules! wide {
    ($row:ident, $type:ident, $run:ident, $inner:ident, $zero:ident, $splat:ident, $load:ident, $store:ident, $add:ident, $fma:ident) => {
        #[inline]
        pub fn $run<K: WideKernel<$type>>(kernel: K) {
            assert!(available());
            // SAFETY: the machine has the feature.
            unsafe { $inner(kernel) }
        }

        /// # Safety
        /// The machine has AVX-512.
        #[target_feature(enable = "avx512f")]
        fn $inner<K: WideKernel<$type>>(kernel: K) {
            kernel.run::<$row>();
        }

        impl Wide for $row {
            type Elem = $type;
            type Factor = $row;
            const TILE: (usize, usize) = (8, 2);

            #[inline(always)]
            fn zero() -> Self {
                $row(avx512! { $zero() })
            }
            #[inline(always)]
            fn factor(x: $type) -> Self {
                $row(avx512! { $splat(x) })
            }
            #[inline(always)]
            unsafe fn load_from(from: *const $type) -> Self {
                $row(avx512! { $load(from) })
            }
            #[inline(always)]
            unsafe fn store_to(self, to: *mut $type) {
                avx512! { $store(to, self.0) }
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                $row(avx512! { $add(self.0, other.0) })
            }
            #[inline(always)]
            fn add_product(self, factor: Self, row: Self) -> Self {
                $row(avx512! { $fma(factor.0, row.0, self.0) })
            }
        }
    };
}

wide!(
    Row32,
    f32,
    run_f32,
    inner_f32,
    _mm512_setzero_ps,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_add_ps,
    _mm512_fmadd_ps
);
wide!(
    Row64,
    f64,
    run_f64,
    inner_f64,
    _mm512_setzero_pd,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_add_pd,
    _mm512_fmadd_pd
);
