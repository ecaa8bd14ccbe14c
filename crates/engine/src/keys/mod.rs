//! API keys: made, hashed, checked, taken back. A key itself is kept nowhere
//! but in the owner's file; the store has its SHA-256.
//!
//! Keys belong to the organisation. One can be narrowed to a project or to
//! reading; transports ask [`KeyCheck::Valid`]'s key what it allows.

mod cache;
mod first;
mod manage;
mod raw;

use pandaprobe_model::Timestamp;
use pandaprobe_model::project::ApiKey;
use pandaprobe_store::Result;

use crate::Engine;

pub(crate) use cache::KeyCache;
pub use first::{FILE_NAME, FirstKey, KeyError};
pub(crate) use manage::is_reserved;
pub use manage::{KeyRequest, MadeKey, NewKeyError, RESERVED_NAME, Rotation, in_90_days};
pub use raw::{NoRandomness, PREFIX, RawKey};
pub(crate) use raw::{random_hex, sha256};

/// What a key turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyCheck {
    /// It opens the organisation, or the part that it is narrowed to.
    Valid(ApiKey),
    /// It is not ours, or was taken back: the two must look the same.
    Unknown,
    /// It was ours until its time ran out.
    Expired,
}

impl Engine {
    /// Tells what a key opens at the time `now`, and notes at most once a minute
    /// that it was shown. Keys that are made or taken back through this engine
    /// count at once.
    ///
    /// # Errors
    /// Any [`pandaprobe_store::StoreError`].
    pub async fn check_key(&self, key: &str, now: Timestamp) -> Result<KeyCheck> {
        Ok(match self.key_with_hash(sha256(key)).await? {
            None => KeyCheck::Unknown,
            Some(key) if key.revoked => KeyCheck::Unknown,
            Some(key) if !key.is_active(now) => KeyCheck::Expired,
            Some(key) => {
                self.note_use(&key, now).await;
                KeyCheck::Valid(key)
            }
        })
    }

    async fn key_with_hash(&self, hash: [u8; 32]) -> Result<Option<ApiKey>> {
        let asked = match self.keys.get(&hash) {
            Ok(known) => return Ok(known),
            Err(generation) => generation,
        };
        let found = self.store().api_key(hash).await?;
        self.keys.keep(hash, found.as_ref(), asked);
        Ok(found)
    }

    /// A note that cannot be written must not fail the request.
    async fn note_use(&self, key: &ApiKey, now: Timestamp) {
        if !self.keys.claim_note(key, now) {
            return;
        }
        if let Err(error) = self.store().touch_api_key(key.id, now).await {
            tracing::debug!(%error, key = %key.id, "the use of a key could not be noted");
        }
    }
}

#[cfg(test)]
mod tests;
