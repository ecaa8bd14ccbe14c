//! Logging a command line in: what is asked and answered.

use pandaprobe_engine::keys::MadeKey;
use pandaprobe_model::project::Project;
use serde::Serialize;
use utoipa::ToSchema;

use super::values::{Id, Time, UuidText};
use super::words::ChallengeMethodWord;

/// A login that a command line began and its user confirms.
#[expect(dead_code, reason = "a shape for the specification only")]
#[derive(ToSchema)]
pub(crate) struct CliCodeCreate {
    org_id: UuidText,
    /// The project that the command line is to work with.
    project_id: UuidText,
    /// SHA-256 of the verifier in base64url without padding.
    #[schema(
        min_length = 43,
        max_length = 43,
        pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$",
        example = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )]
    code_challenge: String,
    /// `S256` when absent.
    #[schema(required = false)]
    code_challenge_method: ChallengeMethodWord,
    /// The name of the key to be; `configured` is kept for the key that the
    /// server's settings give.
    #[schema(min_length = 1, max_length = 255, example = "laptop")]
    label: String,
    /// 90 when absent, and nothing else.
    #[schema(required = false, minimum = 90, maximum = 90)]
    expires_days: u32,
}

/// A code for the command line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CliCode {
    /// Good once.
    pub(crate) code: String,
    /// Seconds that it is good for.
    #[schema(example = 120)]
    pub(crate) expires_in: u64,
}

/// A code to be changed into a key.
#[expect(dead_code, reason = "a shape for the specification only")]
#[derive(ToSchema)]
pub(crate) struct CliExchange {
    /// From `POST /cli/auth/codes`.
    #[schema(min_length = 1, max_length = 512)]
    code: String,
    /// What the challenge was made from.
    #[schema(min_length = 1, max_length = 512)]
    code_verifier: String,
}

/// A key for the command line. It is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CliKey {
    /// The key in the clear.
    api_key: String,
    /// The project that was chosen.
    project_name: String,
    org_id: UuidText,
    key_id: UuidText,
    /// The first ten characters, to recognise it by.
    key_prefix: String,
    #[schema(required)]
    expires_at: Option<Time>,
}

impl CliKey {
    /// Shows the key that was made for work with `project`.
    pub(crate) fn new(made: MadeKey, project: Project) -> Self {
        let MadeKey { key, raw } = made;
        Self {
            api_key: raw.reveal().to_owned(),
            project_name: project.name,
            org_id: Id(project.org_id),
            key_id: Id(key.id),
            key_prefix: key.prefix,
            expires_at: key.expires_at.map(Time),
        }
    }
}
