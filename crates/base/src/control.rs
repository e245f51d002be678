//! How a caller watches and stops long work: an abort flag and a progress callback.
//!
//! Long functions take `&Control`, call [`Control::check`] between pieces (a training step, a tile)
//! and report with [`Control::progress`]. Coalescing is the binding's business, not theirs.

use crate::error::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

type ProgressFn = dyn Fn(Progress) + Send + Sync;

/// How far a piece of work is: `done` of `total` units; `value` is the loss for a training, else NaN.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
    pub value: f64,
}

/// Shared by the caller and the work; cloning is cheap.
#[derive(Clone, Default)]
pub struct Control {
    aborted: Arc<AtomicBool>,
    paused: Arc<AtomicBool>,
    progress: Option<Arc<ProgressFn>>,
}

impl Control {
    /// A control that nobody aborts and nobody watches.
    pub fn none() -> Self {
        Self::default()
    }
    pub fn with_progress(report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Control { aborted: Arc::default(), paused: Arc::default(), progress: Some(Arc::new(report)) }
    }
    /// A control for a part of the work: an abort of either stops both, its progress goes to `report`.
    pub fn part(&self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Control { aborted: self.aborted.clone(), paused: self.paused.clone(), progress: Some(Arc::new(report)) }
    }
    pub fn abort(&self) {
        self.aborted.store(true, Ordering::Relaxed);
    }
    pub fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Relaxed)
    }
    /// Asks a training to end after a whole step, so that it can be saved and go on.
    pub fn pause(&self) {
        self.paused.store(true, Ordering::Relaxed);
    }
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }
    /// `ABORTED` once the caller has asked for it.
    pub fn check(&self) -> Result<()> {
        if self.is_aborted() { Err(Error::aborted()) } else { Ok(()) }
    }
    pub fn progress(&self, progress: Progress) {
        if let Some(report) = &self.progress {
            report(progress);
        }
    }
}
