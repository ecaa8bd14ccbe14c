//! The settings file.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use pandaprobe_server::WebOrigin;
use serde::{Deserialize, Deserializer};

use super::{Environment, PREFIX, Patience};
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
    pub(super) upload_timeout: Option<Patience>,
    pub(super) rate_limit_per_minute: Option<u32>,
    #[serde(default, deserialize_with = "origins")]
    pub(super) cors_allowed_origins: Option<Vec<WebOrigin>>,
    pub(super) environment: Option<String>,
    pub(super) log: Option<String>,
    pub(super) api_key: Option<String>,
}

fn origins<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Vec<WebOrigin>>, D::Error> {
    let texts = Vec::<String>::deserialize(value)?;
    let origins = texts.iter().map(|text| text.parse());
    let origins: Result<_, _> = origins.collect();
    origins.map(Some).map_err(serde::de::Error::custom)
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
