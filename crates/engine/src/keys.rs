//! API keys: made, hashed, checked. A key itself is kept nowhere but in the
//! owner's file; the store has its SHA-256.

use std::collections::HashMap;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pandaprobe_model::Timestamp;
use pandaprobe_model::project::ApiKey;
use pandaprobe_store::{Result, StoreError};
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::Engine;

/// What every key that we make begins with; 64 hex digits follow.
pub const PREFIX: &str = "sk_pp_";

/// The name of the file in the data directory that holds the first key.
pub const FILE_NAME: &str = "api-key";

/// Characters of a key that may be shown to recognise it by.
const SHOWN: usize = 10;

/// How long a key that was found good is not looked up again.
const TRUSTED: Duration = Duration::from_secs(5);

/// More keys than this are not remembered.
const REMEMBERED: usize = 1_000;

/// A key in the clear. Its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct RawKey(String);

impl RawKey {
    /// Makes a new key from 32 random bytes.
    ///
    /// # Errors
    /// [`KeyError::Random`] when the system gives no randomness.
    pub fn generate() -> std::result::Result<Self, KeyError> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|_| KeyError::Random)?;
        Ok(Self(format!("{PREFIX}{}", hex(&bytes))))
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

    fn shown(&self) -> String {
        self.0.chars().take(SHOWN).collect()
    }
}

impl fmt::Debug for RawKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawKey({}…)", self.shown())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

/// What a key turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyCheck {
    /// It opens the organisation.
    Valid(ApiKey),
    /// It is not ours, or was taken back: the two must look the same.
    Unknown,
    /// It was ours until its time ran out.
    Expired,
}

/// Keys that were found good a moment ago.
#[derive(Debug, Default)]
pub(crate) struct KeyCache(Mutex<HashMap<[u8; 32], (Instant, ApiKey)>>);

impl KeyCache {
    fn get(&self, hash: &[u8; 32]) -> Option<ApiKey> {
        let known = self.0.lock();
        let (since, key) = known.get(hash)?;
        (since.elapsed() < TRUSTED).then(|| key.clone())
    }

    fn keep(&self, hash: [u8; 32], key: &ApiKey) {
        let mut known = self.0.lock();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(hash, (Instant::now(), key.clone()));
    }
}

/// Why the first key could not be set up.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The system gives no randomness.
    #[error("the system gave no random bytes for an API key")]
    Random,
    /// The file with the key cannot be read or written.
    #[error("cannot keep the API key in {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the first key came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstKey {
    /// It was given by the settings.
    Configured,
    /// There was one already.
    Existing,
    /// It was made now and lies in `file`.
    Generated {
        /// The key, to be shown once.
        key: RawKey,
        /// Readable by the owner only.
        file: PathBuf,
    },
}

impl Engine {
    /// Tells what a key opens at the time `now`.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn check_key(&self, key: &str, now: Timestamp) -> Result<KeyCheck> {
        let hash = hash(key);
        let found = match self.keys.get(&hash) {
            Some(key) => Some(key),
            None => self.store().api_key(hash).await?,
        };
        Ok(match found {
            None => KeyCheck::Unknown,
            Some(key) if key.revoked => KeyCheck::Unknown,
            Some(key) if key.expires_at.is_some_and(|end| end <= now) => KeyCheck::Expired,
            Some(key) => {
                self.keys.keep(hash, &key);
                KeyCheck::Valid(key)
            }
        })
    }

    /// Makes sure that there is a key: the configured one, else one that is
    /// there, else a new one, written to `dir` for its owner only.
    ///
    /// # Errors
    /// Any [`KeyError`].
    pub async fn first_key(
        &self,
        configured: Option<&RawKey>,
        dir: &Path,
    ) -> std::result::Result<FirstKey, KeyError> {
        if let Some(key) = configured {
            self.add_key(key, "configured").await?;
            return Ok(FirstKey::Configured);
        }
        if self.store().has_api_key().await? {
            return Ok(FirstKey::Existing);
        }
        let file = dir.join(FILE_NAME);
        // The file goes first: a key that is in force but nowhere to be read
        // would lock the owner out. A file without its row is taken up again.
        let key = kept_or_new(&file).map_err(|error| match error {
            FileError::Random => KeyError::Random,
            FileError::Io(source) => KeyError::File {
                path: file.clone(),
                source,
            },
        })?;
        self.add_key(&key, "first key").await?;
        Ok(FirstKey::Generated { key, file })
    }

    async fn add_key(&self, key: &RawKey, name: &str) -> Result<()> {
        self.store()
            .add_api_key(hash(&key.0), name.to_owned(), key.shown(), None)
            .await
    }
}

enum FileError {
    Random,
    Io(std::io::Error),
}

fn kept_or_new(file: &Path) -> std::result::Result<RawKey, FileError> {
    match std::fs::read_to_string(file) {
        Ok(text) => {
            if let Some(key) = RawKey::from_text(text.trim()) {
                return Ok(key);
            }
            std::fs::remove_file(file).map_err(FileError::Io)?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(FileError::Io(error)),
    }
    let key = RawKey::generate().map_err(|_| FileError::Random)?;
    write_private(file, &key).map_err(FileError::Io)?;
    Ok(key)
}

fn write_private(file: &Path, key: &RawKey) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut handle = options.open(file)?;
    writeln!(handle, "{}", key.reveal())?;
    handle.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::engine;

    const NOW: Timestamp = Timestamp(1_000);

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

    #[tokio::test]
    async fn the_first_key_is_made_once_and_lies_in_a_private_file() {
        let (engine, _) = engine();
        let dir = tempfile::tempdir().unwrap();
        let FirstKey::Generated { key, file } = engine.first_key(None, dir.path()).await.unwrap()
        else {
            panic!("nothing was generated")
        };
        assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), key.reveal());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(matches!(
            engine.check_key(key.reveal(), NOW).await.unwrap(),
            KeyCheck::Valid(_)
        ));
        assert_eq!(
            engine.first_key(None, dir.path()).await.unwrap(),
            FirstKey::Existing
        );
    }

    #[tokio::test]
    async fn a_file_left_by_a_crash_is_taken_up() {
        let (engine, _) = engine();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE_NAME), "sk_pp_left\n").unwrap();
        let first = engine.first_key(None, dir.path()).await.unwrap();
        assert!(matches!(first, FirstKey::Generated { key, .. } if key.reveal() == "sk_pp_left"));
    }

    #[tokio::test]
    async fn a_configured_key_needs_no_file() {
        let (engine, _) = engine();
        let dir = tempfile::tempdir().unwrap();
        let key = RawKey::from_text("anything").unwrap();
        let first = engine.first_key(Some(&key), dir.path()).await.unwrap();
        assert_eq!(first, FirstKey::Configured);
        assert!(!dir.path().join(FILE_NAME).exists());
        let check = engine.check_key("anything", NOW).await.unwrap();
        assert!(matches!(check, KeyCheck::Valid(_)));
    }

    #[tokio::test]
    async fn unknown_revoked_and_expired() {
        let (engine, store) = engine();
        store.put_key(hash("revoked"), None, true);
        store.put_key(hash("expired"), Some(NOW), false);
        store.put_key(hash("later"), Some(Timestamp(NOW.0 + 1)), false);
        for (key, good) in [
            ("nothing", KeyCheck::Unknown),
            ("revoked", KeyCheck::Unknown),
            ("expired", KeyCheck::Expired),
        ] {
            assert_eq!(engine.check_key(key, NOW).await.unwrap(), good, "{key}");
        }
        let later = engine.check_key("later", NOW).await.unwrap();
        assert!(matches!(later, KeyCheck::Valid(_)));
        // Remembered keys still run out.
        let after = engine.check_key("later", Timestamp(NOW.0 + 1)).await;
        assert_eq!(after.unwrap(), KeyCheck::Expired);
    }

    #[test]
    fn keys_from_outside() {
        assert!(RawKey::from_text("").is_none());
        assert!(RawKey::from_text("a b").is_none());
        assert!(RawKey::from_text("a\n").is_none());
        assert!(RawKey::from_text("x").is_some());
    }
}
