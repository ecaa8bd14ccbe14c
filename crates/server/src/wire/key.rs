//! API keys in answers and wishes.

use pandaprobe_engine::keys::MadeKey;
use pandaprobe_model::Timestamp;
use pandaprobe_model::project;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::values::{Id, Time, UuidText};
use super::words::{AccessWord, ExpirationWord, Word};

/// An API key. The key itself is shown once, when it is made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKey {
    id: UuidText,
    org_id: UuidText,
    /// The first ten characters, to recognise it by.
    #[schema(example = "sk_pp_ab12")]
    key_prefix: String,
    name: String,
    /// False once it was revoked or has expired.
    is_active: bool,
    created_at: Time,
    /// Null: never.
    #[schema(required)]
    expires_at: Option<Time>,
    /// When it was last shown, to within a minute; null if never.
    #[schema(required)]
    last_used_at: Option<Time>,
    /// The one project that it opens; null for all.
    #[schema(required)]
    project_id: Option<UuidText>,
    access: AccessWord,
    /// The key in the clear when it was just made, else null.
    #[schema(required)]
    raw_key: Option<String>,
}

impl ApiKey {
    /// Converts a key of the organisation `org_id` as it is at `now`.
    pub(crate) fn new(org_id: Uuid, key: project::ApiKey, now: Timestamp) -> Self {
        let is_active = key.is_active(now);
        let project::ApiKey {
            id,
            name,
            prefix,
            created_at,
            expires_at,
            revoked: _,
            last_used_at,
            project,
            access,
        } = key;
        Self {
            id: Id(id),
            org_id: Id(org_id),
            key_prefix: prefix,
            name,
            is_active,
            created_at: Time(created_at),
            expires_at: expires_at.map(Time),
            last_used_at: last_used_at.map(Time),
            project_id: project.map(Id),
            access: Word(access),
            raw_key: None,
        }
    }

    /// Converts a key that was just made, which shows itself.
    pub(crate) fn made(org_id: Uuid, made: MadeKey, now: Timestamp) -> Self {
        let MadeKey { key, raw } = made;
        Self {
            raw_key: Some(raw.reveal().to_owned()),
            ..Self::new(org_id, key, now)
        }
    }
}

/// A key to be made.
#[expect(dead_code, reason = "a shape for the specification only")]
#[derive(ToSchema)]
#[schema(example = json!({"name": "ci", "expiration": "90d", "access": "read"}))]
pub(crate) struct ApiKeyCreate {
    /// What it is for; `configured` is kept for the key that the server's settings give.
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    /// `never` when absent.
    #[schema(required = false)]
    expiration: ExpirationWord,
    /// The one project that it is to open; all when absent or null.
    project_id: Option<UuidText>,
    /// `full` when absent; `read` allows GET and HEAD only.
    #[schema(required = false)]
    access: AccessWord,
}
