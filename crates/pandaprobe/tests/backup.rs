//! `pandaprobe backup` and `restore`, on the real program.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod program;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use program::{Server, ask, cleaned, ended, run, text};
use tempfile::TempDir;

fn backup(data: &Path, to: &Path, more: &[&str]) -> program::Ended {
    run(&[&["backup", "--data", text(data), "--to", text(to)], more].concat())
}

fn restore(from: &Path, data: &Path, more: &[&str]) -> program::Ended {
    run(&[
        &["restore", "--from", text(from), "--data", text(data)],
        more,
    ]
    .concat())
}

/// Demands a refusal with a hint, and returns its text.
fn refused(ended: &program::Ended) -> &str {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("\nhint: "), "{ended:?}");
    &ended.err
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn trace(caller: u32, number: u32) -> (String, String) {
    let id = format!("0000000a-0000-4000-8000-{caller:04x}{number:08x}");
    let body = format!(
        r#"{{"trace_id":"{id}","name":"t","started_at":"2026-01-02T03:04:05Z","session_id":"s{caller}",
            "input":{{"messages":[{{"role":"user","content":"question {number}"}}]}},
            "spans":[{{"span_id":"00000001-0000-4000-8000-000000000000","name":"step","kind":"LLM",
                "started_at":"2026-01-02T03:04:05Z","token_usage":{{"prompt_tokens":10,"completion_tokens":5}}}}]}}"#
    );
    (id, body)
}

/// Callers that send traces until they are told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Vec<String>>>,
    callers: Vec<JoinHandle<()>>,
}

impl Load {
    fn start(url: &str) -> Self {
        let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let callers = (0..3).map(|caller| {
            let (stop, acknowledged) = (Arc::clone(&stop), Arc::clone(&acknowledged));
            let url = url.to_owned();
            std::thread::spawn(move || {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let (id, body) = trace(caller, number);
                    let (status, answer) = ask(&url, "POST", "/traces", &body).unwrap();
                    assert_eq!(status, 202, "{answer}");
                    let all: &Mutex<Vec<String>> = &acknowledged;
                    all.lock().unwrap().push(id);
                }
            })
        });
        let callers = callers.collect();
        Self {
            stop,
            acknowledged,
            callers,
        }
    }

    fn acknowledged(&self) -> Vec<String> {
        self.acknowledged.lock().unwrap().clone()
    }

    fn wait_for(&self, count: usize) {
        while self.acknowledged.lock().unwrap().len() < count {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.join().unwrap();
        }
        self.acknowledged.lock().unwrap().len()
    }
}

fn total(server: &Server, path: &str) -> u64 {
    let (_, answer) = server.ask("GET", path, "");
    answer["total"].as_u64().unwrap()
}

/// A data directory with some traces, and a backup of it.
fn backed_up() -> (TempDir, TempDir, PathBuf) {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path());
    for number in 0..3 {
        assert_eq!(server.ask("POST", "/traces", &trace(0, number).1).0, 202);
    }
    server.stop();
    let file = elsewhere.path().join("backup.db");
    let done = backup(data.path(), &file, &[]);
    assert_eq!(done.code, Some(0), "{done:?}");
    (data, elsewhere, file)
}

#[test]
fn a_backup_under_load_has_all_that_was_acknowledged_before() {
    use std::os::unix::fs::PermissionsExt as _;
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path());
    let load = Load::start(&server.url);
    for round in 1..=4_usize {
        load.wait_for(round * 40);
        let before = load.acknowledged();
        let file = elsewhere.path().join(format!("backup {round}.db"));
        let done = backup(data.path(), &file, &[]);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(done.out.contains(text(&file)), "{done:?}");
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "it is for its owner only");
        // Traces were acknowledged meanwhile, and go on being.
        load.wait_for(before.len() + 5);

        let copy = elsewhere.path().join(format!("copy {round}"));
        let done = restore(&file, &copy, &[]);
        assert_eq!(done.code, Some(0), "{done:?}");
        let doctor = run(&["doctor", "--data", text(&copy)]);
        assert_eq!(doctor.code, Some(0), "{doctor:?}");
        let restored = Server::start(&copy);
        for id in &before {
            let (status, trace) = restored.ask("GET", &format!("/traces/{id}"), "");
            assert_eq!(
                (status, trace["spans"].as_array().map(Vec::len)),
                (200, Some(1))
            );
        }
        // It takes new ones.
        assert_eq!(restored.ask("POST", "/traces", &trace(9, 0).1).0, 202);
        restored.stop();
    }
    let sent = load.stop();
    assert_eq!(total(&server, "/traces?limit=1"), sent as u64);
    server.stop();
    let left = names(elsewhere.path());
    assert!(
        !left.iter().any(|name| name.contains("partial")),
        "{left:?}"
    );
}

#[test]
fn a_killed_server_leaves_a_log_that_is_backed_up_too() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path());
    let load = Load::start(&server.url);
    load.wait_for(20);
    let sent = load.stop();
    server.kill();
    assert!(names(data.path()).contains(&"pandaprobe.db-wal".to_owned()));
    let file = elsewhere.path().join("backup.db");
    assert_eq!(backup(data.path(), &file, &[]).code, Some(0));
    // A copy of the directory's files will do as well.
    let raw = elsewhere.path().join("raw");
    std::fs::create_dir(&raw).unwrap();
    for end in ["", "-wal"] {
        let name = format!("pandaprobe.db{end}");
        std::fs::copy(data.path().join(&name), raw.join(&name)).unwrap();
    }
    for (at, from) in [file, raw.join("pandaprobe.db")].iter().enumerate() {
        let copy = elsewhere.path().join(format!("copy {at}"));
        assert_eq!(restore(from, &copy, &[]).code, Some(0));
        let restored = Server::start(&copy);
        assert_eq!(total(&restored, "/traces?limit=1"), sent as u64, "{from:?}");
        restored.stop();
    }
}

#[test]
fn a_backup_is_refused_where_it_would_do_harm() {
    let (data, elsewhere, file) = backed_up();
    let first = std::fs::read(&file).unwrap();
    let there = backup(data.path(), &file, &[]);
    assert!(refused(&there).contains("is there already"), "{there:?}");
    let inside = backup(
        data.path(),
        &data.path().join("pandaprobe.db"),
        &["--force"],
    );
    assert!(
        refused(&inside).contains("inside the data directory"),
        "{inside:?}"
    );
    let folder = backup(data.path(), elsewhere.path(), &["--force"]);
    assert!(refused(&folder).contains("is a directory"), "{folder:?}");
    let nowhere = backup(data.path(), &elsewhere.path().join("no/where.db"), &[]);
    assert!(refused(&nowhere).contains("No such file"), "{nowhere:?}");
    let empty = tempfile::tempdir().unwrap();
    let nothing = backup(empty.path(), &elsewhere.path().join("nothing.db"), &[]);
    assert!(refused(&nothing).contains("no database"), "{nothing:?}");
    assert_eq!(names(empty.path()), [""; 0], "nothing is made");
    assert_eq!(names(elsewhere.path()), ["backup.db"]);
    assert_eq!(std::fs::read(&file).unwrap(), first);

    let server = Server::start(data.path());
    assert_eq!(server.ask("POST", "/traces", &trace(1, 1).1).0, 202);
    assert_eq!(backup(data.path(), &file, &["--force"]).code, Some(0));
    assert_ne!(std::fs::read(&file).unwrap(), first);
    assert_eq!(names(elsewhere.path()), ["backup.db"]);
}

#[test]
fn a_backup_that_cannot_be_written_leaves_nothing() {
    let (data, elsewhere, file) = backed_up();
    let before = std::fs::read(&file).unwrap();
    for to in [file.clone(), elsewhere.path().join("new.db")] {
        // The shell allows files of so many blocks, and lets writes beyond fail.
        let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"";
        let program = env!("CARGO_BIN_EXE_pandaprobe");
        let arguments = [
            "backup",
            "--force",
            "--data",
            text(data.path()),
            "--to",
            text(&to),
        ];
        let shell = ["-c", script, program];
        let failed = ended(&mut cleaned(
            Command::new("sh"),
            &[&shell[..], &arguments[..]].concat(),
        ));
        assert_eq!(failed.code, Some(1), "{failed:?}");
        assert!(
            failed.err.starts_with("error: cannot back up"),
            "{failed:?}"
        );
    }
    assert_eq!(names(elsewhere.path()), ["backup.db"]);
    assert_eq!(std::fs::read(&file).unwrap(), before, "the old one stays");
}

#[test]
fn a_database_that_is_there_is_kept() {
    let (data, elsewhere, file) = backed_up();
    let server = Server::start(data.path());
    assert_eq!(server.ask("POST", "/traces", &trace(5, 5).1).0, 202);
    let running = restore(&file, data.path(), &["--force"]);
    assert!(
        refused(&running).contains("in use by another process"),
        "{running:?}"
    );
    // A log that was not folded in belongs to what is kept.
    server.kill();
    let there = restore(&file, data.path(), &[]);
    assert!(refused(&there).contains("is there already"), "{there:?}");
    let done = restore(&file, data.path(), &["--force"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let aside = names(data.path());
    let aside: Vec<_> = aside
        .iter()
        .filter(|name| name.starts_with("pandaprobe.db.20"))
        .collect();
    assert_eq!(aside.len(), 1, "{:?}", names(data.path()));
    let aside = data.path().join(aside[0]);
    assert!(done.out.contains(text(&aside)), "{done:?}");

    let server = Server::start(data.path());
    assert_eq!(total(&server, "/traces?limit=1"), 3);
    server.stop();
    let old = elsewhere.path().join("old");
    assert_eq!(restore(&aside, &old, &[]).code, Some(0));
    let server = Server::start(&old);
    assert_eq!(total(&server, "/traces?limit=1"), 4);
    server.stop();
}

#[test]
fn only_a_good_backup_is_restored() {
    let (data, elsewhere, file) = backed_up();
    let before = names(data.path());
    let bytes = std::fs::read(&file).unwrap();
    let path = |name: &str| elsewhere.path().join(name);

    // A page of a table or index, wiped out.
    let mut damaged = bytes.clone();
    let middle = bytes.len() / 4096 / 2 * 4096;
    damaged[middle..middle + 4096].fill(0xaa);
    std::fs::write(path("damaged.db"), damaged).unwrap();
    std::fs::write(path("cut.db"), &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(path("text.db"), "no database ".repeat(1000)).unwrap();
    std::fs::write(path("empty.db"), "").unwrap();
    let other = rusqlite::Connection::open(path("other.db")).unwrap();
    other.execute_batch("CREATE TABLE t(x)").unwrap();
    std::fs::write(path("newer.db"), &bytes).unwrap();
    let newer = rusqlite::Connection::open(path("newer.db")).unwrap();
    newer.pragma_update(None, "user_version", 1000).unwrap();
    drop((other, newer));

    for (name, why) in [
        ("damaged.db", "damaged"),
        ("cut.db", "damaged"),
        ("text.db", "no database of PandaProbe"),
        ("empty.db", "no database of PandaProbe"),
        ("other.db", "no database of PandaProbe"),
        ("newer.db", "schema version 1000"),
        ("missing.db", "No such file"),
    ] {
        let failed = restore(&path(name), data.path(), &["--force"]);
        assert_eq!(failed.code, Some(1), "{name}: {failed:?}");
        assert!(failed.err.contains(why), "{name}: {failed:?}");
        assert_eq!(names(data.path()), before, "{name}");
    }
    let server = Server::start(data.path());
    assert_eq!(total(&server, "/traces?limit=1"), 3);
}
