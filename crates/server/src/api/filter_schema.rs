//! `GET /filter-schema`: what can be filtered by.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::filter::{Entity, Field, Kind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Caller;
use crate::respond;

/// The filter language's fields, by what is filtered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilterSchema {
    /// For `GET /sessions`.
    sessions: EntitySchema,
    /// For `GET /traces`.
    traces: EntitySchema,
    /// For spans inside: `any(span: …)` and `count(span: …)`.
    spans: EntitySchema,
    /// For `GET /traces/users`.
    users: EntitySchema,
}

/// What one kind of thing can be filtered by.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntitySchema {
    fields: Vec<FieldSchema>,
    /// What `any()` and `count()` may look into.
    #[schema(example = json!(["trace", "span"]))]
    inside: Vec<&'static str>,
}

/// A field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldSchema {
    /// How it is written; a field with a key as `metadata.plan`.
    #[schema(example = "cost")]
    name: &'static str,
    /// Other ways to write it.
    aliases: &'static [&'static str],
    /// `text`, `texts`, `word`, `boolean`, `integer`, `money`, `duration`, `time`, `ago`,
    /// `metadata` or `score`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Whether it is written with a key.
    keyed: bool,
    /// What may stand between it and a value.
    operators: Vec<&'static str>,
    /// All values, where there are only a few.
    values: Option<&'static [&'static str]>,
    /// What it is.
    about: &'static str,
}

impl From<&'static Field> for FieldSchema {
    fn from(field: &'static Field) -> Self {
        let mut operators = vec![":", "!="];
        if field.kind.is_ordered() {
            operators.extend([">", ">=", "<", "<="]);
        }
        Self {
            name: field.name,
            aliases: field.aliases,
            kind: field.kind.name(),
            keyed: field.kind.has_key(),
            operators,
            values: match field.kind {
                Kind::Word(words) => Some(words),
                Kind::Flag => Some(&["true", "false"]),
                _ => None,
            },
            about: field.about,
        }
    }
}

impl From<Entity> for EntitySchema {
    fn from(entity: Entity) -> Self {
        Self {
            fields: entity.fields().iter().map(FieldSchema::from).collect(),
            inside: entity.inside().iter().map(|inside| inside.name()).collect(),
        }
    }
}

/// Describe the filter language
///
/// A filter is a text such as
/// `status:error user:alice cost:>0.5 duration:>30s (tag:prod OR tag:staging) -tag:test "refund"`.
/// Conditions that stand beside each other must all hold; `OR`, `NOT` (or `-`) and
/// brackets work as expected. `*` is a wildcard at either end of a text and, alone,
/// means that there is a value. `a..b` is a range, `(a, b)` any of several values.
/// `any(span: …)` and `count(span: …) > 20` look inside.
#[utoipa::path(
    get,
    path = "/filter-schema",
    operation_id = "filter_schema",
    tag = "filters",
    responses((status = 200, description = "The fields.", body = FilterSchema), ReadErrors),
)]
pub(crate) async fn filter_schema(_: Caller) -> Result<Response, ApiError> {
    let schema = FilterSchema {
        sessions: Entity::Session.into(),
        traces: Entity::Trace.into(),
        spans: Entity::Span.into(),
        users: Entity::User.into(),
    };
    Ok(respond::json(StatusCode::OK, &schema))
}
