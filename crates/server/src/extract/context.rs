//! Who asks, and about which project.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use pandaprobe_engine::Engine;
use pandaprobe_model::project::{NAME_RULE, Project, valid_name};
use pandaprobe_store::Store;
use uuid::Uuid;

use crate::errors::ApiError;
use crate::security::credentials;
use crate::state::App;

const PROJECT_NAME: HeaderName = HeaderName::from_static("x-project-name");
const PROJECT_ID: HeaderName = HeaderName::from_static("x-project-id");

/// The project of requests that name none, where no key is needed.
const DEFAULT_PROJECT: &str = "default";

/// A caller who may use the organisation.
#[derive(Debug)]
pub(crate) struct Caller {
    app: App,
}

impl Caller {
    /// Returns the store, for queries.
    pub(crate) fn store(&self) -> &dyn Store {
        self.app.engine.store()
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        credentials::require(app, &parts.headers).await?;
        Ok(Self { app: app.clone() })
    }
}

/// A caller and the project that the request is about.
#[derive(Debug)]
pub(crate) struct Scope {
    caller: Caller,
    project: Named,
}

#[derive(Debug)]
enum Named {
    Name(String),
    Known(Project),
}

impl Scope {
    /// Returns the engine, for writing.
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.caller.app.engine
    }

    /// Returns the store, for queries.
    pub(crate) fn store(&self) -> &dyn Store {
        self.caller.store()
    }

    /// Returns the project for reading; `None` if nothing was ever written to it.
    pub(crate) async fn project(&self) -> Result<Option<Project>, ApiError> {
        match &self.project {
            Named::Known(project) => Ok(Some(project.clone())),
            Named::Name(name) => Ok(self.engine().find_project(name).await?),
        }
    }

    /// Returns the project for writing, made if need be.
    pub(crate) async fn writable_project(&self) -> Result<Project, ApiError> {
        match &self.project {
            Named::Known(project) => Ok(project.clone()),
            Named::Name(name) => Ok(self.engine().ensure_project(name).await?),
        }
    }
}

impl FromRequestParts<App> for Scope {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let headers = &parts.headers;
        let project = if let Some(value) = headers.get(PROJECT_NAME) {
            Named::Name(project_name(value)?)
        } else if let Some(value) = headers.get(PROJECT_ID) {
            Named::Known(project_with_id(app, value).await?)
        } else if app.settings.keys_required {
            return Err(ApiError::unprocessable(
                "Project scope required: name the project in the X-Project-Name header",
            ));
        } else {
            Named::Name(DEFAULT_PROJECT.to_owned())
        };
        Ok(Self { caller, project })
    }
}

fn project_name(value: &HeaderValue) -> Result<String, ApiError> {
    // Clients send UTF-8 or, as browsers do, Latin-1.
    let text = match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    };
    match valid_name(&text) {
        Some(name) => Ok(name.to_owned()),
        None => Err(ApiError::unprocessable(format!(
            "X-Project-Name {NAME_RULE}"
        ))),
    }
}

async fn project_with_id(app: &App, value: &HeaderValue) -> Result<Project, ApiError> {
    let id = value
        .to_str()
        .ok()
        .and_then(|text| Uuid::try_parse(text.trim()).ok());
    let id = id.ok_or_else(|| ApiError::unprocessable("X-Project-ID must be a valid UUID"))?;
    let project = app.engine.project_with_id(id).await?;
    project
        .ok_or_else(|| ApiError::unprocessable("X-Project-ID does not belong to this organization"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_names_come_as_utf8_or_latin1() {
        let name = |bytes: &[u8]| project_name(&HeaderValue::from_bytes(bytes).unwrap());
        assert_eq!(name(b"  my project ").unwrap(), "my project");
        assert_eq!(name("café".as_bytes()).unwrap(), "café");
        assert_eq!(name(b"caf\xe9").unwrap(), "café");
        assert!(name(b"").is_err());
        assert!(name(b"../etc").is_err());
    }
}
