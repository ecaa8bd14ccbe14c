//! `/me`

pub(crate) mod accept_invitation;
pub(crate) mod decline_invitation;
pub(crate) mod get;
pub(crate) mod invitations;
