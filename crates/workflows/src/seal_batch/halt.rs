//! The early end of a batch.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::error::BatchError;

/// Tells all threads that the batch ends, and why.
#[derive(Default)]
pub(super) struct Halt {
    on: AtomicBool,
    error: Mutex<Option<BatchError>>,
}

impl Halt {
    pub(super) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    pub(super) fn with(&self, error: BatchError) {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        self.on.store(true, Ordering::Relaxed);
    }

    /// Without a reason of its own: the receiver of results has gone, and has one.
    pub(super) fn unless(&self, going_on: bool) {
        if !going_on {
            self.on.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn into_error(self) -> Option<BatchError> {
        self.error.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
