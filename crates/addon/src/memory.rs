//! Typed arrays of JavaScript's: their memory for the time of a call, and new ones for results.
//!
//! Memory of Rust's that is handed to JavaScript is freed in a callback that waits for the event loop: a loop that never awaits
//! would hold every result of every call. So results lie in memory that JavaScript made and collects whenever it likes; Rust
//! fills it, or its numbers are copied there, which costs less than the callback for small arrays. Only large results of long
//! work, which the event loop delivers anyway, are handed over as they are ([`by_reference`]).

use base::{Code, Error};
use napi::bindgen_prelude::{Float32Array, Float64Array, ToNapiValue, Uint8Array, sys};
use napi::{Status, check_status};
use std::cell::Cell;
use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

/// From so many bytes on a new array is made by JavaScript's constructor, whose failure is an error (that of the C interface ends
/// the process), and long work hands its memory over instead of copying it.
const LARGE: usize = 1 << 20;

/// A number that a typed array holds.
pub trait Element: Copy + 'static {
    /// The array's type by number, and its constructor.
    const TYPE: sys::napi_typedarray_type;
    const CONSTRUCTOR: &'static CStr;
    /// An array of JavaScript's over the memory of a vector.
    ///
    /// # Safety
    /// As [`ToNapiValue::to_napi_value`].
    unsafe fn external(env: sys::napi_env, data: Vec<Self>) -> napi::Result<sys::napi_value>;
    /// A value that another thread may be writing.
    ///
    /// # Safety
    /// `from` is aligned and valid for reads; other threads access it in no other size.
    unsafe fn load(from: *const Self) -> Self;
}

macro_rules! element {
    ($t:ty, $array:ident, $number:ident, $name:literal, $atomic:ident, $from_bits:expr) => {
        impl Element for $t {
            const TYPE: sys::napi_typedarray_type = sys::TypedarrayType::$number;
            const CONSTRUCTOR: &'static CStr = $name;
            unsafe fn external(env: sys::napi_env, data: Vec<$t>) -> napi::Result<sys::napi_value> {
                // SAFETY: the caller's.
                unsafe { $array::to_napi_value(env, $array::new(data)) }
            }
            unsafe fn load(from: *const $t) -> $t {
                // SAFETY: aligned and valid as the caller says; an atomic read of memory that others write is no data race.
                let shared = unsafe { $atomic::from_ptr(from.cast_mut().cast()) };
                $from_bits(shared.load(Ordering::Relaxed))
            }
        }
    };
}
element!(f64, Float64Array, float64_array, c"Float64Array", AtomicU64, f64::from_bits);
element!(f32, Float32Array, float32_array, c"Float32Array", AtomicU32, f32::from_bits);
element!(u8, Uint8Array, uint8_array, c"Uint8Array", AtomicU8, u8::from);

/// A typed array of JavaScript's while the call that it came with runs.
pub struct Typed {
    env: sys::napi_env,
    value: sys::napi_value,
}

/// What a typed array is at the moment.
struct Info {
    kind: sys::napi_typedarray_type,
    length: usize,
    data: *mut c_void,
    buffer: sys::napi_value,
}

impl Typed {
    /// # Safety
    /// `value` is alive in `env` for as long as the result is used.
    pub unsafe fn new(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        let mut is = false;
        // SAFETY: the caller's.
        check_status!(unsafe { sys::napi_is_typedarray(env, value, &mut is) })?;
        if !is {
            let message = "expected a Float64Array or a Float32Array, got something else".to_owned();
            return Err(napi::Error::new(Status::InvalidArg, message));
        }
        Ok(Typed { env, value })
    }

    pub fn value(&self) -> sys::napi_value {
        self.value
    }

    fn info(&self) -> Info {
        let mut info = Info { kind: -1, length: 0, data: ptr::null_mut(), buffer: ptr::null_mut() };
        let Info { kind, length, data, buffer } = &mut info;
        // SAFETY: the value is alive; whatever fails leaves an array of no elements.
        unsafe { sys::napi_get_typedarray_info(self.env, self.value, kind, length, data, buffer, ptr::null_mut()) };
        info
    }

    pub fn holds<T: Element>(&self) -> bool {
        self.info().kind == T::TYPE
    }

    /// Whether other threads may write what it holds.
    pub fn is_shared(&self) -> bool {
        let mut own = false;
        // SAFETY: the buffer is alive as long as its array.
        let status = unsafe { sys::napi_is_arraybuffer(self.env, self.info().buffer, &mut own) };
        status == sys::Status::napi_ok && !own
    }

    fn parts<T: Element>(&self) -> (*mut T, usize) {
        let info = self.info();
        if info.kind != T::TYPE || info.data.is_null() || info.length == 0 {
            return (ptr::NonNull::dangling().as_ptr(), 0);
        }
        (info.data.cast(), info.length)
    }

    /// Its elements; none where it is of another type, detached, or out of its buffer's bounds.
    ///
    /// # Safety
    /// No JavaScript runs while the slice is used, and nobody writes it.
    pub unsafe fn slice<T: Element>(&self) -> &[T] {
        let (data, length) = self.parts();
        // SAFETY: of that length at the moment, aligned as typed arrays are; the caller keeps it so.
        unsafe { std::slice::from_raw_parts(data, length) }
    }

    /// Its elements to be written.
    ///
    /// # Safety
    /// As [`slice`](Self::slice), and nobody else reads it.
    #[allow(clippy::mut_from_ref, reason = "the memory is JavaScript's; the caller says that it is read nowhere else")]
    pub unsafe fn slice_mut<T: Element>(&self) -> &mut [T] {
        let (data, length) = self.parts();
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(data, length) }
    }

    /// A copy of memory that other threads may write meanwhile.
    pub fn copy_shared<T: Element>(&self) -> napi::Result<Vec<T>> {
        let (data, length) = self.parts::<T>();
        // SAFETY: within the array, which nothing shrinks meanwhile: no JavaScript runs on this thread, and shared memory
        // only grows.
        let values = (0..length).map(|i| unsafe { T::load(data.add(i)) });
        base::memory::collect("a shared array", length, values).map_err(crate::error::to_napi)
    }
}

thread_local! {
    static BY_REFERENCE: Cell<bool> = const { Cell::new(false) };
}

/// Runs a conversion whose large arrays may be handed over without a copy, since the event loop turns before the next.
pub fn by_reference<R>(convert: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            BY_REFERENCE.set(self.0);
        }
    }
    let _restore = Restore(BY_REFERENCE.replace(true));
    convert()
}

/// A typed array of JavaScript's with these numbers.
///
/// # Safety
/// `env` is the environment of a call or a callback that is running.
pub unsafe fn hand_over<T: Element>(env: sys::napi_env, data: Vec<T>) -> napi::Result<sys::napi_value> {
    // SAFETY: the caller's.
    unsafe {
        if BY_REFERENCE.get() && size_of_val(&data[..]) >= LARGE {
            return T::external(env, data);
        }
        let array = fresh::<T>(env, data.len())?;
        array.slice_mut::<T>().copy_from_slice(&data);
        Ok(array.value())
    }
}

/// A new typed array of JavaScript's.
///
/// # Errors
/// `OVER_MEMORY_LIMIT`
///
/// # Safety
/// As [`hand_over`].
pub unsafe fn fresh<T: Element>(env: sys::napi_env, length: usize) -> napi::Result<Typed> {
    let bytes = base::memory::bytes::<T>(&[length]);
    let mut value = ptr::null_mut();
    // SAFETY: the caller's; out parameters are valid.
    unsafe {
        if bytes < LARGE {
            let (mut start, mut buffer) = (ptr::null_mut(), ptr::null_mut());
            check_status!(sys::napi_create_arraybuffer(env, bytes, &mut start, &mut buffer))?;
            check_status!(sys::napi_create_typedarray(env, T::TYPE, length, buffer, 0, &mut value))?;
            return Ok(Typed { env, value });
        }
        base::memory::check("the result", bytes, None).map_err(crate::error::to_napi)?;
        let (mut global, mut constructor, mut argument) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        check_status!(sys::napi_get_global(env, &mut global))?;
        check_status!(sys::napi_get_named_property(env, global, T::CONSTRUCTOR.as_ptr(), &mut constructor))?;
        check_status!(sys::napi_create_double(env, length as f64, &mut argument))?;
        let status = sys::napi_new_instance(env, constructor, 1, &argument, &mut value);
        if status != sys::Status::napi_ok {
            let mut exception = ptr::null_mut();
            sys::napi_get_and_clear_last_exception(env, &mut exception);
        }
        let array = Typed { env, value };
        if status != sys::Status::napi_ok || array.slice::<T>().len() != length {
            let message = format!("the result: there is no memory for {length} numbers");
            return Err(crate::error::to_napi(Error::new(Code::OverMemoryLimit, message)));
        }
        Ok(array)
    }
}

/// Bytes for JavaScript: a `Uint8Array`.
pub struct Bytes(pub Vec<u8>);

impl ToNapiValue for Bytes {
    unsafe fn to_napi_value(env: sys::napi_env, bytes: Self) -> napi::Result<sys::napi_value> {
        // SAFETY: the caller's.
        unsafe { hand_over(env, bytes.0) }
    }
}
