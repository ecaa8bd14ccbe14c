//! Keys in the clear.

use std::fmt;

use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// What every key that we make begins with; 64 hex digits follow.
pub const PREFIX: &str = "sk_pp_";

/// Characters of a key that may be shown to recognise it by.
const SHOWN: usize = 10;

/// The system gives no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

/// A key in the clear. Its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct RawKey(String);

impl RawKey {
    /// Makes a new key from 32 random bytes.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn generate() -> Result<Self, NoRandomness> {
        Ok(Self(format!("{PREFIX}{}", random_hex()?)))
    }

    /// Takes a key from outside; `None` if it is blank or holds white space.
    pub fn from_text(text: &str) -> Option<Self> {
        let good = !text.is_empty() && !text.contains(char::is_whitespace);
        good.then(|| Self(text.to_owned()))
    }

    /// Returns the key in the clear.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The part that may be shown.
    pub(super) fn shown(&self) -> String {
        self.0.chars().take(SHOWN).collect()
    }

    /// What the store knows the key by.
    pub(super) fn hash(&self) -> [u8; 32] {
        sha256(&self.0)
    }
}

impl fmt::Debug for RawKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawKey({}…)", self.shown())
    }
}

/// Returns 64 hex digits that nobody can guess.
pub(crate) fn random_hex() -> Result<String, NoRandomness> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Returns the SHA-256 of a text.
pub(crate) fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_key_has_the_contracts_form_and_hides_in_logs() {
        let key = RawKey::generate().unwrap();
        let digits = key.reveal().strip_prefix("sk_pp_").unwrap();
        assert_eq!(digits.len(), 64);
        assert!(
            digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        );
        assert!(!format!("{key:?}").contains(&digits[..8]));
        assert_ne!(RawKey::generate().unwrap(), key);
    }

    #[test]
    fn keys_from_outside() {
        assert!(RawKey::from_text("").is_none());
        assert!(RawKey::from_text("a b").is_none());
        assert!(RawKey::from_text("a\n").is_none());
        assert!(RawKey::from_text("x").is_some());
    }
}
