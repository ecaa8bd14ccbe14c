//! Every request that the original SDK was seen to send, sent again: the same
//! status as then, and what was sent comes back.

use std::collections::{BTreeMap, BTreeSet};

use pandaprobe_testkit::server::{Call, TestServer};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

const CAPTURED: &str = include_str!("../fixtures/captured-sdk-0.6.0.jsonl");
const PROJECT: &str = "seed-examples";
const KEY: &str = "sk_pp_example";

#[derive(Deserialize)]
struct Captured {
    method: String,
    path: String,
    status: u16,
    headers: Vec<(String, String)>,
    /// As text: numbers must not pass through a float on their way.
    #[serde(rename = "json")]
    sent: Box<RawValue>,
}

fn captured() -> Vec<Captured> {
    let lines = CAPTURED.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

impl Captured {
    fn is_score(&self) -> bool {
        self.path == "/evaluations/trace-scores"
    }

    fn body(&self) -> Value {
        serde_json::from_str(self.sent.get()).unwrap()
    }

    /// The request with its headers, but for those that belong to the connection.
    fn call<'s>(&self, server: &'s TestServer) -> Call<'s> {
        let own = |name: &str| !matches!(name, "Host" | "Content-Length" | "Connection");
        let mut call = server.call(&self.method, &self.path);
        for (name, value) in self.headers.iter().filter(|(name, _)| own(name)) {
            call = call.header(name, value);
        }
        call.body(self.sent.get())
    }
}

/// A server that has got every captured request.
fn replayed() -> (TestServer, Vec<Captured>) {
    let server = TestServer::builder().require_key(KEY).start();
    let all = captured();
    for request in &all {
        let answer = request.call(&server).send();
        assert_eq!(
            answer.status,
            request.status,
            "{}: {}",
            request.sent,
            answer.text()
        );
    }
    (server, all)
}

fn read(server: &TestServer, path: &str) -> Value {
    let call = server.get(path).project(PROJECT).header("X-API-Key", KEY);
    call.expect(200)
}

/// The members with what the contract says about those that were left out.
fn complete(sent: &Value, left_out: &Value) -> Map<String, Value> {
    let mut all = left_out.as_object().unwrap().clone();
    all.extend(sent.as_object().unwrap().clone());
    all
}

fn sorted_tags(tags: &Value) -> Value {
    let tags: BTreeSet<&str> = tags
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag.as_str().unwrap())
        .collect();
    json!(tags)
}

/// Prompt and completion tokens of the spans that have usage and below which
/// none has: a naive recount of what was sent.
fn tokens(trace: &Value) -> i64 {
    let empty = Vec::new();
    let spans = trace["spans"].as_array().unwrap_or(&empty);
    let has_usage = |span: &&Value| span.get("token_usage").is_some();
    let above = |span: &Value| {
        let parent = span.get("parent_span_id")?;
        spans.iter().find(|other| other["span_id"] == *parent)
    };
    let covered: BTreeSet<String> = spans
        .iter()
        .filter(has_usage)
        .flat_map(|span| std::iter::successors(above(span), |parent| above(parent)))
        .map(|span| span["span_id"].to_string())
        .collect();
    let counted = spans
        .iter()
        .filter(has_usage)
        .filter(|span| !covered.contains(&span["span_id"].to_string()));
    counted
        .map(|span| {
            let count = |name: &str| span["token_usage"][name].as_i64().unwrap_or(0);
            count("prompt_tokens") + count("completion_tokens")
        })
        .sum()
}

#[test]
fn every_trace_comes_back_as_it_was_sent() {
    let (server, all) = replayed();
    let left_out = json!({
        "status": "COMPLETED", "input": null, "output": null, "metadata": {}, "ended_at": null,
        "session_id": null, "user_id": null, "tags": [], "environment": null, "release": null,
        "spans": [],
    });
    let mut traces = 0;
    for request in all.iter().filter(|request| !request.is_score()) {
        let sent = &request.body();
        let id = sent["trace_id"].as_str().unwrap();
        let read = read(&server, &format!("/traces/{id}"));
        for (name, value) in complete(sent, &left_out) {
            match name.as_str() {
                "spans" => same_spans(&read, &value),
                "tags" => assert_eq!(read["tags"], sorted_tags(&value), "{id}"),
                // An empty one means none.
                "session_id" | "user_id" if value == "" => assert_eq!(read[&name], Value::Null),
                _ => assert_eq!(read[&name], value, "{name} of {id}"),
            }
        }
        assert_eq!(read["total_tokens"], tokens(sent), "{id}");
        traces += 1;
    }
    assert_eq!(traces, 42);
}

fn same_spans(read: &Value, sent: &Value) {
    let left_out = json!({
        "parent_span_id": null, "kind": "OTHER", "status": "UNSET", "input": null, "output": null,
        "model": null, "token_usage": null, "metadata": {}, "ended_at": null, "error": null,
        "completion_start_time": null, "model_parameters": null, "cost": null,
    });
    let mut sent = sent.as_array().unwrap().clone();
    sent.sort_by_key(|span| {
        let text = |name: &str| span[name].as_str().unwrap().to_owned();
        (text("started_at"), text("span_id"))
    });
    let read = read["spans"].as_array().unwrap();
    assert_eq!(read.len(), sent.len());
    for (read, sent) in read.iter().zip(&sent) {
        for (name, value) in complete(sent, &left_out) {
            assert_eq!(read[&name], value, "{name} of {sent}");
        }
    }
}

#[test]
fn every_score_comes_back_as_it_was_sent() {
    let (server, all) = replayed();
    let page = read(&server, "/evaluations/trace-scores");
    let mut read = page["items"].as_array().unwrap().clone();
    read.reverse();
    let sent: Vec<_> = all.iter().filter(|request| request.is_score()).collect();
    assert_eq!((read.len(), sent.len()), (4, 4));
    let left_out = json!({"data_type": "NUMERIC", "source": "ANNOTATION", "reason": null,
        "metadata": {}, "status": "SUCCESS"});
    for (read, sent) in read.iter().zip(sent) {
        for (name, value) in complete(&sent.body(), &left_out) {
            assert_eq!(read[&name], value, "{name} of {}", sent.sent);
        }
    }
}

#[test]
fn every_session_has_its_traces() {
    let (server, all) = replayed();
    let traces: Vec<_> = all
        .iter()
        .filter(|request| !request.is_score())
        .map(Captured::body)
        .collect();
    let id = |trace: &Value, name: &str| {
        let id = trace.get(name).and_then(Value::as_str);
        id.filter(|id| !id.is_empty()).map(str::to_owned)
    };
    let mut sessions: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for trace in &traces {
        if let Some(id) = id(trace, "session_id") {
            sessions.entry(id).or_default().push(trace);
        }
    }
    assert!(sessions.len() >= 4, "{sessions:?}");
    let page = read(&server, "/sessions");
    assert_eq!(page["total"], sessions.len());
    for session in page["items"].as_array().unwrap() {
        let traces = &sessions[session["session_id"].as_str().unwrap()];
        let spans = |trace: &&Value| trace["spans"].as_array().map_or(0, Vec::len);
        let errors = traces.iter().any(|trace| trace["status"] == "ERROR");
        let first = traces
            .iter()
            .min_by_key(|trace| trace["started_at"].as_str());
        let first = first.unwrap();
        for (name, want) in [
            ("trace_count", json!(traces.len())),
            (
                "total_span_count",
                json!(traces.iter().map(spans).sum::<usize>()),
            ),
            (
                "total_tokens",
                json!(traces.iter().map(|trace| tokens(trace)).sum::<i64>()),
            ),
            ("has_error", json!(errors)),
            ("first_trace_at", first["started_at"].clone()),
            ("user_id", first["user_id"].clone()),
        ] {
            assert_eq!(session[name], want, "{name} of {session}");
        }
    }
    let users: BTreeSet<_> = traces
        .iter()
        .filter_map(|trace| id(trace, "user_id"))
        .collect();
    let page = read(&server, "/traces/users");
    assert_eq!(page["total"], users.len());
}
