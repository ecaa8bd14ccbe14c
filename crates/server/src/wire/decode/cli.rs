//! Logging a command line in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use pandaprobe_engine::cli_login::CliLogin;
use uuid::Uuid;

use super::manage::uuid;
use super::members::{Slot, members};
use super::scalar::Reader;
use super::{Rejected, object};
use crate::wire::words::ChallengeMethod;

members! {
    /// The members of a login that a command line began.
    CodeMembers {
        org_id, project_id, code_challenge, code_challenge_method, label, expires_days,
    }
}

members! {
    /// The members of a code to be changed into a key.
    ExchangeMembers { code, code_verifier }
}

/// Reads a login and the organisation that it is for.
pub(crate) fn code(body: &Bytes) -> Result<(Uuid, CliLogin), Rejected> {
    object(body, |read, members: CodeMembers<'_>| {
        let CodeMembers {
            org_id,
            project_id,
            code_challenge,
            code_challenge_method: method,
            label,
            expires_days,
        } = members;
        let org_id = read.required_id("org_id", org_id, uuid);
        let project = read.required_id("project_id", project_id, uuid);
        let challenge = challenge(read, code_challenge);
        // There is one method: only that it is no other has to be seen.
        read.word::<ChallengeMethod>("code_challenge_method", method);
        let label = read.text("label", label, 1..=255);
        ninety(read, expires_days);
        let login = CliLogin {
            project: project?,
            challenge: challenge?,
            label: label?,
        };
        Some((org_id?, login))
    })
}

/// Reads a code and its verifier.
pub(crate) fn exchange(body: &Bytes) -> Result<(String, String), Rejected> {
    object(body, |read, members: ExchangeMembers<'_>| {
        let ExchangeMembers {
            code,
            code_verifier: verifier,
        } = members;
        let code = read.text("code", code, 1..=512);
        let verifier = read.text("code_verifier", verifier, 1..=512);
        Some((code?, verifier?))
    })
}

fn challenge(read: &mut Reader<'_>, slot: Slot<'_>) -> Option<[u8; 32]> {
    let text = read.text("code_challenge", slot, 0..=usize::MAX)?;
    let decoded = URL_SAFE_NO_PAD.decode(text).ok();
    let hash = decoded.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    if hash.is_none() {
        let message = "Input should be a SHA-256 hash in base64url without padding";
        read.wrong("code_challenge", message);
    }
    hash
}

/// Notes an error unless the number of days is absent or the only one there is.
fn ninety(read: &mut Reader<'_>, slot: Slot<'_>) {
    let days = slot.map(|value| value.get().parse::<f64>());
    if days.is_some_and(|days| days != Ok(90.0)) {
        read.wrong("expires_days", "Input should be 90");
    }
}
