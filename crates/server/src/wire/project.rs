//! Projects in answers, wishes and changes.

use pandaprobe_model::project;
use serde::Serialize;
use utoipa::ToSchema;

use super::values::{Id, Time, UuidText};

/// A project: the boundary of data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Project {
    id: UuidText,
    org_id: UuidText,
    /// Unique; requests name it in `X-Project-Name`.
    name: String,
    description: String,
    created_at: Time,
}

impl From<project::Project> for Project {
    fn from(project: project::Project) -> Self {
        let project::Project {
            key: _,
            id,
            org_id,
            name,
            description,
            created_at,
        } = project;
        Self {
            id: Id(id),
            org_id: Id(org_id),
            name,
            description,
            created_at: Time(created_at),
        }
    }
}

/// A project to be made.
#[expect(dead_code, reason = "a shape for the specification only")]
#[derive(ToSchema)]
#[schema(example = json!({"name": "checkout", "description": "The agent behind the till"}))]
pub(crate) struct ProjectCreate {
    /// Letters, digits, spaces and `_ . ' -`, with a letter or digit at both
    /// ends. No other project may have it.
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    /// Empty when absent.
    #[schema(required = false, max_length = 2000)]
    description: String,
}

/// Changes to a project: only members that are there count.
#[expect(dead_code, reason = "a shape for the specification only")]
#[derive(ToSchema)]
#[schema(example = json!({"name": "till"}))]
pub(crate) struct ProjectUpdate {
    /// As when it is made. Null changes nothing.
    #[schema(min_length = 1, max_length = 255)]
    name: Option<String>,
    /// Null changes nothing.
    #[schema(max_length = 2000)]
    description: Option<String>,
}
