//! Who manages: a caller, the organisation that the path names, and what of it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use pandaprobe_engine::Engine;
use pandaprobe_model::project::{ApiKey, Organisation, Project};
use pandaprobe_store::Store;
use uuid::Uuid;

use super::context::Caller;
use crate::errors::{ApiError, FieldError};
use crate::security::rights::{self, Rights};
use crate::state::App;
use crate::wire::decode::NOT_A_UUID;

/// A caller and the organisation in the path, for reading.
#[derive(Debug)]
pub(crate) struct Member {
    caller: Caller,
    /// The organisation that `org_id` names.
    pub(crate) organisation: Organisation,
}

impl Member {
    /// Returns the engine, for decisions.
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        self.caller.engine()
    }

    /// Returns the store, for queries.
    pub(crate) fn store(&self) -> &dyn Store {
        self.caller.store()
    }

    /// Returns what the caller may do.
    pub(crate) fn rights(&self) -> Rights {
        self.caller.rights()
    }

    /// Finds a project that the caller may see: 403 if it is another one's, 404
    /// if there is none.
    pub(crate) async fn project(&self, id: Uuid) -> Result<Project, ApiError> {
        if let Some(own) = self.rights().project()
            && own != id
        {
            return Err(self.elsewhere(own).await?);
        }
        let project = self.engine().project_with_id(id).await?;
        project.ok_or_else(|| no_project(id))
    }

    /// Whether the caller may see a key: who opens one project sees the keys
    /// for it alone.
    pub(crate) fn may_see(&self, key: &ApiKey) -> bool {
        let own = self.rights().project();
        own.is_none() || own == key.project
    }

    /// Finds a key that the caller may see: 403 if it may not, there or not,
    /// and 404 if there is none.
    pub(crate) async fn api_key(&self, id: Uuid) -> Result<ApiKey, ApiError> {
        let key = self.engine().key_with_id(id).await?;
        match (key, self.rights().project()) {
            (Some(key), _) if self.may_see(&key) => Ok(key),
            (_, Some(own)) => Err(self.elsewhere(own).await?),
            (_, None) => Err(no_key(id)),
        }
    }

    /// The refusal of what lies outside of the project `own`.
    async fn elsewhere(&self, own: Uuid) -> Result<ApiError, ApiError> {
        let own = self.engine().project_with_id(own).await?;
        Ok(own.map_or_else(rights::project_gone, |own| rights::other_project(&own.name)))
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        member(caller, parts, app).await
    }
}

async fn member(caller: Caller, parts: &mut Parts, app: &App) -> Result<Member, ApiError> {
    let id = id(parts, app, "org_id").await?;
    let organisation = caller.store().organisation().await?;
    if organisation.id != id {
        return Err(not_a_member());
    }
    Ok(Member {
        caller,
        organisation,
    })
}

/// A caller who may change the organisation.
#[derive(Debug)]
pub(crate) struct Manager(Caller);

impl Manager {
    /// Returns the engine, for writing.
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        self.0.engine()
    }
}

impl FromRequestParts<App> for Manager {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        caller.rights().allow_managing()?;
        Ok(Self(caller))
    }
}

/// A caller who may change the organisation in the path.
#[derive(Debug)]
pub(crate) struct Owner(Member);

impl Owner {
    /// Returns the engine, for writing.
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        self.0.engine()
    }

    /// Returns the store, for queries.
    pub(crate) fn store(&self) -> &dyn Store {
        self.0.store()
    }

    /// Returns the organisation that `org_id` names.
    pub(crate) fn organisation(&self) -> &Organisation {
        &self.0.organisation
    }
}

impl FromRequestParts<App> for Owner {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Manager(caller) = Manager::from_request_parts(parts, app).await?;
        member(caller, parts, app).await.map(Self)
    }
}

/// The answer to an organisation that is not this server's.
pub(crate) fn not_a_member() -> ApiError {
    ApiError::forbidden("You are not a member of this organization")
}

/// The answer to a project that is not there.
pub(crate) fn no_project(id: Uuid) -> ApiError {
    ApiError::not_found(format!("Project {id} not found"))
}

/// The answer to a key that is not there.
pub(crate) fn no_key(id: Uuid) -> ApiError {
    ApiError::not_found(format!("API key {id} not found"))
}

/// The answer to any invitation.
pub(crate) fn no_invitation(id: Uuid) -> ApiError {
    ApiError::not_found(format!("Invitation {id} not found"))
}

/// The id that the path has under `name`.
async fn id(parts: &mut Parts, app: &App, name: &str) -> Result<Uuid, ApiError> {
    let invalid =
        |message| ApiError::invalid(vec![FieldError::new(format!("path -> {name}"), message)]);
    let path = RawPathParams::from_request_parts(parts, app).await;
    // Only percent-encoded bytes that are no UTF-8 get here as an error.
    let path = path.map_err(|_| invalid("Input should be valid UTF-8"))?;
    let text = path.iter().find(|(known, _)| *known == name);
    text.and_then(|(_, text)| Uuid::try_parse(text).ok())
        .ok_or_else(|| invalid(NOT_A_UUID))
}

macro_rules! path_ids {
    ($($(#[$doc:meta])* $type:ident($name:literal);)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $type(pub(crate) Uuid);

        impl FromRequestParts<App> for $type {
            type Rejection = ApiError;
            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
                id(parts, app, $name).await.map(Self)
            }
        }
    )+};
}

path_ids! {
    /// A project's id.
    ProjectPath("project_id");
    /// A key's id.
    KeyPath("key_id");
    /// A user's id.
    UserPath("user_id");
    /// An invitation's id.
    InvitationPath("invitation_id");
}
