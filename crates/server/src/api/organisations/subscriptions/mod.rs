//! `/organizations/{org_id}/subscriptions`

pub(crate) mod billing;
pub(crate) mod checkout;
pub(crate) mod get;
pub(crate) mod invoices;
pub(crate) mod portal;
pub(crate) mod usage;

use crate::errors::ApiError;

fn nothing_to_pay() -> ApiError {
    ApiError::forbidden(
        "This server has one plan, without limits and without cost: there is nothing to pay",
    )
}
