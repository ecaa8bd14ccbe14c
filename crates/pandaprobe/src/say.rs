//! What the program says to people. Nobody listening is no error.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};

/// Prints a line to standard output.
pub(crate) fn line(text: impl Display) {
    let mut out = stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints an error to standard error.
pub(crate) fn error(text: &impl Display) {
    let _ = writeln!(stderr().lock(), "{text}");
}

/// Shows a line that the next one overwrites, if somebody watches.
pub(crate) fn passing(text: impl Display) {
    let mut err = stderr().lock();
    if err.is_terminal() {
        let _ = write!(err, "\r\x1b[2K{text}").and_then(|()| err.flush());
    }
}

/// Takes the passing line away.
pub(crate) fn passed() {
    passing("");
}
