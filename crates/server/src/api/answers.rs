//! The answers that endpoints share. Those about errors are for the
//! specification only.

use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use crate::errors::Problem;

/// How many traces were deleted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deleted {
    /// Traces.
    pub(crate) deleted: u64,
}

/// How many there are of what was to be changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Updated {
    /// Changed or not.
    pub(crate) updated: u64,
}

/// What reading can answer besides success.
#[expect(dead_code, reason = "for the specification only")]
#[derive(IntoResponses)]
pub(crate) enum ReadErrors {
    /// A key is required and none was given, or it is not valid.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// The `Host` or `Origin` is foreign, or the key does not allow it.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// A value is wrong; `errors` says which.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// More requests than the rate limit allows; try again after `Retry-After` seconds.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(Problem),
    /// The server failed; the cause is in its log.
    #[response(status = 500, content_type = "application/problem+json")]
    Failed(Problem),
    /// The server is overloaded or shutting down; try again after `Retry-After` seconds.
    #[response(status = 503, content_type = "application/problem+json")]
    Overloaded(Problem),
}

/// What taking in data can answer besides success.
#[expect(dead_code, reason = "for the specification only")]
#[derive(IntoResponses)]
pub(crate) enum WriteErrors {
    /// The body does not decompress as its `Content-Encoding` says.
    #[response(status = 400, content_type = "application/problem+json")]
    Damaged(Problem),
    /// A key is required and none was given, or it is not valid.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// The `Host` or `Origin` is foreign, or the key does not allow it.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// The body stopped coming.
    #[response(status = 408, content_type = "application/problem+json")]
    Stalled(Problem),
    /// The project was deleted meanwhile; nothing was stored.
    #[response(status = 409, content_type = "application/problem+json")]
    ProjectDeleted(Problem),
    /// The body is larger than the limit that `detail` names.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The `Content-Encoding` is not known.
    #[response(status = 415, content_type = "application/problem+json")]
    UnknownEncoding(Problem),
    /// A value is wrong; `errors` says which.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// More requests than the rate limit allows; try again after `Retry-After` seconds.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(Problem),
    /// The server failed; the cause is in its log.
    #[response(status = 500, content_type = "application/problem+json")]
    Failed(Problem),
    /// The server is overloaded, its disk is full, or it is shutting down; nothing
    /// was stored. Try again after `Retry-After` seconds.
    #[response(status = 503, content_type = "application/problem+json")]
    Overloaded(Problem),
}

/// What a command without a body can answer besides success.
#[expect(dead_code, reason = "for the specification only")]
#[derive(IntoResponses)]
pub(crate) enum CommandErrors {
    /// A key is required and none was given, or it is not valid.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// The `Host` or `Origin` is foreign, or the key does not allow it.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// The project was deleted meanwhile.
    #[response(status = 409, content_type = "application/problem+json")]
    ProjectDeleted(Problem),
    /// A value is wrong; `errors` says which.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// More requests than the rate limit allows; try again after `Retry-After` seconds.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(Problem),
    /// The server failed; the cause is in its log.
    #[response(status = 500, content_type = "application/problem+json")]
    Failed(Problem),
    /// The server is overloaded, its disk is full, or it is shutting down; nothing
    /// was changed. Try again after `Retry-After` seconds.
    #[response(status = 503, content_type = "application/problem+json")]
    Overloaded(Problem),
}

/// What managing without a body can answer besides success.
#[expect(dead_code, reason = "for the specification only")]
#[derive(IntoResponses)]
pub(crate) enum ManageErrors {
    /// A key is required and none was given, or it is not valid; or
    /// `X-Organization-ID` names another organization.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// The `Host` or `Origin` is foreign, the key does not allow it, the organization
    /// in the path is another one, or nobody may do it: `detail` says which.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// A value is wrong; `errors` says which.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// More requests than the rate limit allows; try again after `Retry-After` seconds.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(Problem),
    /// The server failed; the cause is in its log.
    #[response(status = 500, content_type = "application/problem+json")]
    Failed(Problem),
    /// The server is overloaded, its disk is full, or it is shutting down; nothing
    /// was changed. Try again after `Retry-After` seconds.
    #[response(status = 503, content_type = "application/problem+json")]
    Overloaded(Problem),
}

/// What reading a body can answer besides success.
#[expect(dead_code, reason = "for the specification only")]
#[derive(IntoResponses)]
pub(crate) enum BodyErrors {
    /// The body does not decompress as its `Content-Encoding` says.
    #[response(status = 400, content_type = "application/problem+json")]
    Damaged(Problem),
    /// The body stopped coming.
    #[response(status = 408, content_type = "application/problem+json")]
    Stalled(Problem),
    /// The body is larger than the limit that `detail` names.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The `Content-Encoding` is not known.
    #[response(status = 415, content_type = "application/problem+json")]
    UnknownEncoding(Problem),
}

/// Another one has the name.
#[expect(dead_code, reason = "for the specification only")]
#[derive(IntoResponses)]
#[response(status = 409, content_type = "application/problem+json")]
pub(crate) struct NameTaken(Problem);

/// There is no such thing.
#[expect(dead_code, reason = "for the specification only")]
#[derive(IntoResponses)]
#[response(status = 404, content_type = "application/problem+json")]
pub(crate) struct NotFound(Problem);

/// The `Host` or `Origin` is foreign.
#[expect(dead_code, reason = "for the specification only")]
#[derive(IntoResponses)]
#[response(status = 403, content_type = "application/problem+json")]
pub(crate) struct ForeignPlace(Problem);

/// More requests than the rate limit allows; try again after `Retry-After` seconds.
#[expect(dead_code, reason = "for the specification only")]
#[derive(IntoResponses)]
#[response(status = 429, content_type = "application/problem+json")]
pub(crate) struct RateLimited(Problem);
