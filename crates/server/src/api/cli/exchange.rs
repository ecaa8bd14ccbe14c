//! `POST /cli/auth/exchange`: changes a code into a key.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::Timestamp;

use super::refused;
use crate::api::answers::WriteErrors;
use crate::errors::{ApiError, ErrorCode};
use crate::extract::body::{RequestBody, read};
use crate::respond;
use crate::state::App;
use crate::wire::cli::{CliExchange, CliKey};
use crate::wire::decode::cli;

/// Log a command line in
///
/// Changes a code into a key of the organization that lives 90 days. Needs no key: the
/// code and its verifier stand for one. A code that is unknown, used or too old and a
/// verifier that does not fit are all answered alike; the latter leaves the code in place.
#[utoipa::path(
    post,
    path = "/cli/auth/exchange",
    operation_id = "exchange_cli_code",
    tag = "cli",
    request_body = CliExchange,
    responses(
        (status = 200, description = "The key, shown this once.", body = CliKey),
        WriteErrors,
    ),
    security(()),
)]
pub(crate) async fn exchange(
    State(app): State<App>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let (code, verifier) = read(body.bytes, cli::exchange).await?;
    let login = app
        .engine
        .finish_cli_login(&code, &verifier, Timestamp::now());
    let gone = || ApiError::new(ErrorCode::Conflict, "The project was deleted meanwhile");
    let (made, project) = login.await.map_err(|error| refused(error, gone))?;
    Ok(respond::secret(StatusCode::OK, &CliKey::new(made, project)))
}
