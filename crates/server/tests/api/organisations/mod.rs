mod access;
mod api_keys;
mod create;
mod delete;
mod get;
mod invitations;
mod list;
mod members;
mod projects;
mod subscriptions;
mod update;

use pandaprobe_testkit::server::{Call, TestServer};
use serde_json::{Value, json};

/// The key that may do everything on servers of [`guarded`].
pub(crate) const KEY: &str = "sk_pp_good";

/// A server that requires keys.
pub(crate) fn guarded() -> TestServer {
    TestServer::builder().require_key(KEY).start()
}

/// The one organisation of a server, asked with one key.
pub(crate) struct Organisation<'s> {
    server: &'s TestServer,
    key: String,
    pub(crate) id: String,
}

impl<'s> Organisation<'s> {
    pub(crate) fn of(server: &'s TestServer) -> Self {
        Self::with(server, KEY)
    }

    pub(crate) fn with(server: &'s TestServer, key: &str) -> Self {
        let list = server.get("/organizations").header("X-API-Key", key);
        let id = list.expect(200)[0]["id"].as_str().unwrap().to_owned();
        Self {
            server,
            key: key.to_owned(),
            id,
        }
    }

    /// Begins a request of `path` under the organisation.
    pub(crate) fn call(&self, method: &str, path: &str) -> Call<'s> {
        let path = format!("/organizations/{}{path}", self.id);
        self.server
            .call(method, &path)
            .header("X-API-Key", &self.key)
    }

    pub(crate) fn get(&self, path: &str) -> Call<'s> {
        self.call("GET", path)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Call<'s> {
        self.call("POST", path).json(body)
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Call<'s> {
        self.call("PATCH", path).json(body)
    }

    pub(crate) fn delete(&self, path: &str) -> Call<'s> {
        self.call("DELETE", path)
    }

    /// Makes a project and returns its id.
    #[track_caller]
    pub(crate) fn project(&self, name: &str) -> String {
        let project = self.post("/projects", &json!({"name": name})).expect(201);
        text(&project["id"])
    }

    /// Makes a key.
    #[track_caller]
    pub(crate) fn key(&self, wanted: &Value) -> Value {
        self.post("/api-keys", wanted).expect(201)
    }
}

/// Returns the status of a request for the traces of a project with a key.
pub(crate) fn traces_with(server: &TestServer, key: &Value, project: &str) -> u16 {
    let call = server.get("/traces").project(project);
    call.header("X-API-Key", key.as_str().unwrap())
        .send()
        .status
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
