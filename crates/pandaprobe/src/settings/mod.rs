//! Settings, resolved once: arguments, then `PANDAPROBE_SERVER_*`, then the
//! file, then defaults. What comes after sees plain values only.

mod file;
mod patience;
mod resolved;

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;
use pandaprobe_engine::keys::RawKey;
use pandaprobe_server::WebOrigin;

use crate::cli::ServeArgs;
use crate::failure::Failure;
use file::{File, Found};
use resolved::{Origin, Setting};

pub(crate) use patience::Patience;
pub(crate) use resolved::Resolved;

/// How to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `host:port`.
    pub(crate) listen: String,
    /// The data directory.
    pub(crate) data: PathBuf,
    /// Whether keys are required on loopback too.
    pub(crate) require_key: bool,
    /// Host names besides localhost and IP addresses.
    pub(crate) allowed_hosts: Vec<String>,
    /// Bytes.
    pub(crate) body_limit: u64,
    /// How long a request body may make no progress.
    pub(crate) upload_timeout: Duration,
    /// Requests a minute of one caller to one path; `None` for any number.
    pub(crate) rate_limit_per_minute: Option<NonZeroU32>,
    /// Other origins whose pages may use the server.
    pub(crate) cors_allowed_origins: Vec<WebOrigin>,
    /// What the installation calls itself.
    pub(crate) environment: String,
    /// The log's filter.
    pub(crate) log: String,
    /// A fixed first key.
    pub(crate) api_key: Option<RawKey>,
}

/// Reads an environment variable.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

const PREFIX: &str = "PANDAPROBE_SERVER_";

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "pandaprobe.toml";

/// Resolves every setting.
///
/// # Errors
/// When a value cannot be read, wherever it comes from.
pub(crate) fn resolve(
    arguments: &ServeArgs,
    environment: Environment<'_>,
) -> Result<Resolved, Failure> {
    let found = file::find(
        arguments.config.as_deref(),
        environment,
        Path::new(DEFAULT_FILE),
    )?;
    let sources = Sources { environment, found };
    let file = sources.file();
    let (hosts, origins) = (&arguments.allowed_hosts, &arguments.cors_origins);
    Ok(Resolved {
        listen: sources.pick(
            "listen",
            arguments.listen.clone(),
            |text| Ok(text.to_owned()),
            file.listen.clone(),
            || Ok("127.0.0.1:8000".to_owned()),
        )?,
        data: sources.pick(
            "data",
            arguments.data.clone(),
            |text| Ok(PathBuf::from(text)),
            sources.data_of_file(),
            || default_data(environment),
        )?,
        require_key: sources.pick(
            "require_key",
            arguments.require_key.then_some(true),
            boolean,
            file.require_key,
            || Ok(false),
        )?,
        allowed_hosts: sources.pick(
            "allowed_hosts",
            (!hosts.is_empty()).then(|| hosts.clone()),
            |text| Ok(list(text)),
            file.allowed_hosts.clone(),
            || Ok(Vec::new()),
        )?,
        body_limit: sources.pick(
            "body_limit",
            arguments.body_limit,
            |text| text.parse(),
            file.body_limit,
            || Ok(ByteSize::mib(64)),
        )?,
        upload_timeout: sources.pick(
            "upload_timeout",
            arguments.upload_timeout,
            str::parse,
            file.upload_timeout,
            || Ok(Patience::seconds(60)),
        )?,
        rate_limit_per_minute: sources.pick(
            "rate_limit_per_minute",
            arguments.rate_limit_per_minute,
            count,
            file.rate_limit_per_minute,
            || Ok(0),
        )?,
        cors_allowed_origins: sources.pick(
            "cors_allowed_origins",
            (!origins.is_empty()).then(|| origins.clone()),
            web_origins,
            file.cors_allowed_origins.clone(),
            || Ok(Vec::new()),
        )?,
        environment: sources.pick(
            "environment",
            arguments.environment.clone(),
            |text| Ok(text.to_owned()),
            file.environment.clone(),
            || Ok("production".to_owned()),
        )?,
        log: sources.pick(
            "log",
            arguments.log.clone(),
            |text| Ok(text.to_owned()),
            file.log.clone(),
            || Ok(environment("RUST_LOG").unwrap_or_else(|| "warn".to_owned())),
        )?,
        // No argument: other users of the machine could read it.
        api_key: sources.pick(
            "api_key",
            None,
            |text| key(text).map(Some),
            file.api_key
                .as_deref()
                .map(key)
                .transpose()
                .map_err(|error| {
                    Failure::new(format!(
                        "cannot use `api_key` of the settings file: {error}"
                    ))
                })?
                .map(Some),
            || Ok(None),
        )?,
    })
}

struct Sources<'a> {
    environment: Environment<'a>,
    found: Option<Found>,
}

impl Sources<'_> {
    fn file(&self) -> File {
        self.found
            .as_ref()
            .map(|found| found.file.clone())
            .unwrap_or_default()
    }

    /// A relative directory in a file is relative to the file.
    fn data_of_file(&self) -> Option<PathBuf> {
        let found = self.found.as_ref()?;
        let data = found.file.data.as_ref()?;
        Some(match found.path.parent() {
            Some(parent) => parent.join(data),
            None => data.clone(),
        })
    }

    /// Takes the first source that says something.
    fn pick<T>(
        &self,
        name: &str,
        argument: Option<T>,
        read: impl Fn(&str) -> Result<T, String>,
        in_file: Option<T>,
        default: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<Setting<T>, Failure> {
        let variable = format!("{PREFIX}{}", name.to_ascii_uppercase());
        if let Some(value) = argument {
            return Ok(Setting::new(value, Origin::Argument));
        }
        // An empty variable is how shells say "not set".
        if let Some(text) = (self.environment)(&variable).filter(|text| !text.is_empty()) {
            let value = read(&text)
                .map_err(|error| Failure::new(format!("cannot use {variable}: {error}")))?;
            return Ok(Setting::new(value, Origin::Variable(variable)));
        }
        match (in_file, &self.found) {
            (Some(value), Some(found)) => Ok(Setting::new(value, Origin::File(found.path.clone()))),
            _ => Ok(Setting::new(default()?, Origin::Default)),
        }
    }
}

fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

fn list(text: &str) -> Vec<String> {
    let items = text
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty());
    items.map(str::to_owned).collect()
}

fn count(text: &str) -> Result<u32, String> {
    let number = text.trim().parse();
    number.map_err(|_| format!("`{text}` is no number from 0 to {}", u32::MAX))
}

fn web_origins(text: &str) -> Result<Vec<WebOrigin>, String> {
    let origins = list(text).into_iter().map(|origin| origin.parse());
    let origins: Result<_, pandaprobe_server::WebOriginError> = origins.collect();
    origins.map_err(|error| error.to_string())
}

fn key(text: &str) -> Result<RawKey, String> {
    RawKey::from_text(text.trim()).ok_or_else(|| "a key holds no white space".to_owned())
}

fn default_data(environment: Environment<'_>) -> Result<PathBuf, Failure> {
    let absolute = |name: &str| {
        let path = PathBuf::from(environment(name)?);
        path.is_absolute().then_some(path)
    };
    absolute("XDG_DATA_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local/share")))
        .map(|share| share.join("pandaprobe"))
        .ok_or_else(|| {
            Failure::new("there is no home directory to keep the data in")
                .hint("name a directory with `--data`")
        })
}

#[cfg(test)]
mod tests;
