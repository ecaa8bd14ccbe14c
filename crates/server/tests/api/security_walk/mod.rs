//! Walks the API's description: every operation is asked with each kind of bad
//! key, and from foreign places, and has to refuse without a trace.

mod cases;
mod world;

use pandaprobe_testkit::server::Answer;
use serde_json::Value;

use crate::given::id;
use crate::openapi::{operations, specification};
use cases::{About, Case};
use world::{GOOD, HOME, SECRET, World};

/// An operation of the description with its case.
struct Operation {
    method: String,
    path: String,
    described: Value,
    case: Case,
}

/// Every operation. Fails if one has no case, or a case no operation.
fn walk() -> Vec<Operation> {
    let mut cases = cases::all();
    let mut walk = Vec::new();
    for (method, path, described) in operations(&specification()) {
        let name = described["operationId"].as_str().unwrap();
        let at = cases.iter().position(|case| case.operation == name);
        let at = at.unwrap_or_else(|| panic!("{name} ({method} {path}) has no case in cases.rs"));
        walk.push(Operation {
            case: cases.swap_remove(at),
            method,
            path,
            described,
        });
    }
    let left: Vec<_> = cases.iter().map(|case| case.operation).collect();
    assert!(left.is_empty(), "no such operations: {left:?}");
    walk
}

impl Operation {
    fn writes(&self) -> bool {
        self.method != "GET"
    }

    fn path(&self, world: &World) -> String {
        let trace = id(1);
        let path = [
            ("{trace_id}", trace.as_str()),
            ("{span_id}", &trace),
            ("{session_id}", "s"),
            ("{org_id}", &world.organisation),
            ("{project_id}", &world.home),
            ("{key_id}", &world.spare),
            ("{user_id}", &world.user),
            ("{invitation_id}", &trace),
        ]
        .into_iter()
        .fold(self.path.clone(), |path, (name, value)| {
            path.replace(name, value)
        });
        assert!(!path.contains('{'), "no value for a parameter: {path}");
        path + &self.case.query
    }

    /// Asks with `headers`, and checks what holds for every answer.
    fn ask(&self, world: &World, headers: &[(&str, &str)]) -> Answer {
        let request_id = format!("{} {headers:?}", self.case.operation);
        let mut call = world.server.call(&self.method, &self.path(world));
        call = call.header("X-Request-ID", &request_id);
        for (name, value) in headers {
            call = call.header(name, value);
        }
        let answer = match self.case.body {
            Some(body) => call.json(&body(world)).send(),
            None => call.send(),
        };
        assert_eq!(answer.header("x-request-id"), request_id);
        let status = answer.status.to_string();
        assert!(
            self.described["responses"].get(&status).is_some(),
            "{status} of {request_id} is not described: {}",
            answer.text()
        );
        answer
    }

    fn ask_with(&self, world: &World, key: &str) -> Answer {
        self.ask(world, &[("X-API-Key", key), ("X-Project-Name", HOME)])
    }

    /// Asks and is refused.
    #[track_caller]
    fn refused(&self, world: &World, headers: &[(&str, &str)], status: u16) -> Value {
        let answer = self.ask(world, headers);
        let what = format!("{} {headers:?}: {}", self.case.operation, answer.text());
        assert_eq!(answer.status, status, "{what}");
        let code = if status == 401 {
            "unauthorized"
        } else {
            "forbidden"
        };
        assert_eq!(answer.json()["code"], code, "{what}");
        assert_eq!(answer.header("www-authenticate"), "", "{what}");
        assert!(!answer.text().contains(SECRET), "{what}");
        answer.json()
    }

    /// Asks with a key in the name of [`HOME`] and is refused.
    #[track_caller]
    fn refused_with(&self, world: &World, key: &str, status: u16) -> Value {
        let headers = [("X-API-Key", key), ("X-Project-Name", HOME)];
        self.refused(world, &headers, status)
    }
}

#[test]
fn the_description_says_what_needs_a_key() {
    for operation in walk() {
        let open = operation.described.get("security").is_some();
        let nobody = operation.case.about == About::Nobody;
        assert_eq!(open, nobody, "{}", operation.case.operation);
        let read_only_body = !operation.writes() && operation.case.body.is_some();
        assert!(!read_only_body, "{}", operation.case.operation);
    }
}

#[test]
fn bad_keys_are_refused_everywhere_and_change_nothing() {
    let world = World::guarded();
    let before = world.dump();
    for operation in walk() {
        if operation.case.about == About::Nobody {
            continue;
        }
        operation.refused(&world, &[("X-Project-Name", HOME)], 401);
        operation.refused(&world, &[], 401);
        for (key, detail) in [
            ("sk_pp_wrong", "Invalid API key"),
            ("", "An API key is required"),
            (&world.revoked, "Invalid API key"),
            (&world.expired, "API key has expired"),
        ] {
            let problem = operation.refused_with(&world, key, 401);
            let told = problem["detail"].as_str().unwrap();
            assert!(told.starts_with(detail), "{told}");
            let bearer = format!("Bearer {key}");
            operation.refused(&world, &[("Authorization", &bearer)], 401);
        }
        assert_eq!(world.dump(), before, "{}", operation.case.operation);
    }
}

#[test]
fn keys_of_another_project_open_nothing_of_this_one() {
    let world = World::guarded();
    let before = world.dump();
    for operation in walk() {
        match operation.case.about {
            About::Nobody => continue,
            About::Data => {
                operation.refused_with(&world, &world.foreign, 403);
                let by_id = [
                    ("X-API-Key", &*world.foreign),
                    ("X-Project-ID", &world.home),
                ];
                operation.refused(&world, &by_id, 403);
                let unmade = [
                    ("X-API-Key", &*world.foreign),
                    ("X-Project-Name", "not made yet"),
                ];
                operation.refused(&world, &unmade, 403);
            }
            About::Organisation if !operation.writes() => {
                let seen = operation.ask_with(&world, &world.foreign);
                assert_eq!(seen.status, operation.case.status);
                for foreign in [SECRET, HOME, &world.home] {
                    let name = operation.case.operation;
                    assert!(!seen.text().contains(foreign), "{name}: {}", seen.text());
                }
            }
            About::Project | About::Organisation => {
                operation.refused_with(&world, &world.foreign, 403);
            }
        }
        assert_eq!(world.dump(), before, "{}", operation.case.operation);
    }
}

#[test]
fn keys_for_reading_write_nothing() {
    let world = World::guarded();
    let before = world.dump();
    for operation in walk() {
        if operation.case.about == About::Nobody {
            continue;
        }
        if operation.writes() {
            operation.refused_with(&world, &world.reading, 403);
        } else {
            let answer = operation.ask_with(&world, &world.reading);
            assert_eq!(answer.status, operation.case.status, "{}", answer.text());
        }
        assert_eq!(world.dump(), before, "{}", operation.case.operation);
    }
}

#[test]
fn good_keys_are_let_in() {
    for operation in walk() {
        let world = World::guarded();
        let answer = operation.ask_with(&world, GOOD);
        let what = format!("{}: {}", operation.case.operation, answer.text());
        assert_eq!(answer.status, operation.case.status, "{what}");
    }
}

#[test]
fn keys_of_this_project_open_its_data_and_manage_nothing() {
    for operation in walk() {
        let world = World::guarded();
        let before = world.dump();
        let name = operation.case.operation;
        match operation.case.about {
            About::Nobody => {}
            About::Project | About::Organisation if operation.writes() => {
                operation.refused_with(&world, &world.own, 403);
                assert_eq!(world.dump(), before, "{name}");
            }
            About::Data | About::Project | About::Organisation => {
                let answer = operation.ask_with(&world, &world.own);
                assert_eq!(answer.status, operation.case.status, "{name}");
            }
        }
    }
}

#[test]
fn what_needs_no_key_minds_none() {
    for operation in walk() {
        if operation.case.about != About::Nobody {
            continue;
        }
        for headers in [&[][..], &[("X-API-Key", "sk_pp_wrong")]] {
            let answer = operation.ask(&World::guarded(), headers);
            let what = format!("{}: {}", operation.case.operation, answer.text());
            assert_eq!(answer.status, operation.case.status, "{what}");
        }
    }
}

#[test]
fn foreign_hosts_and_origins_are_refused_everywhere_and_change_nothing() {
    // Where no key is needed nothing else would stop them.
    let world = World::open();
    let before = world.dump();
    for operation in walk() {
        for host in ["evil.example", "127.0.0.1.evil.example:8000"] {
            operation.refused(&world, &[("Host", host)], 403);
        }
        for origin in ["https://evil.example", "http://127.0.0.1:1", "null"] {
            operation.refused(&world, &[("Origin", origin)], 403);
        }
        assert_eq!(world.dump(), before, "{}", operation.case.operation);
    }
}

/// The other half of the proof: the same requests from here do something.
#[test]
fn without_required_keys_everybody_here_is_let_in() {
    for operation in walk() {
        let world = World::open();
        let (before, own) = (world.dump(), world.server.url());
        let answer = operation.ask(&world, &[("Origin", &own), ("X-Project-Name", HOME)]);
        let what = format!("{}: {}", operation.case.operation, answer.text());
        assert_eq!(answer.status, operation.case.status, "{what}");
        if operation.case.about == About::Data && operation.writes() {
            assert_ne!(world.dump(), before, "{what}");
        }
    }
}
