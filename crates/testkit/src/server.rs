//! A real server for tests: the whole product in this process, on a free port
//! of loopback, over a store in a temporary directory.
//!
//! ```no_run
//! # use pandaprobe_testkit::server::TestServer;
//! let server = TestServer::start();
//! server.post("/traces").json(&serde_json::json!({"name": "t", "started_at": 0})).expect(202);
//! assert_eq!(server.get("/traces").expect(200)["total"], 1);
//! ```
//!
//! Calls block and panic when something outside of the question goes wrong:
//! that ends the test with the cause.

#![expect(
    clippy::expect_used,
    reason = "in a test a failure of the surroundings is a panic"
)]

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use pandaprobe_engine::keys::{KeyRequest, MadeKey, RawKey};
use pandaprobe_engine::{Engine, Limits};
use pandaprobe_model::Timestamp;
use pandaprobe_server::{App, Settings, bind, serve};
use pandaprobe_store::Store;
use pandaprobe_store::sqlite::{Options, SqliteStore};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// What a test server is to be like.
#[derive(Debug, Default)]
pub struct Builder {
    key: Option<String>,
    settings: Settings,
    limits: Limits,
    vfs: Option<String>,
    dir: Option<PathBuf>,
}

impl Builder {
    /// Requires keys, of which `key` is one.
    #[must_use]
    pub fn require_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self.settings.keys_required = true;
        self
    }

    /// Lets requests name `host`.
    #[must_use]
    pub fn allowed_host(mut self, host: &str) -> Self {
        self.settings.allowed_hosts.push(host.to_owned());
        self
    }

    /// Refuses bodies above `bytes`.
    #[must_use]
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// Lets bodies make no progress for as long as `patience`.
    #[must_use]
    pub fn upload_timeout(mut self, patience: Duration) -> Self {
        self.settings.upload_timeout = patience;
        self
    }

    /// Lets one caller ask for one path so many times a minute.
    #[must_use]
    pub fn rate_limit(mut self, per_minute: NonZeroU32) -> Self {
        self.settings.rate_limit_per_minute = Some(per_minute);
        self
    }

    /// Lets web pages of `origin` in.
    #[must_use]
    pub fn cors_origin(mut self, origin: &str) -> Self {
        let origin = origin.parse().expect("an origin");
        self.settings.cors_allowed_origins.push(origin);
        self
    }

    /// Lets requests take up `bytes` in all.
    #[must_use]
    pub fn in_flight_limit(mut self, bytes: u64) -> Self {
        self.limits.in_flight_bytes = bytes;
        self
    }

    /// Opens the store through a SQLite VFS, such as that of `faultfs`.
    #[must_use]
    pub fn vfs(mut self, name: &str) -> Self {
        self.vfs = Some(name.to_owned());
        self
    }

    /// Keeps the data in `dir`, which stays when the server goes.
    #[must_use]
    pub fn data(mut self, dir: &Path) -> Self {
        self.dir = Some(dir.to_owned());
        self
    }

    /// Starts the server; it answers when this returns.
    #[must_use]
    pub fn start(self) -> TestServer {
        let own = self
            .dir
            .is_none()
            .then(|| tempfile::tempdir().expect("a temporary directory"));
        let dir = match (&self.dir, &own) {
            (Some(dir), _) => dir.clone(),
            (None, Some(own)) => own.path().to_owned(),
            (None, None) => unreachable!("one of the two was just made"),
        };
        let options = Options {
            vfs: self.vfs,
            prices: Arc::new(pandaprobe_engine::prices::bundled()),
            ..Options::new(&dir)
        };
        let store = Arc::new(SqliteStore::open(options).expect("the store opens"));
        let shared: Arc<dyn Store> = Arc::clone(&store) as Arc<dyn Store>;
        let engine = Arc::new(Engine::new(shared, self.limits));
        let runtime = Runtime::new().expect("a runtime");
        let (stop, stopped) = oneshot::channel::<()>();
        let (listener, address) = runtime.block_on(bind("127.0.0.1:0")).expect("a free port");
        let key = self.key.as_deref().and_then(RawKey::from_text);
        runtime
            .block_on(engine.first_key(key.as_ref(), &dir, Timestamp::now()))
            .expect("the first key is set up");
        let app = App::new(Arc::clone(&engine), self.settings);
        let thread = std::thread::spawn(move || {
            let stopped = async {
                // An error means that the server was dropped: stop as well.
                let _ = stopped.await;
            };
            runtime
                .block_on(serve(listener, app, stopped))
                .expect("the server serves");
        });
        TestServer {
            address,
            agent: agent(),
            engine,
            store,
            dir,
            _own: own,
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .new_agent()
}

/// A running server. Dropping it stops it and removes its data.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    agent: ureq::Agent,
    engine: Arc<Engine>,
    store: Arc<SqliteStore>,
    dir: PathBuf,
    _own: Option<TempDir>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestServer {
    /// Starts a server with the usual settings: loopback, no keys.
    #[must_use]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Returns the settings to change before starting.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as a URL without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The data directory.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.dir
    }

    /// The store, for looking behind the API.
    #[must_use]
    pub fn store(&self) -> &SqliteStore {
        &self.store
    }

    /// The engine, for looking behind the API.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Makes a key behind the API, such as one that has expired.
    #[must_use]
    pub fn make_key(&self, wanted: KeyRequest) -> MadeKey {
        let runtime = Runtime::new().expect("a runtime");
        runtime
            .block_on(self.engine.create_key(wanted))
            .expect("a key can be made")
    }

    /// Takes a key back behind the API.
    pub fn revoke_key(&self, made: &MadeKey) {
        let runtime = Runtime::new().expect("a runtime");
        let found = runtime.block_on(self.engine.revoke_key(made.key.id));
        assert!(found.expect("the store answers"), "there is no such key");
    }

    /// Begins a GET of `path`, which may have a query.
    #[must_use]
    pub fn get(&self, path: &str) -> Call<'_> {
        self.call("GET", path)
    }

    /// Begins a POST to `path`.
    #[must_use]
    pub fn post(&self, path: &str) -> Call<'_> {
        self.call("POST", path)
    }

    /// Begins a request of any method.
    #[must_use]
    pub fn call(&self, method: &str, path: &str) -> Call<'_> {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url()));
        Call {
            server: self,
            request,
            body: Vec::new(),
        }
    }

    /// Stops the server: requests under way finish, the store closes.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.stop.take());
        let outcome = self.thread.take().map(JoinHandle::join);
        self.store.close();
        if !std::thread::panicking() {
            assert!(!matches!(outcome, Some(Err(_))), "the server panicked");
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// A request being put together.
#[derive(Debug)]
pub struct Call<'s> {
    server: &'s TestServer,
    request: ureq::http::request::Builder,
    body: Vec<u8>,
}

impl Call<'_> {
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Names the project.
    #[must_use]
    pub fn project(self, name: &str) -> Self {
        self.header("X-Project-Name", name)
    }

    /// Sends `body` as JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json")
            .body(body.to_string())
    }

    /// Sends `body` as it is.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the request and returns the answer, whatever it is.
    #[must_use]
    pub fn send(self) -> Answer {
        let request = self.request.body(self.body).expect("a valid request");
        let mut response = self.server.agent.run(request).expect("an answer");
        let body = response
            .body_mut()
            .with_config()
            .limit(1 << 30)
            .read_to_vec();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: body.expect("a whole body"),
        }
    }

    /// Sends the request, checks the status and returns the body as JSON; null
    /// if there is none.
    ///
    /// # Panics
    /// When the status is another one; the message has the answer.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        let answer = self.send();
        assert_eq!(answer.status, status, "{}", answer.text());
        if answer.body.is_empty() {
            return Value::Null;
        }
        answer.json()
    }
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: ureq::http::HeaderMap,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl Answer {
    /// Returns a header's value; empty if it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|v| v.to_str().ok());
        value.unwrap_or_default()
    }

    /// Returns the body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("no JSON ({error}): {}", self.text()),
        }
    }
}
