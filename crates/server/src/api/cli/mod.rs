//! `/cli`

pub(crate) mod codes;
pub(crate) mod exchange;

use pandaprobe_engine::cli_login::CliLoginError;

use crate::errors::{ApiError, FieldError, reserved_name};
use crate::security::credentials;

/// The answer to a login that comes to nothing; `gone` is the one about a
/// project that is not there.
fn refused(error: CliLoginError, gone: impl FnOnce() -> ApiError) -> ApiError {
    match error {
        CliLoginError::Refused => credentials::unauthorized("Invalid or expired code"),
        CliLoginError::ProjectGone => gone(),
        CliLoginError::ReservedLabel => {
            ApiError::invalid(vec![FieldError::new("label", reserved_name())])
        }
        CliLoginError::Random(error) => error.into(),
        CliLoginError::Store(error) => error.into(),
    }
}
