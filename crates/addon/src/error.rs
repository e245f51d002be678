//! `base::Error` to a JavaScript error whose message is `CODE: message`; TypeScript reads the code back.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub fn to_napi(error: base::Error) -> napi::Error {
    napi::Error::from_reason(error.to_string())
}

/// Runs `work`, a panic in it made an `INTERNAL` error: no panic ends the process. A SIMD path that this machine does not have
/// is refused first.
pub fn guard<T>(work: impl FnOnce() -> base::Result<T>) -> base::Result<T> {
    compute::SimdPath::check()?;
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let message = format!("a defect of fprinciple: {}", panic_message(&*payload));
        Err(base::Error::new(base::Code::Internal, message))
    })
}

/// [`guard`] for a synchronous function of the binding.
pub fn run<T>(work: impl FnOnce() -> base::Result<T>) -> napi::Result<T> {
    guard(work).map_err(to_napi)
}

/// [`guard`] for what talks to JavaScript itself.
pub fn guard_napi<T>(work: impl FnOnce() -> napi::Result<T>) -> napi::Result<T> {
    guard(|| Ok(work())).map_err(to_napi)?
}

fn panic_message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic without a message")
}
