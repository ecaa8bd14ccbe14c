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
use pandaprobe_engine::keys::{NewKeyError, NoRandomness, RESERVED_NAME};
use pandaprobe_model::filter::FilterError;
use pandaprobe_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong with the id of a project that is not there.
pub(crate) const NO_PROJECT: &str = "There is no such project";

/// What is wrong with the one name that keys may not have.
pub(crate) fn reserved_name() -> String {
    format!("The name '{RESERVED_NAME}' is kept for the key that the server's settings give")
}

/// One value that was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Where: names and positions joined by ` -> `; empty for the whole body.
    #[schema(example = "spans -> 0 -> name")]
    pub(crate) field: String,
    /// What was expected.
    #[schema(value_type = String, example = "Field required")]
    pub(crate) message: Cow<'static, str>,
    /// In a filter: where the mistake begins, in characters from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = usize)]
    pub(crate) position: Option<usize>,
    /// In a filter: how many characters it covers; 0 at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = usize)]
    pub(crate) length: Option<usize>,
    /// What it was probably meant to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = String)]
    pub(crate) nearest: Option<String>,
}

impl FieldError {
    /// Returns the error `message` about `field`.
    pub(crate) fn new(field: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            position: None,
            length: None,
            nearest: None,
        }
    }

    /// Returns what is wrong with the filter that `field` holds.
    pub(crate) fn filter(field: impl Into<String>, error: FilterError) -> Self {
        let hint = error.nearest.as_ref();
        let hint = hint.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
        let message = format!("{} at position {}{hint}", error.message, error.at);
        Self {
            position: Some(error.at),
            length: Some(error.len),
            nearest: error.nearest,
            ..Self::new(field, message)
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
    /// The request came from where it must not, the key does not allow it, or nobody may do it.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The body stopped coming.
    RequestTimeout,
    /// What is there stands in the way: a name is taken, a project was deleted meanwhile.
    Conflict,
    /// The body is larger than the server allows.
    PayloadTooLarge,
    /// The body's encoding is not one the server knows.
    UnsupportedMediaType,
    /// A value is wrong; `errors` says which.
    ValidationError,
    /// More requests than the rate limit allows; try again after `Retry-After`.
    TooManyRequests,
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
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::ValidationError => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Overloaded | Self::StorageFull => StatusCode::SERVICE_UNAVAILABLE,
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which the same request may succeed.
    fn retry_after(self) -> Option<u64> {
        match self {
            Self::Overloaded => Some(1),
            Self::StorageFull => Some(30),
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
    /// `detail` again when a rate limit was exceeded: older clients look for it here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = String, nullable = false)]
    pub(crate) error: Option<Cow<'static, str>>,
}

/// An error on its way to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    code: ErrorCode,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    /// Seconds after which the same request may succeed.
    retry_after: Option<u64>,
}

impl ApiError {
    /// Returns an error with a text that clients read.
    pub(crate) fn new(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: code.retry_after(),
        }
    }

    /// Values that break the schema: 422 with a list.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::new(ErrorCode::ValidationError, "Validation error")
        }
    }

    /// A request that is well formed and still makes no sense: 422 with a text.
    pub(crate) fn unprocessable(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::ValidationError, detail)
    }

    /// What is never allowed, or not with this key: 403.
    pub(crate) fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::Forbidden, detail)
    }

    /// Too many requests: 429, to be tried again after `seconds`.
    pub(crate) fn too_many(detail: String, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::new(ErrorCode::TooManyRequests, detail)
        }
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
        let limited = self.code == ErrorCode::TooManyRequests;
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            error: limited.then(|| self.detail.clone()),
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
            StoreError::NoProject => Self::new(
                ErrorCode::Conflict,
                "The project was deleted meanwhile; nothing of this request was stored",
            ),
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

impl From<NewKeyError> for ApiError {
    fn from(error: NewKeyError) -> Self {
        match error {
            NewKeyError::ReservedName => {
                Self::invalid(vec![FieldError::new("name", reserved_name())])
            }
            NewKeyError::NoProject => {
                Self::invalid(vec![FieldError::new("project_id", NO_PROJECT)])
            }
            NewKeyError::Random(error) => error.into(),
            NewKeyError::Store(error) => error.into(),
        }
    }
}

impl From<NoRandomness> for ApiError {
    fn from(error: NoRandomness) -> Self {
        tracing::error!(%error, "a key or code could not be made");
        Self::internal()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (code, retry_after) = (self.code, self.retry_after);
        let mut response = crate::respond::json(code.status(), &self.problem());
        let headers = response.headers_mut();
        let problem = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem);
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
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
        check(StoreError::NoProject, 409, None);
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
        assert!(!plain.contains("error"), "{plain}");
        let limited = ApiError::too_many("Rate limit exceeded: 1 per 1 minute".to_owned(), 7);
        let body = serde_json::to_value(limited.clone().problem()).unwrap();
        assert_eq!(body["error"], body["detail"]);
        check(limited, 429, Some("7"));
    }
}
