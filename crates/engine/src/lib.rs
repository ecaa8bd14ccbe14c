//! What the product decides between a transport and a store: which project a
//! name means, which key opens it, how much may be in flight, and what happens
//! to fragments on their way to disk.
//!
//! **Architecture invariant:** no HTTP and no SQL. Transports (JSON over HTTP
//! today) call the same functions here; stores are known by their traits only.

mod budget;
pub mod cli_login;
mod ingest;
pub mod keys;
pub mod organisation;
pub mod prices;
mod projects;

use std::sync::{Arc, OnceLock};

use pandaprobe_store::Store;
use uuid::Uuid;

pub use budget::{Budget, Reservation};
pub use pandaprobe_store::{Result, StoreError};

use cli_login::CliCodes;
use keys::KeyCache;
use projects::ProjectCache;

/// What the engine may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of request bodies that may be in flight at once, from the first
    /// byte read to the commit.
    pub in_flight_bytes: u64,
}

impl Default for Limits {
    /// 128 MiB in flight.
    fn default() -> Self {
        Self {
            in_flight_bytes: 128 << 20,
        }
    }
}

/// The product over one store. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Engine {
    store: Arc<dyn Store>,
    budget: Budget,
    organisation_id: OnceLock<Uuid>,
    projects: ProjectCache,
    keys: KeyCache,
    cli_codes: CliCodes,
}

impl Engine {
    /// Returns the engine over `store`.
    pub fn new(store: Arc<dyn Store>, limits: Limits) -> Self {
        Self {
            store,
            budget: Budget::new(limits.in_flight_bytes),
            organisation_id: OnceLock::new(),
            projects: ProjectCache::default(),
            keys: KeyCache::default(),
            cli_codes: CliCodes::default(),
        }
    }

    /// Returns the store, for queries that need no decision.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Opens an empty reservation on the bytes in flight; see [`Reservation`].
    pub fn reserve(&self) -> Reservation {
        self.budget.reserve()
    }

    /// Returns how many bytes are in flight now.
    pub fn in_flight_bytes(&self) -> u64 {
        self.budget.used()
    }
}

#[cfg(test)]
mod fake;
