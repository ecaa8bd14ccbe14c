//! Making keys and taking them back.

use std::time::Duration;

use pandaprobe_model::Timestamp;
use pandaprobe_model::project::{Access, ApiKey, NewKey};
use pandaprobe_store::{Result, StoreError};
use thiserror::Error;
use uuid::Uuid;

use super::raw::{NoRandomness, RawKey};
use crate::Engine;

/// The name of the key that the settings give; no other key may have it.
pub const RESERVED_NAME: &str = "configured";

/// How long keys live that do not live for ever.
const LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Returns when a key made at `now` expires, if it does.
pub fn in_90_days(now: Timestamp) -> Timestamp {
    let life = i64::try_from(LIFE.as_nanos()).unwrap_or(i64::MAX);
    Timestamp(now.0.saturating_add(life))
}

/// Whether a name is [`RESERVED_NAME`], or looks like it.
pub(crate) fn is_reserved(name: &str) -> bool {
    name.trim().eq_ignore_ascii_case(RESERVED_NAME)
}

/// A key that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRequest {
    /// What it is for.
    pub name: String,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// The one project that it is to open; `None` opens all.
    pub project: Option<Uuid>,
    /// What it is to allow.
    pub access: Access,
}

/// A key that was just made: the only time that it can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeKey {
    /// The key as it is stored.
    pub key: ApiKey,
    /// The key in the clear.
    pub raw: RawKey,
}

/// Why a key was not made.
#[derive(Debug, Error)]
pub enum NewKeyError {
    /// The name is [`RESERVED_NAME`].
    #[error("the name is kept for the key that the settings give")]
    ReservedName,
    /// There is no project with the id.
    #[error("there is no such project")]
    NoProject,
    /// The system gives no randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of the wish for a key's successor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// It is made; the old key goes on as before.
    Done(MadeKey),
    /// There is no such key.
    Missing,
    /// The key was taken back.
    Revoked,
    /// The key lives for ever.
    NeverExpires,
}

impl Engine {
    /// Makes a key.
    ///
    /// # Errors
    /// Any [`NewKeyError`].
    pub async fn create_key(
        &self,
        wanted: KeyRequest,
    ) -> std::result::Result<MadeKey, NewKeyError> {
        if is_reserved(&wanted.name) {
            return Err(NewKeyError::ReservedName);
        }
        if let Some(id) = wanted.project
            && self.project_with_id(id).await?.is_none()
        {
            return Err(NewKeyError::NoProject);
        }
        let raw = RawKey::generate()?;
        let key = self.add_key(&raw, wanted).await?;
        if key.revoked {
            // The project went away in between: the store lets such keys open nothing.
            self.delete_key(key.id).await?;
            return Err(NewKeyError::NoProject);
        }
        Ok(MadeKey { key, raw })
    }

    /// Makes a key with the name and the rights of another that lives 90 days
    /// from `now`. The other stays as it is.
    ///
    /// # Errors
    /// Any [`NewKeyError`].
    pub async fn rotate_key(
        &self,
        id: Uuid,
        now: Timestamp,
    ) -> std::result::Result<Rotation, NewKeyError> {
        let Some(old) = self.key_with_id(id).await? else {
            return Ok(Rotation::Missing);
        };
        if old.revoked {
            return Ok(Rotation::Revoked);
        }
        if old.expires_at.is_none() {
            return Ok(Rotation::NeverExpires);
        }
        let wanted = KeyRequest {
            name: old.name,
            expires_at: Some(in_90_days(now)),
            project: old.project,
            access: old.access,
        };
        self.create_key(wanted).await.map(Rotation::Done)
    }

    /// Finds a key by its public id.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn key_with_id(&self, id: Uuid) -> Result<Option<ApiKey>> {
        let all = self.store().api_keys().await?;
        Ok(all.into_iter().find(|key| key.id == id))
    }

    /// Takes a key back; it opens nothing once this returns. `false` if there is
    /// none.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn revoke_key(&self, id: Uuid) -> Result<bool> {
        let found = self.store().revoke_api_key(id).await;
        self.keys.forget();
        found
    }

    /// Forgets a key; it opens nothing once this returns. `false` if there is
    /// none.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn delete_key(&self, id: Uuid) -> Result<bool> {
        let found = self.store().delete_api_key(id).await;
        self.keys.forget();
        found
    }

    /// Stores a key; if it is there already, returns that one as it is.
    pub(super) async fn add_key(&self, raw: &RawKey, wanted: KeyRequest) -> Result<ApiKey> {
        let KeyRequest {
            name,
            expires_at,
            project,
            access,
        } = wanted;
        let key = NewKey {
            hash: raw.hash(),
            prefix: raw.shown(),
            name,
            expires_at,
            project,
            access,
        };
        let added = self.store().add_api_key(key).await;
        self.keys.forget();
        added
    }
}
