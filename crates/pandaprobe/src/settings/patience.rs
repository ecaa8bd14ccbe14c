//! Lengths of time as people write them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

/// How long to wait: more than nothing, at most a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Patience(Duration);

impl Patience {
    /// Waits for so many seconds.
    pub(crate) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Returns the plain length.
    pub(crate) const fn duration(self) -> Duration {
        self.0
    }
}

const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl FromStr for Patience {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let length = text.trim().parse::<SignedDuration>();
        let length = length.ok().and_then(|length| length.try_into().ok());
        match length {
            Some(length) if !Duration::is_zero(&length) && length <= LONGEST => Ok(Self(length)),
            _ => Err(format!(
                "`{text}` is no time to wait; write a number with its unit, such as `30s` or `2m`, \
                 up to `24h`"
            )),
        }
    }
}

impl TryFrom<String> for Patience {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never out of range: a day at most.
        let length = SignedDuration::try_from(self.0).unwrap_or_default();
        write!(f, "{length:#}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_for_people() {
        for (text, seconds, shown) in [
            ("60s", 60, "1m"),
            (" 1 minute ", 60, "1m"),
            ("PT90S", 90, "1m 30s"),
            ("24h", 86_400, "24h"),
        ] {
            let patience: Patience = text.parse().unwrap();
            assert_eq!(patience, Patience::seconds(seconds), "{text}");
            assert_eq!(patience.to_string(), shown);
            assert_eq!(shown.parse::<Patience>().unwrap(), patience);
        }
        let short: Patience = "250ms".parse().unwrap();
        assert_eq!(short.duration(), Duration::from_millis(250));
    }

    #[test]
    fn no_time_or_no_end_is_a_mistake() {
        for text in ["", "0s", "60", "-5s", "soon", "25h", "9999999999999999999s"] {
            let error = text.parse::<Patience>().unwrap_err();
            assert!(error.contains("`30s`"), "{error}");
        }
    }
}
