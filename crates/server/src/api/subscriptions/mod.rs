//! `/subscriptions`

pub(crate) mod plans;
