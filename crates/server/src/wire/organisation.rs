//! The organisation in answers and changes: who is in it, who is invited.

use pandaprobe_engine::organisation::Owner;
use pandaprobe_model::project::Organisation;
use serde::Serialize;
use utoipa::ToSchema;

use super::values::{Id, Time, UuidText};

/// What a user is in the organization.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Role {
    /// May do everything: users have no other role here, only keys can be narrowed.
    Owner,
}

/// An organization: it owns projects and keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Organization {
    id: UuidText,
    name: String,
    created_at: Time,
    role: Role,
}

impl From<Organisation> for Organization {
    fn from(organisation: Organisation) -> Self {
        let Organisation {
            id,
            name,
            created_at,
        } = organisation;
        Self {
            id: Id(id),
            name,
            created_at: Time(created_at),
            role: Role::Owner,
        }
    }
}

/// Changes to the organization: only members that are there count.
#[expect(dead_code, reason = "a shape for the specification only")]
#[derive(ToSchema)]
#[schema(example = json!({"name": "Acme"}))]
pub(crate) struct OrganizationUpdate {
    /// Letters, digits, spaces and `_ . ' -`, with a letter or digit at both
    /// ends. Null changes nothing.
    #[schema(min_length = 1, max_length = 255)]
    name: Option<String>,
}

/// A user in the organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Membership {
    id: UuidText,
    user_id: UuidText,
    org_id: UuidText,
    role: Role,
    display_name: &'static str,
    email: &'static str,
    created_at: Time,
}

impl From<Owner> for Membership {
    fn from(owner: Owner) -> Self {
        let Owner {
            user_id,
            membership_id,
            org_id,
            email,
            display_name,
            since,
        } = owner;
        Self {
            id: Id(membership_id),
            user_id: Id(user_id),
            org_id: Id(org_id),
            role: Role::Owner,
            display_name,
            email,
            created_at: Time(since),
        }
    }
}

/// All invitations there are.
pub(crate) const NO_INVITATIONS: [Invitation; 0] = [];

/// An invitation to the organization. There are none: nobody could accept one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Invitation {
    id: UuidText,
    org_id: UuidText,
    org_name: String,
    email: String,
    role: Role,
    status: String,
    invited_by: UuidText,
    inviter_display_name: String,
    inviter_email: String,
    created_at: Time,
    expires_at: Time,
}
