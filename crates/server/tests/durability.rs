//! Power cuts: no 202 is sent before what it acknowledges is on disk.
//!
//! The server runs over a file layer that logs every write and sync. Each
//! answer notes how far the log had come. Then, for many points of the log, the
//! files are rebuilt as a power cut there could have left them (writes that were
//! not synced lost, kept or torn), opened with the ordinary file layer, and
//! searched for everything acknowledged up to that point.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use pandaprobe_model::filter::Filter;
use pandaprobe_model::query::{Order, SessionQuery, SessionSort, Window};
use pandaprobe_model::{ProjectId, TraceId};
use pandaprobe_store::sqlite::{Options, SqliteStore};
use pandaprobe_store::{Projects, SessionQueries, TraceQueries};
use pandaprobe_testkit::faultfs::{FaultFs, LogPosition, TearMode};
use pandaprobe_testkit::server::TestServer;
use serde_json::json;

/// An acknowledged trace.
struct Acknowledged {
    id: TraceId,
    /// The log before the request was sent, and after the answer came.
    sent: LogPosition,
    answered: LogPosition,
}

#[test]
fn what_was_acknowledged_survives_a_power_cut() {
    let soak = std::env::var_os("PANDAPROBE_SOAK").is_some();
    let (callers, requests, cuts) = if soak { (8, 100, 3000) } else { (6, 12, 80) };
    let data = tempfile::tempdir().unwrap();
    let disk = FaultFs::new(data.path()).unwrap();
    let server = TestServer::builder()
        .data(data.path())
        .vfs(disk.vfs_name())
        .start();
    // A slow sync widens the window in which a hasty answer would be caught.
    disk.set_sync_delay(Duration::from_millis(2));
    let acknowledged = load(&server, &disk, callers, requests);
    disk.set_sync_delay(Duration::ZERO);
    server.stop();

    let end = disk.position().index();
    let step = (acknowledged.len() * 4 / cuts).max(1);
    // Right at the answers, where a missing sync shows; then anywhere.
    for (seed, ack) in acknowledged.iter().enumerate().step_by(step) {
        check(
            &disk,
            ack.answered,
            seed as u64,
            TearMode::DropPending,
            &acknowledged,
        );
    }
    let modes = [
        TearMode::DropPending,
        TearMode::Subset,
        TearMode::Torn { sector_bytes: 512 },
    ];
    for seed in 0..cuts as u64 {
        let cut = LogPosition::from_index(end * (seed * 7919 % cuts as u64) / cuts as u64);
        check(
            &disk,
            cut,
            seed,
            modes[seed as usize % modes.len()],
            &acknowledged,
        );
    }

    // The check can fail: what had not been sent yet is not found.
    let late = acknowledged
        .iter()
        .max_by_key(|ack| ack.sent.index())
        .unwrap();
    let found = found_at(&disk, late.sent, 0, TearMode::DropPending, [late]);
    assert_eq!(found, [false], "a trace was on disk before it was sent");
}

/// Sends traces from several threads, some alone and some in batches.
fn load(server: &TestServer, disk: &FaultFs, callers: u128, requests: u128) -> Vec<Acknowledged> {
    let acknowledged = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for caller in 0..callers {
            let acknowledged = &acknowledged;
            scope.spawn(move || {
                for request in 0..requests {
                    let id = |n| TraceId((caller << 96) + (request << 8) + n + 1);
                    let ids: Vec<_> = (0..1 + request % 3).map(id).collect();
                    let traces: Vec<_> = ids.iter().map(|id| trace(*id, caller)).collect();
                    let sent = disk.position();
                    let call = match traces.as_slice() {
                        [one] => server.post("/traces").json(one),
                        several => server.post("/traces/batch").json(&json!(several)),
                    };
                    call.expect(202);
                    let answered = disk.position();
                    let news = ids
                        .into_iter()
                        .map(|id| Acknowledged { id, sent, answered });
                    acknowledged.lock().unwrap().extend(news);
                }
            });
        }
    });
    acknowledged.into_inner().unwrap()
}

fn trace(id: TraceId, caller: u128) -> serde_json::Value {
    json!({
        "trace_id": id.to_string(),
        "name": "answer",
        "started_at": "2026-01-02T03:04:05Z",
        "session_id": format!("session-{caller}"),
        "input": {"messages": [{"role": "user", "content": format!("question {id}")}]},
        "spans": [{"name": "call", "started_at": "2026-01-02T03:04:05Z", "output": "x".repeat(3000)}],
    })
}

fn check(disk: &FaultFs, cut: LogPosition, seed: u64, tear: TearMode, all: &[Acknowledged]) {
    let due: Vec<_> = all
        .iter()
        .filter(|ack| ack.answered.index() <= cut.index())
        .collect();
    let found = found_at(disk, cut, seed, tear, due.iter().copied());
    let lost = found.iter().filter(|found| !**found).count();
    assert_eq!(
        lost,
        0,
        "of {} acknowledged traces, cut at {cut:?}, seed {seed}, {tear:?}",
        due.len()
    );
}

/// Rebuilds the disk and says which of the traces it holds, whole.
fn found_at<'a>(
    disk: &FaultFs,
    cut: LogPosition,
    seed: u64,
    tear: TearMode,
    wanted: impl IntoIterator<Item = &'a Acknowledged>,
) -> Vec<bool> {
    let copy = tempfile::tempdir().unwrap();
    disk.snapshot_at(cut, seed, tear, copy.path()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let found = runtime.block_on(async {
        let store = SqliteStore::open(Options {
            readers: 1,
            ..Options::new(copy.path())
        })
        .unwrap();
        let project = store.ensure_project("default".into()).await.unwrap().key;
        let mut found = Vec::new();
        for ack in wanted {
            let trace = store.trace(project, ack.id).await.unwrap();
            found.push(trace.is_some_and(|trace| trace.spans.len() == 1 && trace.input.is_some()));
        }
        assert_sessions_add_up(&store, project).await;
        found
    });
    assert_intact(copy.path());
    found
}

/// Half a commit would show as a session that does not equal its traces.
async fn assert_sessions_add_up(store: &SqliteStore, project: ProjectId) {
    let query = SessionQuery {
        filter: Filter::all(),
        sort: SessionSort::Recent,
        order: Order::Desc,
        window: Window {
            limit: 100,
            offset: 0,
        },
    };
    for session in store.sessions(project, query).await.unwrap().items {
        let all = Window {
            limit: 1000,
            offset: 0,
        };
        let detail = store
            .session(project, session.session_id, all)
            .await
            .unwrap()
            .unwrap();
        let spans: usize = detail.traces.iter().map(|trace| trace.spans.len()).sum();
        assert_eq!(session.trace_count, detail.traces.len() as i64);
        assert_eq!(session.totals.spans, spans as i64);
    }
}

fn assert_intact(dir: &Path) {
    let connection = rusqlite::Connection::open(dir.join("pandaprobe.db")).unwrap();
    let verdict: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
}
