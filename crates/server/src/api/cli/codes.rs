//! `POST /cli/auth/codes`: a code for a command line that logs in.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_engine::cli_login::CODE_LIFE;
use pandaprobe_model::Timestamp;

use super::refused;
use crate::api::answers::{BodyErrors, ManageErrors, NotFound};
use crate::errors::ApiError;
use crate::extract::body::{RequestBody, read};
use crate::extract::member::{Manager, no_project, not_a_member};
use crate::respond;
use crate::wire::cli::{CliCode, CliCodeCreate};
use crate::wire::decode::cli;

/// Confirm a command line's login
///
/// A command line begins a login with a secret verifier and opens a page in the
/// browser with the verifier's hash (PKCE, RFC 7636). The page, whose user is logged in,
/// gets a code here and sends the browser back to the command line with it, which
/// changes the code into a key with `POST /cli/auth/exchange`.
#[utoipa::path(
    post,
    path = "/cli/auth/codes",
    operation_id = "create_cli_code",
    tag = "cli",
    request_body = CliCodeCreate,
    responses(
        (status = 201, description = "A code, good once and for two minutes.", body = CliCode),
        NotFound,
        ManageErrors,
        BodyErrors,
    ),
)]
pub(crate) async fn codes(manager: Manager, body: RequestBody) -> Result<Response, ApiError> {
    let (org_id, login) = read(body.bytes, cli::code).await?;
    let engine = manager.engine();
    if engine.organisation_id().await? != org_id {
        return Err(not_a_member());
    }
    let project = login.project;
    let code = engine.start_cli_login(login, Timestamp::now()).await;
    let code = CliCode {
        code: code.map_err(|error| refused(error, || no_project(project)))?,
        expires_in: CODE_LIFE.as_secs(),
    };
    Ok(respond::secret(StatusCode::CREATED, &code))
}
