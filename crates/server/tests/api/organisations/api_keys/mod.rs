mod create;
mod delete;
mod get;
mod list;
mod rotate;

use pandaprobe_engine::keys::KeyRequest;
use pandaprobe_model::Timestamp;
use pandaprobe_model::project::Access;
use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

/// A key that ran out long ago, as the API shows a new one.
fn expired(server: &TestServer) -> Value {
    let made = server.make_key(KeyRequest {
        name: "expired".to_owned(),
        expires_at: Some(Timestamp(1)),
        project: None,
        access: Access::Full,
    });
    json!({"id": made.key.id.to_string(), "raw_key": made.raw.reveal()})
}
