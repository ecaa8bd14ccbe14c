//! `pandaprobe doctor`, on the real program: it calls no healthy data ill, finds
//! each of many injected faults, and repairs what can be counted anew.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod program;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use program::{Ended, Server, run, text};
use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::Value as Json;
use tempfile::TempDir;

fn doctor(data: &Path, more: &[&str]) -> Ended {
    run(&[&["doctor", "--data", text(data)], more].concat())
}

/// The faults in the answer to `--json`, as table and cure, and the summary.
fn faults(ended: &Ended) -> (Vec<(String, String)>, Json) {
    let lines = ended.out.lines().map(serde_json::from_str);
    let mut lines: Vec<Json> = lines.collect::<Result<_, _>>().unwrap();
    let summary = lines.pop().unwrap();
    assert_eq!(summary["type"], "summary", "{ended:?}");
    assert_eq!(summary["faults"], lines.len(), "{ended:?}");
    let text = |line: &Json, key: &str| line[key].as_str().unwrap().to_owned();
    let faults = lines.iter().map(|line| {
        assert_eq!(line["type"], "fault");
        assert!(!text(line, "row").is_empty() && !text(line, "what").is_empty());
        (text(line, "table"), text(line, "cure"))
    });
    (faults.collect(), summary)
}

fn sent(server: &Server, method: &str, path: &str, body: &str) {
    let (status, answer) = server.ask(method, path, body);
    assert!((200..300).contains(&status), "{method} {path}: {answer}");
}

fn trace_id(number: u32) -> String {
    format!("0000000d-0000-4000-8000-{number:012x}")
}

/// A trace that repeats the conversation so far, as agents do.
fn trace(number: u32, session: &str) -> String {
    let id = trace_id(number);
    let turns: Vec<_> = (0..=number)
        .map(|turn| format!(r#"{{"role":"user","content":"turn {turn} of {session}"}}"#))
        .collect();
    let messages = turns.join(",");
    format!(
        r#"{{"trace_id":"{id}","name":"turn","started_at":"2026-01-02T03:04:{number:02}Z",
            "ended_at":"2026-01-02T03:05:00Z","session_id":"{session}","user_id":"keeper","tags":["by hand","zoo"],
            "metadata":{{"shift":"night"}},"input":{{"messages":[{messages}]}},"spans":[
              {{"span_id":"00000001-0000-4000-8000-000000000000","name":"agent","kind":"AGENT",
                "started_at":"2026-01-02T03:04:05Z","token_usage":{{"prompt_tokens":10}}}},
              {{"span_id":"00000002-0000-4000-8000-000000000000","parent_span_id":"00000001-0000-4000-8000-000000000000",
                "name":"call","kind":"LLM","started_at":"2026-01-02T03:04:06Z","model":"gpt-4o",
                "token_usage":{{"prompt_tokens":10,"completion_tokens":5}},"input":{{"messages":[{messages}]}}}},
              {{"span_id":"00000003-0000-4000-8000-000000000000","parent_span_id":"00000009-0000-4000-8000-000000000000",
                "name":"late","started_at":"2026-01-02T03:04:07Z"}}]}}"#
    )
}

/// Demo sessions, and a conversation that was patched, moved and deleted in part.
fn fill(server: &Server) {
    let demo = run(&["demo", "--sessions", "12", "--endpoint", &server.url]);
    assert_eq!(demo.code, Some(0), "{demo:?}");
    for number in 0..6 {
        sent(server, "POST", "/traces", &trace(number, "one"));
    }
    for number in 10..13 {
        sent(server, "POST", "/traces", &trace(number, "two"));
    }
    let path = |number| format!("/traces/{}", trace_id(number));
    // What trace 0 stored first, later traces of session one refer to.
    sent(server, "PATCH", &path(0), r#"{"session_id":"two"}"#);
    sent(server, "PATCH", &path(3), r#"{"session_id":null}"#);
    sent(server, "DELETE", &path(1), "");
    sent(server, "PATCH", &path(4), r#"{"user_id":"other"}"#);
    sent(
        server,
        "PATCH",
        "/sessions/one",
        r#"{"name":"Given","tags":["own"]}"#,
    );
    let score = format!(
        r#"{{"trace_id":"{}","name":"good","value":"1","data_type":"NUMERIC"}}"#,
        trace_id(2)
    );
    sent(server, "POST", "/evaluations/trace-scores", &score);
}

/// The database of a stopped server, to be copied.
fn template() -> TempDir {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    fill(&server);
    server.stop();
    data
}

fn copy_of(template: &Path) -> TempDir {
    let data = tempfile::tempdir().unwrap();
    let name = "pandaprobe.db";
    std::fs::copy(template.join(name), data.path().join(name)).unwrap();
    data
}

fn change(data: &Path, sql: &str) {
    let connection = Connection::open(data.join("pandaprobe.db")).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    let before = connection.total_changes();
    connection.execute_batch(sql).unwrap();
    let changed = connection.total_changes() - before;
    connection.execute_batch("COMMIT").unwrap();
    assert!(changed > 0, "nothing to change: {sql}");
}

/// Every row of every table.
fn rows(data: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let connection = Connection::open(data.join("pandaprobe.db")).unwrap();
    let mut tables = connection
        .prepare(
            // How the text index lays out its pieces depends on their history.
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%'
                AND name NOT GLOB 'session_text_*'",
        )
        .unwrap();
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let read = |table: &String| {
        let mut select = connection
            .prepare(&match table.as_str() {
                // Nothing else can be read of it.
                "session_text" => format!("SELECT rowid FROM {table}"),
                table => format!("SELECT * FROM {table}"),
            })
            .unwrap();
        let width = select.column_count();
        let rows = select.query_map([], |row| {
            let values = (0..width).map(|at| row.get::<_, Value>(at));
            Ok(format!("{:?}", values.collect::<Result<Vec<_>, _>>()?))
        });
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    };
    tables
        .iter()
        .map(|table| (table.clone(), read(table)))
        .collect()
}

#[test]
fn healthy_data_is_called_so() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    // An empty store, too.
    server.stop();
    assert_eq!(doctor(data.path(), &[]).code, Some(0));

    let server = Server::start(data.path());
    fill(&server);
    sent(&server, "DELETE", "/sessions/two", "");
    // What is still in the log is checked, too.
    server.kill();
    let ended = doctor(data.path(), &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.out.lines().last(), Some("no faults"), "{ended:?}");
    let kept = rows(data.path());
    let count = |table: &str| kept[table].len().to_string();
    for (area, table) in [
        ("traces", "trace"),
        ("spans", "span"),
        ("orphans", "orphan"),
        ("blocks", "block"),
        ("messages", "message"),
        ("trace tags", "trace_label"),
        ("metadata index", "trace_meta"),
        ("scores", "score"),
        ("texts", "dim"),
        ("sessions", "session"),
        ("session labels", "session_label"),
        ("users", "user"),
        ("projects", "project"),
    ] {
        let line = ended
            .out
            .lines()
            .find(|line| line.trim_start().starts_with(area));
        let end = format!(" {}  ok", count(table));
        assert!(
            line.is_some_and(|line| line.ends_with(&end)),
            "{area}{end}: {ended:?}"
        );
        assert!(!kept[table].is_empty(), "{table} has nothing to check");
    }
    // Nothing is there to repair, and nothing is changed.
    assert_eq!(doctor(data.path(), &["--repair"]).code, Some(0));
    assert_eq!(rows(data.path()), kept);
    let server = Server::start(data.path());
    assert_eq!(server.ask("GET", "/sessions", "").0, 200);
}

#[test]
fn the_other_half_of_a_deleted_project_is_no_fault() {
    let template = template();
    let data = copy_of(template.path());
    // As it is when the server stops before all has gone.
    change(
        data.path(),
        "UPDATE project SET deleted = 1 WHERE name = 'demo'",
    );
    let ended = doctor(data.path(), &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

/// Faults that can be counted anew: what does it, and the one table it shows in.
const REPAIRABLE: &[(&str, &str)] = &[
    ("span", "UPDATE span SET flags = flags | 2 WHERE span_id = (SELECT span_id FROM span WHERE flags = 1 LIMIT 1)
        AND trace = (SELECT trace FROM span WHERE flags = 1 LIMIT 1)"),
    ("span", "UPDATE span SET flags = 0 WHERE (trace, span_id) = (SELECT trace, span_id FROM span WHERE flags = 3 LIMIT 1)"),
    ("trace", "UPDATE trace SET cost = cost + 1, spans = spans + 1 WHERE id = 5"),
    ("trace", "UPDATE trace SET last_act = last_act + 1 WHERE id = (SELECT max(id) FROM trace)"),
    ("trace", "UPDATE trace SET blocks = 0 WHERE id = (SELECT max(id) FROM trace)"),
    ("orphan", "DELETE FROM orphan WHERE trace = (SELECT max(trace) FROM orphan)"),
    ("orphan", "INSERT INTO orphan SELECT trace, span_id, span_id FROM span LIMIT 1"),
    ("orphan", "INSERT INTO orphan VALUES (999999, x'01', x'02')"),
    ("trace_label", "DELETE FROM trace_label WHERE (dim, trace) = (SELECT max(dim), trace FROM trace_label)"),
    ("session_text", "DELETE FROM session_text WHERE rowid = (SELECT max(id) FROM session)"),
    ("session_text", "INSERT INTO session_text(rowid, text) VALUES (999999, 'nobody')"),
    ("trace_label", "INSERT INTO trace_label SELECT dim, 999999 FROM trace_label LIMIT 1"),
    ("trace_label", "INSERT INTO trace_label SELECT (SELECT id FROM dim WHERE text = 'own'), id FROM trace WHERE session IS NOT NULL LIMIT 1"),
    ("trace_meta", "INSERT INTO trace_meta SELECT 999999, key, value FROM trace_meta LIMIT 1"),
    ("session_num", "UPDATE session_num SET prompt = prompt + 7 WHERE id = 3"),
    ("session_num", "UPDATE session_num SET first_act = first_act - 1, last_end = NULL WHERE id = 4"),
    ("session_num", "UPDATE session_num SET user = NULL, user_at = NULL, user_of = NULL WHERE user IS NOT NULL AND id = (SELECT max(id) FROM session_num)"),
    ("session_num", "DELETE FROM session_num WHERE id = 2"),
    ("session_num", "INSERT INTO session_num SELECT 999999, project, first_act, last_act, traces, errors, spans, span_errors, cost,
        prompt, completion, input, cache_read, cache_write, output, reasoning, audio_input, audio_output, unpriced, unusable,
        latency, ended, first_start, last_end, user, user_at, user_of FROM session_num LIMIT 1"),
    ("session", "UPDATE session SET name = 'nobody said so' WHERE sid = 'one'"),
    ("session", "UPDATE session SET first_user = 'nobody asked' WHERE sid = 'two'"),
    ("session", "UPDATE session SET trace_name_of = trace_name_of - 1 WHERE trace_name IS NOT NULL"),
    ("session", "INSERT INTO session(project, sid) SELECT project, 'without traces' FROM session LIMIT 1"),
    ("session_label", "UPDATE session_label SET traces = traces + 1 WHERE (session, dim) = (SELECT session, dim FROM session_label LIMIT 1)"),
    ("session_label", "DELETE FROM session_label WHERE traces > 0 AND session = (SELECT id FROM session WHERE sid = 'one')"),
    ("session_label", "INSERT INTO session_label SELECT 1, id, 3, 0 FROM dim WHERE text = 'own'"),
    ("user", "UPDATE user SET sessions = sessions + 1, tokens = 0 WHERE id = (SELECT max(id) FROM user)"),
    ("user", "UPDATE user SET last_seen = last_seen + 1 WHERE id = (SELECT min(id) FROM user)"),
    ("user", "DELETE FROM user WHERE id = (SELECT min(id) FROM user)"),
    ("user", "INSERT INTO user SELECT 999999, project, 1, 0, 1, 1, 1, 1, 1, 1 FROM user LIMIT 1"),
    ("project", "UPDATE project SET spans = spans - 1, sessions = 0 WHERE name = 'demo'"),
    ("project", "UPDATE project SET traces = 5 WHERE name = 'default'"),
    ("sqlite_sequence", "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'trace'"),
];

#[test]
fn what_can_be_counted_anew_is_found_and_healed() {
    let template = template();
    let healthy = rows(template.path());
    for (table, sql) in REPAIRABLE {
        let data = copy_of(template.path());
        change(data.path(), sql);
        let ill = rows(data.path());
        assert_ne!(ill, healthy);
        let found = doctor(data.path(), &["--json"]);
        assert_eq!(found.code, Some(1), "{sql}: {found:?}");
        let (found, _) = faults(&found);
        let wanted = ((*table).to_owned(), "repairable".to_owned());
        assert!(
            found.iter().all(|fault| *fault == wanted),
            "{sql}: {found:?}"
        );
        assert_eq!(rows(data.path()), ill, "looking changes nothing");

        let repaired = doctor(data.path(), &["--repair", "--json"]);
        assert_eq!(repaired.code, Some(0), "{sql}: {repaired:?}");
        let (told, summary) = faults(&repaired);
        assert_eq!(told.len(), found.len());
        assert_eq!(summary["repaired"], found.len());
        let (after, mut wanted) = (rows(data.path()), healthy.clone());
        // Ids that were given are not given again, nor are those of strays.
        if sql.starts_with("INSERT INTO session(") {
            wanted.insert(
                "sqlite_sequence".to_owned(),
                after["sqlite_sequence"].clone(),
            );
        }
        for (name, rows) in &wanted {
            assert_eq!(after[name], *rows, "{sql}: {name}");
        }
        assert_eq!(doctor(data.path(), &[]).code, Some(0), "{sql}");
    }
}

/// Faults that leave something lost: what does it, and a table it shows in.
const LOSSES: &[(&str, &str)] = &[
    ("span", "DELETE FROM trace WHERE id = 7"),
    ("block", "DELETE FROM trace WHERE id = 7"),
    ("session", "DELETE FROM session WHERE id = 2"),
    ("project", "DELETE FROM project WHERE name = 'demo'"),
    ("dim", "DELETE FROM project WHERE name = 'demo'"),
    (
        "trace",
        "DELETE FROM dim WHERE id = (SELECT name FROM trace WHERE id = 1)",
    ),
    (
        "span",
        "UPDATE dim SET kind = 6 WHERE id = (SELECT name FROM span LIMIT 1)",
    ),
    ("user", "DELETE FROM dim WHERE kind = 6 AND text = 'keeper'"),
    ("trace", "UPDATE trace SET tags = '[\"by hand' WHERE id = 3"),
    (
        "trace",
        "UPDATE trace SET session = NULL WHERE id = (SELECT max(id) FROM trace)",
    ),
    ("score", "UPDATE score SET trace = 999999"),
    (
        "message",
        "DELETE FROM block WHERE id = (SELECT block FROM message LIMIT 1)",
    ),
    (
        "span",
        "DELETE FROM block WHERE id = (SELECT block FROM span WHERE item >= 0 LIMIT 1)",
    ),
    (
        "trace",
        "DELETE FROM block WHERE id = (SELECT block FROM trace WHERE item >= 0 LIMIT 1)",
    ),
    (
        "block",
        "UPDATE block SET data = x'0bad', codec = 1 WHERE id = (SELECT block FROM span WHERE item >= 0 LIMIT 1)",
    ),
    (
        "block",
        "UPDATE block SET codec = 9 WHERE owner IS NOT NULL",
    ),
    (
        "block",
        "UPDATE block SET owner = 999999 WHERE owner IS NOT NULL",
    ),
    (
        "block",
        "DELETE FROM message WHERE block = (SELECT id FROM block WHERE owner IS NOT NULL LIMIT 1)",
    ),
    (
        "block",
        "INSERT INTO block(id, codec, data) VALUES (1 << 40, 0, x'0000')",
    ),
    // Another trace of the session refers to a message that would go with its trace.
    (
        "span",
        "DELETE FROM message WHERE owner = (SELECT id FROM session WHERE sid = 'two')",
    ),
    (
        "span",
        "UPDATE span SET item = 70000 WHERE (trace, span_id) = (SELECT trace, span_id FROM span WHERE item >= 0 LIMIT 1)",
    ),
    (
        "span",
        "UPDATE span SET block = block + (1 << 20) WHERE (trace, span_id) = (SELECT trace, span_id FROM span WHERE item >= 0 LIMIT 1)",
    ),
    (
        "message",
        "UPDATE message SET hash = zeroblob(16) WHERE (owner, hash) = (SELECT owner, hash FROM message LIMIT 1)",
    ),
    (
        "message",
        "UPDATE message SET item = item + 70000 WHERE (owner, hash) = (SELECT owner, hash FROM message LIMIT 1)",
    ),
    (
        "message",
        "INSERT INTO message SELECT 999999, hash, block, item FROM message LIMIT 1",
    ),
    (
        "message",
        "INSERT INTO message SELECT -999999, hash, block, item FROM message LIMIT 1",
    ),
    ("meta", "DELETE FROM meta WHERE key = 'hash_seed'"),
    (
        "trace_meta",
        "UPDATE trace_meta SET key = (SELECT id FROM dim WHERE kind = 1 LIMIT 1) WHERE trace = (SELECT max(trace) FROM trace_meta)",
    ),
];

#[test]
fn what_is_lost_is_found_and_left_alone() {
    let template = template();
    for (table, sql) in LOSSES {
        let data = copy_of(template.path());
        change(data.path(), sql);
        let ill = rows(data.path());
        let ended = doctor(data.path(), &["--json"]);
        assert_eq!(ended.code, Some(1), "{sql}: {ended:?}");
        let (found, _) = faults(&ended);
        let wanted = ((*table).to_owned(), "none".to_owned());
        assert!(found.contains(&wanted), "{sql}: {ended:?}");

        // A repair writes what can be counted, and no payload; the rest stays found.
        let repaired = doctor(data.path(), &["--repair", "--json"]);
        assert_eq!(repaired.code, Some(1), "{sql}: {repaired:?}");
        let after = rows(data.path());
        for payload in ["block", "message", "score", "dim", "meta"] {
            assert_eq!(after[payload], ill[payload], "{sql}: {payload}");
        }
        let left = doctor(data.path(), &["--json"]);
        let (left, _) = faults(&left);
        assert!(left.contains(&wanted), "{sql}");
        assert!(
            left.iter().all(|(_, cure)| cure == "none"),
            "{sql}: {left:?}"
        );
    }
}

#[test]
fn a_wrong_trace_does_not_make_others_look_wrong() {
    let template = template();
    let data = copy_of(template.path());
    change(
        data.path(),
        "UPDATE trace SET cost = 7, prompt = prompt + 1, first_act = 0 WHERE session IS NOT NULL AND user IS NOT NULL",
    );
    let ended = doctor(data.path(), &[]);
    assert_eq!(ended.code, Some(1));
    let told: Vec<_> = ended
        .out
        .lines()
        .filter(|line| line.starts_with("fault: "))
        .collect();
    assert!(told.len() > 5, "{ended:?}");
    for line in told {
        assert!(line.starts_with("fault: trace "), "{line}");
        assert!(line.contains("first_act is 0, should be "), "{line}");
    }
    assert!(
        ended.out.contains("pandaprobe doctor --repair"),
        "{ended:?}"
    );
    let repaired = doctor(data.path(), &["--repair"]);
    assert_eq!(repaired.code, Some(0), "{repaired:?}");
    assert_eq!(rows(data.path()), rows(template.path()));
}

#[test]
fn everything_that_is_kept_can_be_made_anew() {
    let template = template();
    let data = copy_of(template.path());
    change(
        data.path(),
        "UPDATE span SET flags = 0;
         DELETE FROM orphan; DELETE FROM trace_label; DELETE FROM session_num; DELETE FROM user;
         UPDATE session SET name = NULL, trace_name = NULL, trace_name_at = NULL, trace_name_of = NULL,
            first_user = NULL, first_user_at = NULL, first_user_of = NULL;
         UPDATE session_label SET traces = 0;
         UPDATE trace SET spans = 0, prompt = 0, input = 0, output = 0, cost = 0, first_act = 0, last_act = 0;
         UPDATE project SET traces = 0, sessions = 0, spans = 0;",
    );
    let repaired = doctor(data.path(), &["--repair"]);
    assert_eq!(repaired.code, Some(0), "{}", repaired.out);
    assert_eq!(rows(data.path()), rows(template.path()));
}

#[test]
fn what_cannot_be_checked_is_said() {
    let data = tempfile::tempdir().unwrap();
    let nothing = doctor(data.path(), &[]);
    assert_eq!(nothing.code, Some(2), "{nothing:?}");
    assert!(nothing.err.contains("no database") && nothing.err.contains("\nhint: "));
    let server = Server::start(data.path());
    let running = doctor(data.path(), &["--repair"]);
    assert_eq!(running.code, Some(2), "{running:?}");
    assert!(
        running.err.contains("in use by another process"),
        "{running:?}"
    );
    server.stop();
    for (version, why) in [("1", "start the server once"), ("1000", "newer version")] {
        change(
            data.path(),
            &format!("UPDATE project SET traces = traces; PRAGMA user_version = {version}"),
        );
        let other = doctor(data.path(), &[]);
        assert_eq!(other.code, Some(2), "{other:?}");
        assert!(other.err.contains(why), "{other:?}");
    }
    std::fs::write(
        data.path().join("pandaprobe.db"),
        "no database ".repeat(1000),
    )
    .unwrap();
    assert_eq!(doctor(data.path(), &[]).code, Some(2));
}

#[test]
fn a_damaged_file_is_not_repaired() {
    let template = template();
    let file = template.path().join("pandaprobe.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 4096 / 2 * 4096;
    bytes[middle..middle + 4096].fill(0xaa);
    std::fs::write(&file, &bytes).unwrap();
    let ended = doctor(template.path(), &["--repair"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.out.contains("fault: file pandaprobe.db: "),
        "{ended:?}"
    );
    assert!(ended.out.contains("nothing else was checked"), "{ended:?}");
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}
