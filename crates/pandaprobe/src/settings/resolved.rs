//! Settings with where each of them comes from.

use std::fmt::{self, Display};
use std::num::NonZeroU32;
use std::path::PathBuf;

use bytesize::ByteSize;
use pandaprobe_engine::keys::RawKey;
use pandaprobe_server::WebOrigin;

use super::{Patience, Settings};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Argument,
    Variable(String),
    File(PathBuf),
    Default,
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument => f.write_str("argument"),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

impl<T> Setting<T> {
    pub(super) fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// Every setting, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(super) listen: Setting<String>,
    pub(super) data: Setting<PathBuf>,
    pub(super) require_key: Setting<bool>,
    pub(super) allowed_hosts: Setting<Vec<String>>,
    pub(super) body_limit: Setting<ByteSize>,
    pub(super) upload_timeout: Setting<Patience>,
    pub(super) rate_limit_per_minute: Setting<u32>,
    pub(super) cors_allowed_origins: Setting<Vec<WebOrigin>>,
    pub(super) environment: Setting<String>,
    pub(super) log: Setting<String>,
    pub(super) api_key: Setting<Option<RawKey>>,
}

impl Resolved {
    /// Returns the plain values.
    pub(crate) fn into_settings(self) -> Settings {
        Settings {
            listen: self.listen.value,
            data: self.data.value,
            require_key: self.require_key.value,
            allowed_hosts: self.allowed_hosts.value,
            body_limit: self.body_limit.value.as_u64(),
            upload_timeout: self.upload_timeout.value.duration(),
            rate_limit_per_minute: NonZeroU32::new(self.rate_limit_per_minute.value),
            cors_allowed_origins: self.cors_allowed_origins.value,
            environment: self.environment.value,
            log: self.log.value,
            api_key: self.api_key.value,
        }
    }
}

impl Display for Resolved {
    /// Prints a TOML file that would give the same settings, with each origin
    /// as a comment. The key stays hidden.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn row(
            f: &mut fmt::Formatter<'_>,
            name: &str,
            value: &str,
            origin: &Origin,
        ) -> fmt::Result {
            let assignment = format!("{name} = {value}");
            writeln!(f, "{assignment:<60} # {origin}")
        }
        row(f, "listen", &text(&self.listen.value), &self.listen.origin)?;
        let data = self.data.value.to_string_lossy();
        row(f, "data", &text(&data), &self.data.origin)?;
        let require_key = self.require_key.value.to_string();
        row(f, "require_key", &require_key, &self.require_key.origin)?;
        let hosts = list(&self.allowed_hosts.value);
        row(f, "allowed_hosts", &hosts, &self.allowed_hosts.origin)?;
        let limit = text(&self.body_limit.value.to_string());
        row(f, "body_limit", &limit, &self.body_limit.origin)?;
        let timeout = text(&self.upload_timeout.value.to_string());
        row(f, "upload_timeout", &timeout, &self.upload_timeout.origin)?;
        let rate = &self.rate_limit_per_minute;
        let value = rate.value.to_string();
        row(f, "rate_limit_per_minute", &value, &rate.origin)?;
        let origins = &self.cors_allowed_origins;
        let value = list(&origins.value);
        row(f, "cors_allowed_origins", &value, &origins.origin)?;
        row(
            f,
            "environment",
            &text(&self.environment.value),
            &self.environment.origin,
        )?;
        row(f, "log", &text(&self.log.value), &self.log.origin)?;
        match &self.api_key.value {
            Some(_) => row(f, "api_key", "\"(hidden)\"", &self.api_key.origin),
            None => writeln!(f, "# api_key is not set: one is made on the first start"),
        }
    }
}

fn text(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list<T: Display>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(|item| text(&item.to_string())).collect();
    format!("[{}]", items.join(", "))
}
