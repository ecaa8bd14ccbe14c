//! The fixed user in answers.

use pandaprobe_engine::organisation::Owner;
use serde::Serialize;
use utoipa::ToSchema;

use super::values::{Id, Time, UuidText};

/// A user of the server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    id: UuidText,
    /// No mail reaches it.
    email: &'static str,
    display_name: &'static str,
    created_at: Time,
    /// Null: keys are shown with every request, nobody signs in.
    #[schema(required)]
    last_sign_in_at: Option<Time>,
}

impl From<Owner> for User {
    fn from(owner: Owner) -> Self {
        let Owner {
            user_id,
            membership_id: _,
            org_id: _,
            email,
            display_name,
            since,
        } = owner;
        Self {
            id: Id(user_id),
            email,
            display_name,
            created_at: Time(since),
            last_sign_in_at: None,
        }
    }
}
