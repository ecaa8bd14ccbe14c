//! Makes sure that a change of the built web app is a change of this crate.

use std::path::Path;

fn main() {
    let web = Path::new("../../web");
    let dist = web.join("dist");
    // Cargo rebuilds without end for a watched path that does not exist, so an
    // empty folder stands in until the web app is built. Should that fail, the
    // build works all the same.
    if web.is_dir() && !dist.exists() {
        let _ = std::fs::create_dir(&dist);
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../../web/dist");
}
