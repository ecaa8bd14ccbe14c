//! How many bytes of requests may be in memory at once, so that load ends in a
//! clear "try again" and never in the kernel killing the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pandaprobe_store::StoreError;

/// A shared allowance of bytes.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limit: u64,
    used: AtomicU64,
}

impl Budget {
    /// Returns a budget of `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self(Arc::new(Inner {
            limit,
            used: AtomicU64::new(0),
        }))
    }

    /// Opens a reservation that holds nothing yet.
    pub fn reserve(&self) -> Reservation {
        Reservation {
            budget: Arc::clone(&self.0),
            bytes: 0,
        }
    }

    /// Bytes that all reservations hold now.
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }
}

/// The bytes one request holds. They are given back on drop.
#[derive(Debug)]
pub struct Reservation {
    budget: Arc<Inner>,
    bytes: u64,
}

impl Reservation {
    /// Takes `bytes` more. A request that is alone always gets them: otherwise
    /// one that is larger than the whole budget could never be served.
    ///
    /// # Errors
    /// [`StoreError::Overloaded`] when others hold too much.
    pub fn grow(&mut self, bytes: u64) -> Result<(), StoreError> {
        let Inner { limit, used } = &*self.budget;
        let taken = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| {
            let then = now.saturating_add(bytes);
            (then <= *limit || now == self.bytes).then_some(then)
        });
        taken.map_err(|_| StoreError::Overloaded)?;
        self.bytes += bytes;
        Ok(())
    }

    /// Bytes that this reservation holds.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_beyond_the_limit_and_gives_back() {
        let budget = Budget::new(100);
        let (mut a, mut b) = (budget.reserve(), budget.reserve());
        a.grow(60).unwrap();
        b.grow(40).unwrap();
        assert!(matches!(b.grow(1), Err(StoreError::Overloaded)));
        drop(a);
        b.grow(60).unwrap();
        drop(b);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_request_alone_may_exceed_the_limit() {
        let budget = Budget::new(100);
        let mut big = budget.reserve();
        big.grow(90).unwrap();
        big.grow(90).unwrap();
        assert!(budget.reserve().grow(1).is_err());
        drop(big);
        budget.reserve().grow(1).unwrap();
    }
}
