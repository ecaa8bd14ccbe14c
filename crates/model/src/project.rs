//! Tenants: organisations, their projects and API keys.

use crate::trace::word_enum;
use crate::{ProjectId, Timestamp};

/// The tenant that owns projects and keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Public id.
    pub id: uuid::Uuid,
    /// Name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The boundary of data: every trace, span, session and user belongs to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The store's own id.
    pub key: ProjectId,
    /// Public id.
    pub id: uuid::Uuid,
    /// Public id of the organisation.
    pub org_id: uuid::Uuid,
    /// Unique within the organisation.
    pub name: String,
    /// Free text.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An API key as it is stored: never the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Public id.
    pub id: uuid::Uuid,
    /// What it is for.
    pub name: String,
    /// The first ten characters, to recognise it by.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// Whether it was taken back.
    pub revoked: bool,
    /// When it was last shown, to within a minute; `None` if never.
    pub last_used_at: Option<Timestamp>,
    /// The one project that it opens; `None` opens all.
    pub project: Option<uuid::Uuid>,
    /// What it allows.
    pub access: Access,
}

impl ApiKey {
    /// Whether it is neither revoked nor expired at `now`.
    pub fn is_active(&self, now: Timestamp) -> bool {
        !self.revoked && self.expires_at.is_none_or(|end| end > now)
    }
}

word_enum! {
    /// What a key allows.
    Access {
        /// Reading and writing.
        Full = "full",
        /// Reading only.
        Read = "read",
    }
}

/// A key to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// SHA-256 of the whole key.
    pub hash: [u8; 32],
    /// The first ten characters.
    pub prefix: String,
    /// What it is for.
    pub name: String,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// The one project that it opens; `None` opens all.
    pub project: Option<uuid::Uuid>,
    /// What it allows.
    pub access: Access,
}

/// Why a text cannot name a project or organisation.
pub const NAME_RULE: &str = "must be 1 to 255 characters, start and end with a letter or digit, and hold only letters, digits, spaces and _ . ' - between";

/// Checks and trims a project name as the HTTP contract wants it; `None` if it
/// breaks [`NAME_RULE`].
pub fn valid_name(text: &str) -> Option<&str> {
    let name = text.trim();
    let inner = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | '\'' | '-');
    let edges = name.starts_with(char::is_alphanumeric) && name.ends_with(char::is_alphanumeric);
    (edges && name.chars().count() <= 255 && name.chars().all(inner)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_names() {
        for name in ["a", "my project", "it's-ok_1.2", "日本"] {
            assert_eq!(valid_name(name), Some(name));
        }
        assert_eq!(valid_name("  trimmed "), Some("trimmed"));
        for name in ["", " ", "-x", "x-", "a/b", "a\0b", &"x".repeat(256)] {
            assert_eq!(valid_name(name), None, "{name:?}");
        }
    }
}
