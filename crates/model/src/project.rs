//! Tenants: organisations, their projects and API keys.

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
