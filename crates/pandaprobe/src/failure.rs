//! Errors that end the program, apart from what may be done about them.

use std::fmt;
use std::io;
use std::path::Path;

use pandaprobe_engine::keys::KeyError;
use pandaprobe_store::StoreError;

/// Why the program ends early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// Returns a failure with nothing to be done about it.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    /// Adds what may be done about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The address cannot be listened at.
    pub(crate) fn listen(address: &str, error: &io::Error) -> Self {
        let failure = Self::new(format!("cannot listen at {address}: {error}"));
        match error.kind() {
            io::ErrorKind::AddrInUse => failure.hint(
                "another program listens there, perhaps PandaProbe itself; \
                 choose another port with `--listen`, or `--listen 127.0.0.1:0` for any free one",
            ),
            io::ErrorKind::PermissionDenied => {
                failure.hint("ports below 1024 are often reserved; choose a higher one")
            }
            io::ErrorKind::AddrNotAvailable => {
                failure.hint("this machine does not have that address")
            }
            io::ErrorKind::InvalidInput => {
                failure.hint("write the address as `host:port`, such as `127.0.0.1:8000`")
            }
            _ => failure,
        }
    }

    /// The store in `dir` cannot be opened.
    pub(crate) fn open(dir: &Path, error: &StoreError) -> Self {
        let shown = dir.display();
        match error {
            StoreError::InUse(_) => Self::new(format!(
                "the data directory {shown} is in use by another process"
            ))
            .hint("stop the other one, or choose another directory with `--data`"),
            StoreError::TooNew { .. } => {
                Self::new(format!("cannot open the data in {shown}: {error}"))
                    .hint("the data was written by a newer version of PandaProbe; use that one")
            }
            StoreError::Full(_) => Self::new(format!("cannot open the data in {shown}: {error}"))
                .hint("make room on the disk"),
            _ => Self::new(format!("cannot open the data in {shown}: {error}"))
                .hint("check that you may write there, or choose another directory with `--data`"),
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let failure = Self::new(error.to_string());
        match error {
            KeyError::File { .. } => failure.hint(
                "check that you may write there, or set the key with PANDAPROBE_SERVER_API_KEY",
            ),
            KeyError::Random(_) | KeyError::Store(_) => failure,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_follows_on_a_line_of_its_own() {
        let error = io::Error::from(io::ErrorKind::AddrInUse);
        let text = Failure::listen("127.0.0.1:1", &error).to_string();
        assert!(
            text.starts_with("error: cannot listen at 127.0.0.1:1: "),
            "{text}"
        );
        assert!(
            text.contains("\nhint: another program listens there"),
            "{text}"
        );
        assert_eq!(Failure::new("x").to_string(), "error: x");
    }
}
