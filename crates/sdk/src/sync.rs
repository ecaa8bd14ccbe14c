//! Locking that cannot panic.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`; a panic of another holder is no reason to fail the host program.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
