//! One error type for the whole engine: a stable code and a sentence for the person who called.
//!
//! The message names the argument, what was expected and what came. The binding hands both to
//! JavaScript unchanged, where they become a `FprincipleError`.

use std::fmt;

/// The stable codes of `FprincipleError.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    InvalidArgument,
    InvalidShape,
    NonFinite,
    Aborted,
    ModelBusy,
    CudaUnavailable,
    OverMemoryLimit,
    Io,
    /// A defect of this library (a panic that was caught).
    Internal,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Code::InvalidArgument => "INVALID_ARGUMENT",
            Code::InvalidShape => "INVALID_SHAPE",
            Code::NonFinite => "NON_FINITE",
            Code::Aborted => "ABORTED",
            Code::ModelBusy => "MODEL_BUSY",
            Code::CudaUnavailable => "CUDA_UNAVAILABLE",
            Code::OverMemoryLimit => "OVER_MEMORY_LIMIT",
            Code::Io => "IO",
            Code::Internal => "INTERNAL",
        }
    }
}

/// What went wrong: `code` for programs, `message` for people.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    pub code: Code,
    pub message: String,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error { code, message: message.into() }
    }
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }
    pub fn shape(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidShape, message)
    }
    pub fn non_finite(message: impl Into<String>) -> Self {
        Self::new(Code::NonFinite, message)
    }
    pub fn aborted() -> Self {
        Self::new(Code::Aborted, "the operation was aborted")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::new(Code::Io, error.to_string())
    }
}
