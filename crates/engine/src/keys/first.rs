//! The key that a server starts with: without one nobody could make others.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use pandaprobe_model::Timestamp;
use pandaprobe_model::project::{Access, ApiKey};
use pandaprobe_store::{Result, StoreError};
use thiserror::Error;

use super::manage::{KeyRequest, RESERVED_NAME};
use super::raw::{NoRandomness, RawKey};
use crate::Engine;

/// The name of the file in the data directory that holds the first key.
pub const FILE_NAME: &str = "api-key";

/// Why the first key could not be set up.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The system gives no randomness.
    #[error("cannot make an API key: {0}")]
    Random(#[from] NoRandomness),
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
    /// Makes sure that there is a key that may do everything: the configured
    /// one, else one that is there, else a new one, written to `dir` for its
    /// owner only.
    ///
    /// A configured key always works, even if it was taken back by hand; those
    /// that earlier starts configured are taken back.
    ///
    /// # Errors
    /// Any [`KeyError`].
    pub async fn first_key(
        &self,
        configured: Option<&RawKey>,
        dir: &Path,
        now: Timestamp,
    ) -> std::result::Result<FirstKey, KeyError> {
        if let Some(key) = configured {
            self.configure_key(key, now).await?;
            return Ok(FirstKey::Configured);
        }
        let keys = self.store().api_keys().await?;
        if keys.iter().any(|key| may_do_everything(key, now)) {
            return Ok(FirstKey::Existing);
        }
        let file = dir.join(FILE_NAME);
        // The file goes first: a key that is in force but nowhere to be read
        // would lock the owner out. A file without its row is taken up again,
        // but not a key that was taken back.
        loop {
            let key = kept_or_new(&file)?;
            let stored = self.add_key(&key, all_rights("first key")).await?;
            if may_do_everything(&stored, now) {
                return Ok(FirstKey::Generated { key, file });
            }
            std::fs::remove_file(&file).map_err(|source| file_error(&file, source))?;
        }
    }

    async fn configure_key(&self, key: &RawKey, now: Timestamp) -> Result<()> {
        let mut stored = self.add_key(key, all_rights(RESERVED_NAME)).await?;
        if !may_do_everything(&stored, now) || stored.name != RESERVED_NAME {
            self.delete_key(stored.id).await?;
            stored = self.add_key(key, all_rights(RESERVED_NAME)).await?;
        }
        for other in self.store().api_keys().await? {
            if other.name == RESERVED_NAME && other.id != stored.id && !other.revoked {
                self.revoke_key(other.id).await?;
            }
        }
        Ok(())
    }
}

fn may_do_everything(key: &ApiKey, now: Timestamp) -> bool {
    key.is_active(now) && key.project.is_none() && key.access == Access::Full
}

fn all_rights(name: &str) -> KeyRequest {
    KeyRequest {
        name: name.to_owned(),
        expires_at: None,
        project: None,
        access: Access::Full,
    }
}

fn kept_or_new(file: &Path) -> std::result::Result<RawKey, KeyError> {
    match std::fs::read_to_string(file) {
        Ok(text) => {
            if let Some(key) = RawKey::from_text(text.trim()) {
                return Ok(key);
            }
            std::fs::remove_file(file).map_err(|source| file_error(file, source))?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(source) => return Err(file_error(file, source)),
    }
    let key = RawKey::generate()?;
    write_private(file, &key).map_err(|source| file_error(file, source))?;
    Ok(key)
}

fn file_error(file: &Path, source: std::io::Error) -> KeyError {
    let path = file.to_owned();
    KeyError::File { path, source }
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
    use crate::keys::KeyCheck;

    const NOW: Timestamp = Timestamp(1_000);

    async fn opens(engine: &Engine, key: &str) -> bool {
        let check = engine.check_key(key, NOW).await.unwrap();
        matches!(check, KeyCheck::Valid(_))
    }

    #[tokio::test]
    async fn it_is_made_once_and_lies_in_a_private_file() {
        let (engine, _) = engine();
        let dir = tempfile::tempdir().unwrap();
        let first = engine.first_key(None, dir.path(), NOW).await.unwrap();
        let FirstKey::Generated { key, file } = first else {
            panic!("nothing was generated")
        };
        assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), key.reveal());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(opens(&engine, key.reveal()).await);
        let again = engine.first_key(None, dir.path(), NOW).await.unwrap();
        assert_eq!(again, FirstKey::Existing);
    }

    #[tokio::test]
    async fn a_file_left_by_a_crash_is_taken_up() {
        let (engine, _) = engine();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE_NAME), "sk_pp_left\n").unwrap();
        let first = engine.first_key(None, dir.path(), NOW).await.unwrap();
        assert!(matches!(first, FirstKey::Generated { key, .. } if key.reveal() == "sk_pp_left"));
    }

    #[tokio::test]
    async fn when_no_key_is_left_that_may_do_everything_another_is_made() {
        let (engine, _) = engine();
        let dir = tempfile::tempdir().unwrap();
        let first = engine.first_key(None, dir.path(), NOW).await.unwrap();
        let FirstKey::Generated { key: old, .. } = first else {
            panic!("nothing was generated")
        };
        let reading = KeyRequest {
            access: Access::Read,
            ..all_rights("reader")
        };
        engine.create_key(reading).await.unwrap();
        for key in engine.store().api_keys().await.unwrap() {
            if key.access == Access::Full {
                engine.revoke_key(key.id).await.unwrap();
            }
        }
        let second = engine.first_key(None, dir.path(), NOW).await.unwrap();
        let FirstKey::Generated { key, .. } = second else {
            panic!("the owner is locked out: {second:?}")
        };
        assert!(!opens(&engine, old.reveal()).await);
        assert!(opens(&engine, key.reveal()).await);
    }

    #[tokio::test]
    async fn a_configured_key_needs_no_file() {
        let (engine, _) = engine();
        let dir = tempfile::tempdir().unwrap();
        let key = RawKey::from_text("anything").unwrap();
        let first = engine.first_key(Some(&key), dir.path(), NOW).await.unwrap();
        assert_eq!(first, FirstKey::Configured);
        assert!(!dir.path().join(FILE_NAME).exists());
        assert!(opens(&engine, "anything").await);
    }

    #[tokio::test]
    async fn another_configured_key_ends_the_one_before() {
        let (engine, _) = engine();
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (RawKey::from_text("one"), RawKey::from_text("two"));
        let made = engine.create_key(all_rights("mine")).await.unwrap();
        for (configured, gone) in [(&one, "two"), (&two, "one"), (&one, "two")] {
            let first = engine.first_key(configured.as_ref(), dir.path(), NOW).await;
            assert_eq!(first.unwrap(), FirstKey::Configured);
            assert!(opens(&engine, configured.as_ref().unwrap().reveal()).await);
            assert!(!opens(&engine, gone).await, "{gone}");
            assert!(opens(&engine, made.raw.reveal()).await);
        }
        // Nothing is configured any more: the last one stays.
        let first = engine.first_key(None, dir.path(), NOW).await.unwrap();
        assert_eq!(first, FirstKey::Existing);
        assert!(opens(&engine, "one").await);
    }

    #[tokio::test]
    async fn the_settings_win_over_what_was_done_to_the_key() {
        let (engine, _) = engine();
        let dir = tempfile::tempdir().unwrap();
        let key = RawKey::from_text("one").unwrap();
        let narrow = KeyRequest {
            access: Access::Read,
            expires_at: Some(NOW),
            ..all_rights("narrow")
        };
        let stored = engine.add_key(&key, narrow).await.unwrap();
        engine.revoke_key(stored.id).await.unwrap();
        for _ in 0..2 {
            engine.first_key(Some(&key), dir.path(), NOW).await.unwrap();
            let check = engine.check_key("one", NOW).await.unwrap();
            let KeyCheck::Valid(stored) = check else {
                panic!("{check:?}")
            };
            assert!(may_do_everything(&stored, NOW));
            engine.revoke_key(stored.id).await.unwrap();
        }
    }
}
