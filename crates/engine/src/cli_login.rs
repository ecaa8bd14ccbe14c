//! Logging a command line in through a browser: the browser, which is logged
//! in, gets a code for the one project that was chosen there; the command line
//! changes the code into a key. PKCE (RFC 7636) makes sure that only the
//! program that began the login can do so.

use std::collections::HashMap;
use std::time::Duration;

use pandaprobe_model::Timestamp;
use pandaprobe_model::project::{Access, Project};
use pandaprobe_store::StoreError;
use parking_lot::Mutex;
use thiserror::Error;
use uuid::Uuid;

use crate::Engine;
use crate::keys::{
    KeyRequest, MadeKey, NewKeyError, NoRandomness, in_90_days, is_reserved, random_hex, sha256,
};

/// How long a code is good for.
pub const CODE_LIFE: Duration = Duration::from_secs(120);

/// More codes than this are not kept; the oldest goes first.
const KEPT: usize = 1_000;

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliLogin {
    /// The project that was chosen.
    pub project: Uuid,
    /// SHA-256 of the verifier that only the command line knows.
    pub challenge: [u8; 32],
    /// The name of the key to be.
    pub label: String,
}

/// The codes that are out. They live in memory: after a restart one logs in anew.
#[derive(Debug, Default)]
pub(crate) struct CliCodes(Mutex<HashMap<String, (Timestamp, CliLogin)>>);

impl CliCodes {
    fn put(&self, code: String, login: CliLogin, now: Timestamp) {
        let mut codes = self.0.lock();
        codes.retain(|_, (made, _)| is_fresh(*made, now));
        if codes.len() >= KEPT {
            let oldest = codes.iter().min_by_key(|(_, (made, _))| *made);
            if let Some(code) = oldest.map(|(code, _)| code.clone()) {
                codes.remove(&code);
            }
        }
        codes.insert(code, (now, login));
    }

    /// Takes the code out if it is good and the verifier fits. One that does
    /// not fit leaves the code in place: who guesses must not burn it.
    fn take(&self, code: &str, verifier: &str, now: Timestamp) -> Option<CliLogin> {
        let mut codes = self.0.lock();
        let (made, login) = codes.get(code)?;
        let good = is_fresh(*made, now) && login.challenge == sha256(verifier);
        good.then(|| codes.remove(code))?.map(|(_, login)| login)
    }
}

fn is_fresh(made: Timestamp, now: Timestamp) -> bool {
    i128::from(now.0) - i128::from(made.0) < CODE_LIFE.as_nanos().cast_signed()
}

/// Why a code was not changed into a key.
#[derive(Debug, Error)]
pub enum CliLoginError {
    /// It is unknown, used or too old, or the verifier does not fit: the four
    /// must look the same.
    #[error("the code is not valid")]
    Refused,
    /// There is no such project, or not any more.
    #[error("the project does not exist")]
    ProjectGone,
    /// The name is not one that a key may have.
    #[error("the label is kept for another key")]
    ReservedLabel,
    /// The system gives no randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NewKeyError> for CliLoginError {
    fn from(error: NewKeyError) -> Self {
        match error {
            NewKeyError::ReservedName => Self::ReservedLabel,
            NewKeyError::NoProject => Self::ProjectGone,
            NewKeyError::Random(error) => Self::Random(error),
            NewKeyError::Store(error) => Self::Store(error),
        }
    }
}

impl Engine {
    /// Returns a code for `login`, good once and for [`CODE_LIFE`].
    ///
    /// # Errors
    /// Any [`CliLoginError`] but [`CliLoginError::Refused`].
    pub async fn start_cli_login(
        &self,
        login: CliLogin,
        now: Timestamp,
    ) -> Result<String, CliLoginError> {
        if is_reserved(&login.label) {
            return Err(CliLoginError::ReservedLabel);
        }
        if self.project_with_id(login.project).await?.is_none() {
            return Err(CliLoginError::ProjectGone);
        }
        let code = random_hex()?;
        self.cli_codes.put(code.clone(), login, now);
        Ok(code)
    }

    /// Changes a code into a key of the organisation that lives 90 days, and
    /// returns it with the project that was chosen.
    ///
    /// # Errors
    /// Any [`CliLoginError`].
    pub async fn finish_cli_login(
        &self,
        code: &str,
        verifier: &str,
        now: Timestamp,
    ) -> Result<(MadeKey, Project), CliLoginError> {
        let login = self.cli_codes.take(code, verifier, now);
        let login = login.ok_or(CliLoginError::Refused)?;
        let project = self.project_with_id(login.project).await?;
        let project = project.ok_or(CliLoginError::ProjectGone)?;
        let wanted = KeyRequest {
            name: login.label,
            expires_at: Some(in_90_days(now)),
            project: None,
            access: Access::Full,
        };
        Ok((self.create_key(wanted).await?, project))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::engine;
    use crate::keys::KeyCheck;

    const NOW: Timestamp = Timestamp(1_000);

    fn after(seconds: u64) -> Timestamp {
        Timestamp(NOW.0 + seconds as i64 * 1_000_000_000)
    }

    fn login(project: Uuid) -> CliLogin {
        CliLogin {
            project,
            challenge: sha256("verifier"),
            label: "laptop".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_code_becomes_one_key() {
        let (engine, _) = engine();
        let project = engine.ensure_project("p").await.unwrap();
        let code = engine
            .start_cli_login(login(project.id), NOW)
            .await
            .unwrap();
        // A mismatch does not burn it.
        let wrong = engine.finish_cli_login(&code, "wrong", NOW).await;
        assert!(matches!(wrong, Err(CliLoginError::Refused)));
        let (made, chosen) = engine
            .finish_cli_login(&code, "verifier", after(119))
            .await
            .unwrap();
        assert_eq!(chosen, project);
        assert_eq!(made.key.name, "laptop");
        assert_eq!(made.key.expires_at, Some(in_90_days(after(119))));
        let check = engine.check_key(made.raw.reveal(), NOW).await.unwrap();
        assert!(matches!(check, KeyCheck::Valid(_)));
        let again = engine.finish_cli_login(&code, "verifier", NOW).await;
        assert!(matches!(again, Err(CliLoginError::Refused)));
    }

    #[tokio::test]
    async fn codes_run_out() {
        let (engine, _) = engine();
        let project = engine.ensure_project("p").await.unwrap();
        let code = engine
            .start_cli_login(login(project.id), NOW)
            .await
            .unwrap();
        let late = engine.finish_cli_login(&code, "verifier", after(120)).await;
        assert!(matches!(late, Err(CliLoginError::Refused)));
        let unknown = engine.finish_cli_login("", "verifier", NOW).await;
        assert!(matches!(unknown, Err(CliLoginError::Refused)));
    }

    #[tokio::test]
    async fn a_project_that_is_gone_opens_nothing() {
        let (engine, _) = engine();
        let project = engine.ensure_project("p").await.unwrap();
        let code = engine
            .start_cli_login(login(project.id), NOW)
            .await
            .unwrap();
        engine.delete_project(project.id).await.unwrap();
        let gone = engine.finish_cli_login(&code, "verifier", NOW).await;
        assert!(matches!(gone, Err(CliLoginError::ProjectGone)));
    }

    #[tokio::test]
    async fn wishes_that_get_no_code() {
        let (engine, _) = engine();
        let project = engine.ensure_project("p").await.unwrap();
        let unknown = engine.start_cli_login(login(Uuid::max()), NOW).await;
        assert!(matches!(unknown, Err(CliLoginError::ProjectGone)));
        let reserved = CliLogin {
            label: "configured".to_owned(),
            ..login(project.id)
        };
        let reserved = engine.start_cli_login(reserved, NOW).await;
        assert!(matches!(reserved, Err(CliLoginError::ReservedLabel)));
    }

    #[tokio::test]
    async fn the_oldest_code_makes_room() {
        let (engine, _) = engine();
        let project = engine.ensure_project("p").await.unwrap();
        let oldest = engine
            .start_cli_login(login(project.id), NOW)
            .await
            .unwrap();
        let mut last = String::new();
        for _ in 0..KEPT {
            last = engine
                .start_cli_login(login(project.id), after(1))
                .await
                .unwrap();
        }
        let gone = engine.finish_cli_login(&oldest, "verifier", after(1)).await;
        assert!(matches!(gone, Err(CliLoginError::Refused)));
        let kept = engine.finish_cli_login(&last, "verifier", after(1)).await;
        assert!(kept.is_ok());
    }
}
