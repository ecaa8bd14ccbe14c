//! What goes wrong, as clients see it. Every error leaves the server as
//! `application/problem+json` (RFC 9457) with a stable `code`.
//!
//! Which one to use where:
//! * a value in the body, the query, the path or a header is wrong: collect
//!   [`FieldError`]s and answer [`ApiError::invalid`], or [`ApiError::unprocessable`] when
//!   no single field is to blame;
//! * nothing is there: the store says `Ok(None)`, the handler [`ApiError::not_found`];
//! * the store or engine failed: `?` on its error. The table in `From<StoreError>`
//!   is the only place where that becomes a status. What clients read is fixed
//!   text; the cause goes to the log;
//! * a new `code` is rarely right: clients branch on them.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pandaprobe_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// One value that was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Where: names and positions joined by ` -> `; empty for the whole body.
    #[schema(example = "spans -> 0 -> name")]
    pub(crate) field: String,
    /// What was expected.
    #[schema(value_type = String, example = "Field required")]
    pub(crate) message: Cow<'static, str>,
}

impl FieldError {
    /// Returns the error `message` about `field`.
    pub(crate) fn new(field: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// The kinds of errors, for programs to branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErrorCode {
    /// A body cannot be decoded at all, for example because its compression is damaged.
    BadRequest,
    /// No key was given, or it is not valid.
    Unauthorized,
    /// The request came from where it must not.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The body is larger than the server allows.
    PayloadTooLarge,
    /// The body's encoding is not one the server knows.
    UnsupportedMediaType,
    /// A value is wrong; `errors` says which.
    ValidationError,
    /// The server has as much to do as it takes on; try again after `Retry-After`.
    Overloaded,
    /// The server's disk is full.
    StorageFull,
    /// The server failed.
    InternalError,
}

impl ErrorCode {
    fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::ValidationError => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Overloaded | Self::StorageFull => StatusCode::SERVICE_UNAVAILABLE,
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which the same request may succeed.
    fn retry_after(self) -> Option<&'static str> {
        match self {
            Self::Overloaded => Some("1"),
            Self::StorageFull => Some("30"),
            _ => None,
        }
    }
}

/// The body of every error answer (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "about:blank")]
    pub(crate) kind: &'static str,
    /// The status in words.
    #[schema(value_type = String, example = "Unprocessable Entity")]
    pub(crate) title: &'static str,
    /// The HTTP status again.
    #[schema(example = 422)]
    pub(crate) status: u16,
    /// What happened.
    #[schema(value_type = String, example = "Validation error")]
    pub(crate) detail: Cow<'static, str>,
    /// The kind of error, for programs.
    pub(crate) code: ErrorCode,
    /// The values that were wrong, if any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) errors: Vec<FieldError>,
}

/// An error on its way to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    code: ErrorCode,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
}

impl ApiError {
    /// Returns an error with a text that clients read.
    pub(crate) fn new(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    /// Values that break the schema: 422 with a list.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        Self {
            code: ErrorCode::ValidationError,
            detail: Cow::Borrowed("Validation error"),
            errors,
        }
    }

    /// A request that is well formed and still makes no sense: 422 with a text.
    pub(crate) fn unprocessable(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::ValidationError, detail)
    }

    /// Nothing there: 404.
    pub(crate) fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::NotFound, detail)
    }

    /// The server's own fault: 500 with a fixed text. Log the cause first.
    pub(crate) fn internal() -> Self {
        Self::new(ErrorCode::InternalError, "Internal Server Error")
    }

    /// Returns the body of the answer.
    pub(crate) fn problem(self) -> Problem {
        let status = self.code.status();
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.detail,
            code: self.code,
            errors: self.errors,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Overloaded => Self::new(
                ErrorCode::Overloaded,
                "The server is overloaded; nothing of this request was stored, try again shortly",
            ),
            StoreError::Closed => Self::new(
                ErrorCode::Overloaded,
                "The server is shutting down; nothing of this request was stored",
            ),
            StoreError::Full(cause) => {
                tracing::error!(%cause, "the disk is full");
                Self::new(
                    ErrorCode::StorageFull,
                    "The server's disk is full; nothing of this request was stored",
                )
            }
            StoreError::InUse(_)
            | StoreError::TooNew { .. }
            | StoreError::Inconsistent { .. }
            | StoreError::Backend(_) => {
                tracing::error!(cause = %error, "the store failed");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let code = self.code;
        let mut response = crate::respond::json(code.status(), &self.problem());
        let headers = response.headers_mut();
        let problem = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem);
        if let Some(seconds) = code.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(error: impl Into<ApiError>, status: u16, retry_after: Option<&str>) -> Response {
        let response = error.into().into_response();
        assert_eq!(response.status().as_u16(), status);
        let header = response.headers().get(header::RETRY_AFTER);
        assert_eq!(header.map(|value| value.to_str().unwrap()), retry_after);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
        response
    }

    #[test]
    fn every_failure_of_the_store_has_its_status() {
        check(StoreError::Overloaded, 503, Some("1"));
        check(StoreError::Closed, 503, Some("1"));
        check(StoreError::Full("x".into()), 503, Some("30"));
        check(StoreError::Backend("secret".into()), 500, None);
        check(StoreError::InUse("/data".into()), 500, None);
        check(StoreError::TooNew { found: 2, known: 1 }, 500, None);
        let row = StoreError::Inconsistent {
            table: "trace",
            row: 1,
            what: "x".into(),
        };
        check(row, 500, None);
    }

    #[test]
    fn causes_stay_in_the_log() {
        for error in [
            StoreError::Backend("secret".into()),
            StoreError::Full("secret".into()),
        ] {
            let body = serde_json::to_string(&ApiError::from(error).problem()).unwrap();
            assert!(!body.contains("secret"), "{body}");
        }
    }

    #[test]
    fn the_body_is_a_problem_document() {
        let error = ApiError::invalid(vec![FieldError::new("name", "Field required")]);
        assert_eq!(
            serde_json::to_string(&error.problem()).unwrap(),
            r#"{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"Validation error","code":"validation_error","errors":[{"field":"name","message":"Field required"}]}"#
        );
        let plain = serde_json::to_string(&ApiError::not_found("Not Found").problem()).unwrap();
        assert!(!plain.contains("errors"), "{plain}");
    }
}
