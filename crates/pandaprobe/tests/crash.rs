//! SIGKILL under load, again and again on one data directory: whatever was
//! answered with 202 is there after the restart, and totals match.
//!
//! A kill leaves the page cache alone, so this proves recovery, not syncing:
//! that is the power-cut test in the server crate.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here fails the test"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const CALLERS: u64 = 4;

#[test]
fn acknowledged_traces_survive_kills() {
    let rounds = if std::env::var_os("PANDAPROBE_SOAK").is_some() {
        500
    } else {
        6
    };
    let data = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..rounds {
        let server = Server::start(data.path());
        // Every trace of the last round, and some of all earlier ones.
        let step = (acknowledged.len() / 200).max(1);
        let recent = acknowledged.len().saturating_sub(200);
        for id in acknowledged
            .iter()
            .step_by(step)
            .chain(&acknowledged[recent..])
        {
            server.assert_there(id);
        }
        assert!(
            server.total("/traces") >= acknowledged.len() as u64,
            "round {round}"
        );
        server.assert_sessions_add_up();
        acknowledged.extend(server.load_and_kill(round));
    }
    assert!(
        acknowledged.len() > rounds as usize,
        "the load must have got through"
    );
    let server = Server::start(data.path());
    for id in &acknowledged {
        server.assert_there(id);
    }
    server.assert_sessions_add_up();
}

struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_pandaprobe"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = lines
            .map_while(Result::ok)
            .find_map(|line| {
                Some(
                    line.split_once("http://")?
                        .1
                        .split_once("/ui/")?
                        .0
                        .to_owned(),
                )
            })
            .expect("the server says where it listens");
        Self {
            process,
            url: format!("http://{url}"),
        }
    }

    fn get(&self, path: &str) -> serde_json::Value {
        let mut answer = ureq::get(format!("{}{path}", self.url)).call().unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    }

    fn assert_there(&self, id: &str) {
        let trace = self.get(&format!("/traces/{id}"));
        assert_eq!(
            trace["spans"].as_array().map(Vec::len),
            Some(3),
            "trace {id}"
        );
    }

    fn total(&self, path: &str) -> u64 {
        self.get(&format!("{path}?limit=1"))["total"]
            .as_u64()
            .unwrap()
    }

    /// The kept rollups agree with the traces that are there.
    fn assert_sessions_add_up(&self) {
        let sessions = self.get("/sessions?limit=200");
        let sum = |field: &str| -> u64 {
            sessions["items"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|session| session[field].as_u64())
                .sum()
        };
        assert_eq!(sum("trace_count"), self.total("/traces"));
        assert_eq!(sum("total_span_count"), 3 * self.total("/traces"));
        assert_eq!(sum("total_tokens"), 15 * self.total("/traces"));
    }

    /// Sends from several threads, kills the process in the middle, and returns
    /// what was acknowledged.
    fn load_and_kill(mut self, round: u64) -> Vec<String> {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (url, stop, acknowledged) = (
                    self.url.clone(),
                    Arc::clone(&stop),
                    Arc::clone(&acknowledged),
                );
                std::thread::spawn(move || {
                    for number in 0.. {
                        let ids: Vec<_> = (0..3)
                            .map(|n| trace_id(round, caller, number * 3 + n))
                            .collect();
                        let body: String = ids.iter().map(|id| trace(id, caller) + "\n").collect();
                        let sent = ureq::post(format!("{url}/traces/batch"))
                            .content_type("application/x-ndjson")
                            .send(&body);
                        match sent {
                            Ok(answer) if answer.status() == 202 => {
                                acknowledged.lock().unwrap().extend(ids)
                            }
                            _ => break,
                        }
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(150 + round * 97 % 400));
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        stop.store(true, Ordering::Relaxed);
        callers
            .into_iter()
            .for_each(|caller| caller.join().unwrap());
        let acknowledged = acknowledged.lock().unwrap();
        acknowledged.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn trace_id(round: u64, caller: u64, number: u64) -> String {
    format!("{round:08x}-0000-4000-8000-{caller:04x}{number:08x}")
}

fn trace(id: &str, caller: u64) -> String {
    let span = |n: u32, parent: &str| {
        format!(
            r#"{{"span_id":"{n:08x}-0000-4000-8000-000000000000"{parent},"name":"step","kind":"LLM","started_at":"2026-01-02T03:04:05Z",
               "token_usage":{{"prompt_tokens":10,"completion_tokens":5}},"input":{{"messages":[{{"role":"user","content":"{id}"}}]}}}}"#
        )
        .replace('\n', " ")
    };
    let parent = |n: u32| format!(r#","parent_span_id":"{n:08x}-0000-4000-8000-000000000000""#);
    format!(
        r#"{{"trace_id":"{id}","name":"t","started_at":"2026-01-02T03:04:05Z","session_id":"s{caller}","spans":[{},{},{}]}}"#,
        span(3, &parent(2)),
        span(2, &parent(1)),
        span(1, "")
    )
}
