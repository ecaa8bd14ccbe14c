//! What a caller may do: a key can be narrowed to one project, to reading, or
//! to both.

use axum::http::Method;
use pandaprobe_model::project::{Access, ApiKey};
use uuid::Uuid;

use crate::errors::ApiError;

/// The rights of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights {
    project: Option<Uuid>,
    access: Access,
}

impl Rights {
    /// Where no key is needed everybody may do everything.
    pub(crate) const ALL: Self = Self {
        project: None,
        access: Access::Full,
    };

    /// The rights that a key gives.
    pub(crate) fn of(key: &ApiKey) -> Self {
        Self {
            project: key.project,
            access: key.access,
        }
    }

    /// The one project that may be seen; `None` for all.
    pub(crate) fn project(self) -> Option<Uuid> {
        self.project
    }

    /// Whether a project may be seen.
    pub(crate) fn opens(self, project: Uuid) -> bool {
        self.project.is_none_or(|own| own == project)
    }

    /// Refuses with 403 what a key for reading cannot do.
    pub(crate) fn allow_method(self, method: &Method) -> Result<(), ApiError> {
        let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        match self.access {
            Access::Read if !reads => Err(ApiError::forbidden(
                "This API key allows reading only: GET and HEAD requests",
            )),
            Access::Full | Access::Read => Ok(()),
        }
    }

    /// Refuses with 403 who may not change the organisation.
    pub(crate) fn allow_managing(self) -> Result<(), ApiError> {
        match self.project {
            Some(_) => Err(ApiError::forbidden(
                "This API key opens the data of one project only; \
                 managing the organization takes a key that is not narrowed to a project",
            )),
            None => Ok(()),
        }
    }
}

/// The answer to a project that the key does not open, there or not.
pub(crate) fn other_project(own: &str) -> ApiError {
    ApiError::forbidden(format!("This API key opens only the project {own:?}"))
}

/// The answer to a key whose project was deleted a moment ago.
pub(crate) fn project_gone() -> ApiError {
    ApiError::forbidden("The only project that this API key opens was deleted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_is_get_and_head() {
        let reading = Rights {
            access: Access::Read,
            ..Rights::ALL
        };
        for (method, allowed) in [
            (Method::GET, true),
            (Method::HEAD, true),
            (Method::POST, false),
            (Method::PUT, false),
            (Method::PATCH, false),
            (Method::DELETE, false),
        ] {
            assert_eq!(reading.allow_method(&method).is_ok(), allowed, "{method}");
            assert!(Rights::ALL.allow_method(&method).is_ok());
        }
    }

    #[test]
    fn a_narrow_key_manages_nothing() {
        let own = Uuid::from_u128(1);
        let narrow = Rights {
            project: Some(own),
            ..Rights::ALL
        };
        assert!(narrow.opens(own) && !narrow.opens(Uuid::nil()));
        assert!(narrow.allow_managing().is_err());
        assert!(Rights::ALL.opens(own) && Rights::ALL.allow_managing().is_ok());
    }
}
