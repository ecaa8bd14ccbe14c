//! Who asks, and about which project.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use pandaprobe_engine::Engine;
use pandaprobe_model::project::{NAME_RULE, Project, valid_name};
use pandaprobe_store::Store;
use uuid::Uuid;

use crate::errors::ApiError;
use crate::security::credentials;
use crate::security::rights::{self, Rights};
use crate::state::App;

const PROJECT_NAME: HeaderName = HeaderName::from_static("x-project-name");
const PROJECT_ID: HeaderName = HeaderName::from_static("x-project-id");
const ORGANISATION_ID: HeaderName = HeaderName::from_static("x-organization-id");

/// The project of requests that name none, where no key is needed.
const DEFAULT_PROJECT: &str = "default";

/// A caller who may use the organisation, and use this method.
#[derive(Debug)]
pub(crate) struct Caller {
    app: App,
    rights: Rights,
}

impl Caller {
    /// Returns the engine, for writing.
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.app.engine
    }

    /// Returns the store, for queries.
    pub(crate) fn store(&self) -> &dyn Store {
        self.app.engine.store()
    }

    /// Returns what the caller may do.
    pub(crate) fn rights(&self) -> Rights {
        self.rights
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let rights = credentials::require(app, &parts.headers).await?;
        rights.allow_method(&parts.method)?;
        our_organisation(app, &parts.headers).await?;
        let app = app.clone();
        Ok(Self { app, rights })
    }
}

/// Clients may name the organisation; there is only one to be named.
async fn our_organisation(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(value) = headers.get(ORGANISATION_ID) else {
        return Ok(());
    };
    let id = uuid(value)
        .ok_or_else(|| ApiError::unprocessable("X-Organization-ID must be a valid UUID"))?;
    if app.engine.organisation_id().await? == id {
        return Ok(());
    }
    let detail = "You are not a member of the organization that X-Organization-ID names";
    Err(credentials::unauthorized(detail))
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
        self.caller.engine()
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
        let project = match caller.rights.project() {
            Some(own) => Named::Known(own_project(app, own, &parts.headers).await?),
            None => any_project(app, &parts.headers).await?,
        };
        Ok(Self { caller, project })
    }
}

async fn any_project(app: &App, headers: &HeaderMap) -> Result<Named, ApiError> {
    if let Some(value) = headers.get(PROJECT_NAME) {
        return Ok(Named::Name(project_name(value)?));
    }
    if let Some(value) = headers.get(PROJECT_ID) {
        let project = app.engine.project_with_id(project_id(value)?).await?;
        let foreign =
            || ApiError::unprocessable("X-Project-ID does not belong to this organization");
        return project.map(Named::Known).ok_or_else(foreign);
    }
    if app.settings.keys_required {
        return Err(ApiError::unprocessable(
            "Project scope required: name the project in the X-Project-Name header",
        ));
    }
    Ok(Named::Name(DEFAULT_PROJECT.to_owned()))
}

/// The project of a key that opens no other, which need not be named.
async fn own_project(app: &App, own: Uuid, headers: &HeaderMap) -> Result<Project, ApiError> {
    let project = app.engine.project_with_id(own).await?;
    let project = project.ok_or_else(rights::project_gone)?;
    let meant = if let Some(value) = headers.get(PROJECT_NAME) {
        project_name(value)? == project.name
    } else if let Some(value) = headers.get(PROJECT_ID) {
        project_id(value)? == project.id
    } else {
        true
    };
    if meant {
        Ok(project)
    } else {
        Err(rights::other_project(&project.name))
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

fn project_id(value: &HeaderValue) -> Result<Uuid, ApiError> {
    uuid(value).ok_or_else(|| ApiError::unprocessable("X-Project-ID must be a valid UUID"))
}

fn uuid(value: &HeaderValue) -> Option<Uuid> {
    Uuid::try_parse(value.to_str().ok()?.trim()).ok()
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
