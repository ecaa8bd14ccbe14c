//! `pandaprobe openapi`

use crate::failure::Failure;
use crate::say;

/// Prints the specification.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn run() -> Result<(), Failure> {
    say::line(text()?);
    Ok(())
}

fn text() -> Result<String, Failure> {
    pandaprobe_server::specification()
        .to_pretty_json()
        .map_err(|error| Failure::new(format!("cannot write the specification: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_specification_is_fresh() {
        let committed = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/reference/openapi.json"
        );
        let committed = std::fs::read_to_string(committed).unwrap();
        assert!(
            committed == format!("{}\n", text().unwrap()),
            "docs/reference/openapi.json is stale; write it anew with \
             `cargo run -p pandaprobe -- openapi > docs/reference/openapi.json`"
        );
    }
}
