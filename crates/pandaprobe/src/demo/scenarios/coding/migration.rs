//! One very large trace: the coding agent moves a whole service to another
//! HTTP client, file by file.

use serde_json::{Map, Value, json};

use super::tasks::MIGRATED;
use crate::demo::dice::Dice;
use crate::demo::models::{CLAUDE_HAIKU, CLAUDE_SONNET};
use crate::demo::recorder::{LlmCall, Recorder, message, messages, tool_call};
use crate::demo::trace::{Context, Kind, Session, Trace};

const REQUEST: &str = "Please move the whole backend from requests to httpx, sources and tests. One file at a time, tests after each, and give me a table at the end.";
const DONE: &str = "All 52 files are on httpx now; 1,284 tests pass. Three files needed a second attempt (streaming uploads and two mocks). `requests` is gone from pyproject.toml. Connection pools are shared per service, which you may want to look at in review.";
const PLAN: &str = "I will go file by file: read it, replace the client, run its tests, repair what breaks. Shared sessions become one httpx.Client per service. Streaming uploads need care because httpx wants an iterator.";

/// Returns the session with the very large trace.
pub(crate) fn session(dice: &mut Dice, start: i64) -> Session {
    let context = context(dice);
    let planning = plan(dice, start);
    let begin = planning.ended.unwrap_or(start) + 95_000_000;
    let work = migrate(dice, begin);
    Session {
        context,
        traces: vec![planning, work],
    }
}

fn context(dice: &mut Dice) -> Context {
    let mut metadata = Map::new();
    metadata.insert("repo".into(), json!("larkfield/backend"));
    metadata.insert("language".into(), json!("python"));
    metadata.insert("team".into(), json!("platform"));
    metadata.insert("ticket".into(), json!("LF-2210"));
    Context {
        session_id: Some(format!("migration-{}", dice.hex(8))),
        session_name: Some("Move the backend from requests to httpx".to_owned()),
        session_metadata: metadata,
        user: Some("dmitri.volkov".to_owned()),
        tags: vec!["coding".into(), "python".into(), "long-running".into()],
        environment: Some("production".to_owned()),
        release: Some("patchwork@1.15.0".to_owned()),
    }
}

fn plan(dice: &mut Dice, start: i64) -> Trace {
    let request = "How would you move us from requests to httpx without stopping everything?";
    let input = messages("user", request);
    let mut recorder = Recorder::start(dice, "code-task", start, input.clone());
    let root = recorder.enter(Kind::Agent, "patchwork", input);
    let output = json!({"matches": MIGRATED.len() * 2, "sample": &MIGRATED[..3]});
    recorder.step(
        Kind::Tool,
        "search_code",
        json!({"query": "import requests"}),
        output,
        340,
    );
    let asked = vec![message("user", request)];
    let mut call = LlmCall::new(
        "final-answer",
        &CLAUDE_SONNET,
        asked,
        message("assistant", PLAN),
    );
    call.hidden_tokens = 11_400;
    call.streamed = true;
    recorder.llm(call);
    recorder.repeat_usage(root);
    let output = messages("assistant", PLAN);
    recorder.leave(root, output.clone());
    recorder.finish(output)
}

fn migrate(dice: &mut Dice, start: i64) -> Trace {
    let input = messages("user", REQUEST);
    let mut recorder = Recorder::start(dice, "code-task", start, input.clone());
    recorder.note("files", json!(MIGRATED.len() * 2));
    let root = recorder.enter(Kind::Agent, "patchwork", input);
    for name in MIGRATED {
        migrate_file(&mut recorder, &format!("{name}.py"), "sources");
        let test = format!("tests/test_{}.py", name.replace('/', "_"));
        migrate_file(&mut recorder, &test, "tests");
    }
    let asked = vec![message("user", REQUEST), message("assistant", PLAN)];
    let mut call = LlmCall::new(
        "final-answer",
        &CLAUDE_SONNET,
        asked,
        message("assistant", DONE),
    );
    call.hidden_tokens = 11_400;
    call.streamed = true;
    recorder.llm(call);
    recorder.repeat_usage(root);
    let output = messages("assistant", DONE);
    recorder.leave(root, output.clone());
    recorder.finish(output)
}

/// Every file is a branch of its own, with a fresh context.
fn migrate_file(recorder: &mut Recorder<'_>, path: &str, group: &str) {
    let name = format!("migrate {path}");
    let branch = recorder.enter(Kind::Chain, &name, json!({"path": path, "group": group}));
    let source = source_of(path);
    recorder.step(
        Kind::Tool,
        "read_file",
        json!({"path": path}),
        json!(source),
        14,
    );
    let mut asked = vec![
        message(
            "system",
            "Replace requests by httpx in the given file. Answer with a diff only.",
        ),
        message("user", &format!("{path}\n{source}")),
    ];
    write_patch(recorder, path, &asked);
    recorder.step(
        Kind::Tool,
        "apply_patch",
        json!({"path": path}),
        json!("patched"),
        30,
    );
    if recorder.dice.chance(0.07) {
        let error = "AttributeError: 'Response' object has no attribute 'iter_content'";
        recorder.failed_step(Kind::Tool, "run_tests", json!({"path": path}), error, 2600);
        asked.push(message("user", error));
        write_patch(recorder, path, &asked);
        recorder.step(
            Kind::Tool,
            "apply_patch",
            json!({"path": path}),
            json!("patched"),
            30,
        );
    }
    let format = json!({"command": format!("ruff format {path}")});
    recorder.step(
        Kind::Tool,
        "run_command",
        format,
        json!("1 file reformatted"),
        160,
    );
    let passed = recorder.dice.range(4, 41);
    let report = json!({"exit_code": 0, "passed": passed});
    recorder.step(Kind::Tool, "run_tests", json!({"path": path}), report, 2400);
    review(recorder, path);
    recorder.leave(branch, json!({"path": path, "tests_passed": passed}));
}

fn source_of(path: &str) -> String {
    let service = path
        .rsplit('/')
        .next()
        .unwrap_or(path)
        .trim_end_matches(".py");
    format!(
        "import requests\n\nsession = requests.Session()\n\n\ndef call_{service}(url, body):\n    answer = session.post(url, json=body, timeout=10)\n    answer.raise_for_status()\n    return answer.json()\n"
    )
}

fn write_patch(recorder: &mut Recorder<'_>, path: &str, asked: &[Value]) {
    let diff = "-import requests\n+import httpx\n-session = requests.Session()\n+client = httpx.Client(timeout=10)\n-    answer = session.post(url, json=body, timeout=10)\n+    answer = client.post(url, json=body)\n";
    let id = format!("toolu_{}", recorder.dice.hex(12));
    let reply = tool_call(&id, "apply_patch", &json!({"path": path, "diff": diff}));
    let mut call = LlmCall::new("next-step", &CLAUDE_SONNET, asked.to_vec(), reply);
    call.hidden_tokens = 4_800;
    recorder.llm(call);
}

fn review(recorder: &mut Recorder<'_>, path: &str) {
    let check = recorder.enter(Kind::Chain, "review", json!({"path": path}));
    let asked = vec![message(
        "user",
        &format!(
            "Does the diff of {path} keep timeouts, retries and error handling? yes or no, with a reason."
        ),
    )];
    let verdict =
        "yes: same timeout on the client, raise_for_status kept, no retry was there before.";
    recorder.llm(LlmCall::new(
        "judge",
        &CLAUDE_HAIKU,
        asked,
        message("assistant", verdict),
    ));
    recorder.leave(check, json!({"accepted": true}));
}
