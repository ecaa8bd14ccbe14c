//! The error answers that endpoints share, for the specification.

#![expect(dead_code, reason = "shapes for the specification only")]

use utoipa::IntoResponses;

use crate::errors::Problem;

/// What reading can answer besides success.
#[derive(IntoResponses)]
pub(crate) enum ReadErrors {
    /// A key is required and none was given, or it is not valid.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// The `Host` or `Origin` is foreign.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// A value is wrong; `errors` says which.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// The server failed; the cause is in its log.
    #[response(status = 500, content_type = "application/problem+json")]
    Failed(Problem),
    /// The server is overloaded or shutting down; try again after `Retry-After` seconds.
    #[response(status = 503, content_type = "application/problem+json")]
    Overloaded(Problem),
}

/// What taking in data can answer besides success.
#[derive(IntoResponses)]
pub(crate) enum WriteErrors {
    /// The body does not decompress as its `Content-Encoding` says.
    #[response(status = 400, content_type = "application/problem+json")]
    Damaged(Problem),
    /// A key is required and none was given, or it is not valid.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// The `Host` or `Origin` is foreign.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// The body is larger than the limit that `detail` names.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The `Content-Encoding` is not known.
    #[response(status = 415, content_type = "application/problem+json")]
    UnknownEncoding(Problem),
    /// A value is wrong; `errors` says which.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// The server failed; the cause is in its log.
    #[response(status = 500, content_type = "application/problem+json")]
    Failed(Problem),
    /// The server is overloaded, its disk is full, or it is shutting down; nothing
    /// was stored. Try again after `Retry-After` seconds.
    #[response(status = 503, content_type = "application/problem+json")]
    Overloaded(Problem),
}

/// There is no such thing.
#[derive(IntoResponses)]
#[response(status = 404, content_type = "application/problem+json")]
pub(crate) struct NotFound(Problem);
