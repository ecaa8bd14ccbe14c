//! The settings file.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use serde::Deserialize;

use super::{Environment, PREFIX};
use crate::failure::Failure;

/// What a file may say. Unknown names are mistakes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) listen: Option<String>,
    pub(super) data: Option<PathBuf>,
    pub(super) require_key: Option<bool>,
    pub(super) allowed_hosts: Option<Vec<String>>,
    pub(super) body_limit: Option<ByteSize>,
    pub(super) environment: Option<String>,
    pub(super) log: Option<String>,
    pub(super) api_key: Option<String>,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) file: File,
}

/// Reads the file that is named, else the `fallback` if it is there.
pub(super) fn find(
    argument: Option<&Path>,
    environment: Environment<'_>,
    fallback: &Path,
) -> Result<Option<Found>, Failure> {
    let named = argument
        .map(Path::to_owned)
        .or_else(|| environment(&format!("{PREFIX}CONFIG")).map(PathBuf::from));
    let path = named.clone().unwrap_or_else(|| fallback.to_owned());
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let file = toml::from_str(&text).map_err(|error| {
                Failure::new(format!(
                    "cannot use the settings file {}: {error}",
                    path.display()
                ))
            })?;
            Ok(Some(Found { path, file }))
        }
        Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => Ok(None),
        Err(error) => Err(Failure::new(format!(
            "cannot read the settings file {}: {error}",
            path.display()
        ))),
    }
}
