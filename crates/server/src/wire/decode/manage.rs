//! What is to be made of and done to the organisation, its projects and keys.

use bytes::Bytes;
use pandaprobe_engine::keys::{KeyRequest, in_90_days};
use pandaprobe_model::Timestamp;
use pandaprobe_model::project::{Access, NAME_RULE, valid_name};
use uuid::Uuid;

use super::members::{Slot, members};
use super::scalar::{Reader, given};
use super::{Rejected, object};
use crate::wire::words::Expiration;

members! {
    /// The members of a change to the organisation.
    OrganisationUpdateMembers { name }
}

members! {
    /// The members of a project to be made, or of a change to one.
    ProjectMembers { name, description }
}

members! {
    /// The members of a key to be made.
    KeyMembers { name, expiration, project_id, access }
}

/// Reads the organisation's new name, if it is to have one.
pub(crate) fn organisation(body: &Bytes) -> Result<Option<String>, Rejected> {
    object(body, |read, members: OrganisationUpdateMembers<'_>| {
        let OrganisationUpdateMembers { name } = members;
        Some(new_name(read, name))
    })
}

/// A project to be made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NewProject {
    /// Trimmed.
    pub(crate) name: String,
    /// At most 2,000 characters.
    pub(crate) description: String,
}

/// Reads a project to be made.
pub(crate) fn project(body: &Bytes) -> Result<NewProject, Rejected> {
    object(body, |read, members: ProjectMembers<'_>| {
        let ProjectMembers { name, description } = members;
        let name = tenant_name(read, name);
        let description = description.map(|value| self::description(read, Some(value)));
        Some(NewProject {
            name: name?,
            description: description.unwrap_or_else(|| Some(String::new()))?,
        })
    })
}

/// What is to change about a project.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ProjectPatch {
    /// Trimmed.
    pub(crate) name: Option<String>,
    /// At most 2,000 characters.
    pub(crate) description: Option<String>,
}

/// Reads a change to a project.
pub(crate) fn project_patch(body: &Bytes) -> Result<ProjectPatch, Rejected> {
    object(body, |read, members: ProjectMembers<'_>| {
        let ProjectMembers { name, description } = members;
        Some(ProjectPatch {
            name: new_name(read, name),
            description: given(description).and_then(|value| self::description(read, Some(value))),
        })
    })
}

/// Reads a key to be made at the time `now`.
pub(crate) fn key(body: &Bytes, now: Timestamp) -> Result<KeyRequest, Rejected> {
    object(body, |read, members: KeyMembers<'_>| {
        let KeyMembers {
            name,
            expiration,
            project_id,
            access,
        } = members;
        let name = read.text("name", name, 1..=255);
        let expiration = read.word("expiration", expiration);
        let project = read.id("project_id", given(project_id), uuid);
        let access = read.word("access", access);
        Some(KeyRequest {
            name: name?,
            expires_at: match expiration.unwrap_or(Expiration::Never) {
                Expiration::Never => None,
                Expiration::NinetyDays => Some(in_90_days(now)),
            },
            project,
            access: access.unwrap_or(Access::Full),
        })
    })
}

pub(super) fn uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok()
}

fn new_name(read: &mut Reader<'_>, slot: Slot<'_>) -> Option<String> {
    let value = given(slot)?;
    tenant_name(read, Some(value))
}

/// The name of an organisation or a project, required.
fn tenant_name(read: &mut Reader<'_>, slot: Slot<'_>) -> Option<String> {
    let text = read.text("name", slot, 0..=usize::MAX)?;
    let name = valid_name(&text).map(str::to_owned);
    if name.is_none() {
        read.wrong("name", format!("A name {NAME_RULE}"));
    }
    name
}

fn description(read: &mut Reader<'_>, slot: Slot<'_>) -> Option<String> {
    read.text("description", slot, 0..=2_000)
}
