//! What the worker calls: memory for a request, the answer to it, and giving both back.
//!
//! A message is `[u32 length of the JSON][u32 length of everything after these 8 bytes]`, the JSON, zeros up to a multiple of 8,
//! and the arrays one after the other, each beginning at a multiple of 8; integers and numbers are little-endian.
//!
//! The names are exported in WebAssembly only: elsewhere `free` would take the place of the C library's.

use crate::message::Message;
use std::alloc::{Layout, alloc, dealloc};
use std::slice;

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes.max(8), 8).unwrap_or_else(|_| std::process::abort())
}

/// Memory of so many bytes for a request, at a multiple of 8; null where there is none.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn reserve(bytes: usize) -> *mut u8 {
    // SAFETY: the layout is of at least 8 bytes.
    unsafe { alloc(layout(bytes)) }
}

/// Gives memory of `reserve` or `request` back.
///
/// # Safety
/// `at` comes from one of them, has so many bytes, and is not used again.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub unsafe extern "C" fn free(at: *mut u8, bytes: usize) {
    // SAFETY: as the caller says.
    unsafe { dealloc(at, layout(bytes)) }
}

/// The answer to the request of so many bytes at `at`, which stays the caller's. The first 8 bytes of the answer tell its length.
///
/// # Safety
/// `at` comes from `reserve(bytes)` and was filled.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub unsafe extern "C" fn request(at: *const u8, bytes: usize) -> *mut u8 {
    // SAFETY: as the caller says.
    let asked = unsafe { slice::from_raw_parts(at, bytes) };
    let answer = Message::read(asked).and_then(crate::answer).unwrap_or_else(|error| Message::error(&error)).bytes();
    let to = reserve(answer.len());
    if !to.is_null() {
        // SAFETY: `to` has room for the answer, and nobody else knows it.
        unsafe { to.copy_from_nonoverlapping(answer.as_ptr(), answer.len()) }
    }
    to
}
