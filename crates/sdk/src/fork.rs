//! Keeps background work away from the host's records while the process forks.
//!
//! The transport thread looks into open traces, whose locks the child of a fork goes on
//! using. So a fork waits until nobody is [`Inside`], and nobody gets in until it is done.
//!
//! That is for threads that run beside the host's code: the transport thread, and those
//! that wait for it. The host's other calls need none of it and must not use it: they and
//! the fork exclude each other already (in Python by the interpreter's lock), and waiting
//! here with that lock would keep the fork from ever being done.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crate::id;

/// Low half: threads inside. High half: forks under way.
static GATE: AtomicU64 = AtomicU64::new(0);
const INSIDE: u64 = (1 << 32) - 1;
const FORK: u64 = 1 << 32;
/// Those inside stay for microseconds.
const RETRY: Duration = Duration::from_micros(20);

/// Counts the forks between this process and the first one.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// To be called right before a fork. Waits for microseconds, for no network and no lock
/// of the host.
pub fn before_fork() {
    GATE.fetch_add(FORK, Ordering::AcqRel);
    while GATE.load(Ordering::Acquire) & INSIDE != 0 {
        std::thread::sleep(RETRY);
    }
}

/// To be called in the parent after a fork, also when it failed.
pub fn after_fork_in_parent() {
    let done = |gate: u64| Some(gate.saturating_sub(FORK));
    let _ = GATE.fetch_update(Ordering::AcqRel, Ordering::Acquire, done);
}

/// To be called in the child after a fork: nobody else is there, and its ids differ from
/// its parent's.
pub fn after_fork_in_child() {
    GATE.store(0, Ordering::Release);
    GENERATION.fetch_add(1, Ordering::AcqRel);
    id::reseed();
}

/// Tells a process from those it was forked from.
pub(crate) fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// While it lives, no fork happens.
#[derive(Debug)]
pub(crate) struct Inside(());

impl Inside {
    /// Waits until no fork is under way. The caller holds no lock.
    pub(crate) fn enter() -> Self {
        let free = |gate: u64| (gate < FORK).then_some(gate + 1);
        while GATE
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, free)
            .is_err()
        {
            std::thread::sleep(RETRY);
        }
        Self(())
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        GATE.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn a_fork_and_background_work_wait_for_each_other() {
        static FORKED: AtomicBool = AtomicBool::new(false);
        let inside = Inside::enter();
        let fork = std::thread::spawn(|| {
            before_fork();
            FORKED.store(true, Ordering::SeqCst);
            after_fork_in_parent();
        });
        while GATE.load(Ordering::SeqCst) < FORK {
            std::thread::yield_now();
        }
        assert!(!FORKED.load(Ordering::SeqCst));
        drop(inside);
        fork.join().unwrap();
        drop(Inside::enter());
    }
}
