//! A server with something to protect, and keys of every kind.

use std::fmt::Write as _;

use pandaprobe_engine::keys::KeyRequest;
use pandaprobe_model::Timestamp;
use pandaprobe_model::project::Access;
use pandaprobe_testkit::server::{Builder, Call, TestServer};
use rusqlite::types::Value as Cell;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::given::{id, span, trace};

/// The key that may do everything.
pub(super) const GOOD: &str = "sk_pp_good";

/// The project that is to be protected.
pub(super) const HOME: &str = "home";

/// What [`HOME`] is full of.
pub(super) const SECRET: &str = "secret";

/// The example of PKCE itself (RFC 7636, appendix B).
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A server with two projects and several keys.
#[derive(Debug)]
pub(super) struct World {
    pub(super) server: TestServer,
    /// The organisation's id.
    pub(super) organisation: String,
    /// The id of [`HOME`].
    pub(super) home: String,
    /// The local user's id.
    pub(super) user: String,
    /// The id of a key for [`HOME`] that nobody uses.
    pub(super) spare: String,
    /// Opens [`HOME`] and nothing else.
    pub(super) own: String,
    /// Opens everything for reading.
    pub(super) reading: String,
    /// Opens the other project only.
    pub(super) foreign: String,
    /// Was taken back.
    pub(super) revoked: String,
    /// Has run out.
    pub(super) expired: String,
}

impl World {
    /// Where keys are required.
    pub(super) fn guarded() -> Self {
        Self::fill(TestServer::builder().require_key(GOOD))
    }

    /// Where they are not.
    pub(super) fn open() -> Self {
        Self::fill(TestServer::builder())
    }

    fn fill(builder: Builder) -> Self {
        let server = builder.start();
        let post = |path: &str, project: &str, body: &Value| {
            let call = with_key(server.post(path)).project(project).json(body);
            let status = call.send().status;
            assert!(matches!(status, 201 | 202), "{path}: {status}");
        };
        let secret = json!({
            "name": SECRET, "input": SECRET, "session_id": "s", "user_id": SECRET, "tags": [SECRET],
            "spans": [span(1, 0, 1, json!({"name": SECRET, "output": SECRET}))],
        });
        post("/traces", HOME, &trace(1, 0, 1, secret));
        post("/traces", "other", &trace(2, 0, 1, json!({})));
        let score = json!({"trace_id": id(1), "name": SECRET, "value": "1"});
        post("/evaluations/trace-scores", HOME, &score);

        let organisation = with_key(server.get("/organizations")).expect(200)[0]["id"].clone();
        let organisation = organisation.as_str().unwrap().to_owned();
        let path = format!("/organizations/{organisation}/projects");
        let projects = with_key(server.get(&path)).expect(200);
        let (home, other) = (named(&projects, HOME), named(&projects, "other"));
        let make = |wanted| server.make_key(wanted).raw.reveal().to_owned();
        let revoked = server.make_key(key("revoked"));
        server.revoke_key(&revoked);
        let spare = server.make_key(KeyRequest {
            expires_at: Some(Timestamp(i64::MAX)),
            project: Some(home),
            ..key("spare")
        });
        let user = with_key(server.get("/me")).expect(200)["id"].clone();
        Self {
            organisation,
            user: user.as_str().unwrap().to_owned(),
            spare: spare.key.id.to_string(),
            own: make(KeyRequest {
                project: Some(home),
                ..key("own")
            }),
            reading: make(KeyRequest {
                access: Access::Read,
                ..key("reading")
            }),
            foreign: make(KeyRequest {
                project: Some(other),
                ..key("foreign")
            }),
            revoked: revoked.raw.reveal().to_owned(),
            expired: make(KeyRequest {
                expires_at: Some(Timestamp(1)),
                ..key("expired")
            }),
            home: home.to_string(),
            server,
        }
    }

    /// Wishes for a code to log a command line in with [`VERIFIER`].
    pub(super) fn cli_login(&self) -> Value {
        json!({
            "org_id": self.organisation, "project_id": self.home, "label": "laptop",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        })
    }

    /// All that is on disk, but for when keys were used last.
    pub(super) fn dump(&self) -> String {
        let file = self.server.data_dir().join("pandaprobe.db");
        let db = rusqlite::Connection::open(file).unwrap();
        let mut tables = db
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            .unwrap();
        let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let mut dump = String::new();
        for table in tables {
            let table = table.unwrap();
            let mut rows = db.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
            let columns: Vec<_> = rows.column_names().map(str::to_owned).collect();
            let mut rows = rows.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                write!(dump, "{table}").unwrap();
                for (index, column) in columns.iter().enumerate() {
                    if column != "last_used" {
                        write!(dump, " {:?}", row.get_unwrap::<_, Cell>(index)).unwrap();
                    }
                }
                dump.push('\n');
            }
        }
        assert!(dump.contains(SECRET), "{dump}");
        dump
    }
}

/// Shows the key that may do everything.
pub(super) fn with_key(call: Call<'_>) -> Call<'_> {
    call.header("X-API-Key", GOOD)
}

fn key(name: &str) -> KeyRequest {
    KeyRequest {
        name: name.to_owned(),
        expires_at: None,
        project: None,
        access: Access::Full,
    }
}

fn named(projects: &Value, name: &str) -> Uuid {
    let mut projects = projects.as_array().unwrap().iter();
    let project = projects.find(|project| project["name"] == name).unwrap();
    project["id"].as_str().unwrap().parse().unwrap()
}
