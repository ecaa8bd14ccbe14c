//! A coding agent: searches, reads, runs tests, patches, fails and tries
//! again, sometimes in circles.

mod migration;
mod tasks;

pub(crate) use migration::session as migration;

use serde_json::{Map, json};

use self::tasks::{TASKS, Task};
use crate::demo::chat::{Agent, Chat, Exchange};
use crate::demo::dice::Dice;
use crate::demo::faults::Fault;
use crate::demo::models::{CLAUDE_SONNET, GEMINI_PRO, Model, O4_MINI, QWEN_CODER};
use crate::demo::people::{Colleague, DEVELOPERS};
use crate::demo::script::{Call, Slots, escape, failing, tool};
use crate::demo::trace::{Context, Session};

const SYSTEM: &str = "You are Patchwork, a coding agent in the developer's checkout. Read before you write, make the smallest \
change that solves the task, run the tests after every patch and say plainly what you changed and what you did not. Never touch \
files outside the repository, never commit to main.";

const MODELS: [&Model; 6] = [
    &CLAUDE_SONNET,
    &CLAUDE_SONNET,
    &CLAUDE_SONNET,
    &GEMINI_PRO,
    &O4_MINI,
    &QWEN_CODER,
];
const RELEASES: [&str; 3] = ["patchwork@1.14.2", "patchwork@1.15.0", "patchwork@1.15.0"];

const SEARCH: Call = tool(
    "search_code",
    r#"{"query":"<query>"}"#,
    r#"{"matches":[{"path":"<path>","line":<line>}],"files_searched":<files>}"#,
    130,
);
const READ: Call = tool("read_file", r#"{"path":"<path>"}"#, "<snippet>", 18);
const TEST_FAILS: Call = tool(
    "run_tests",
    r#"{"command":"<command>"}"#,
    "exit code 1\n<failure>",
    7200,
);
const TEST_STILL_FAILS: Call = tool(
    "run_tests",
    r#"{"command":"<command>"}"#,
    "exit code 1\n<second_failure>",
    6800,
);
const TEST_PASSES: Call = tool(
    "run_tests",
    r#"{"command":"<command>"}"#,
    "exit code 0\n<passed>",
    6900,
);
const TEST_HANGS: Call = failing(
    "run_tests",
    r#"{"command":"<command>"}"#,
    "TimeoutExpired: command '<command>' timed out after 120 seconds",
    120_000,
);
const PATCH: Call = tool(
    "apply_patch",
    r#"{"path":"<path>","diff":"<patch_json>"}"#,
    "patched <path>",
    35,
);
const WRONG_PATCH: Call = tool(
    "apply_patch",
    r#"{"path":"<path>","diff":"<wrong_patch_json>"}"#,
    "patched <path>",
    35,
);
const PATCH_REJECTED: Call = failing(
    "apply_patch",
    r#"{"path":"<path>","diff":"<wrong_patch_json>"}"#,
    "PatchError: hunk #1 FAILED at <line>: context does not match <path>",
    30,
);
const LINT: Call = tool(
    "run_command",
    r#"{"command":"make lint"}"#,
    "exit code 0",
    3100,
);
const OPEN_PULL_REQUEST: Call = tool(
    "open_pull_request",
    r#"{"branch":"patchwork/<ticket>","title":"<title>"}"#,
    r#"{"number":<number>,"url":"https://git.larkfield.example/<repo>/pull/<number>"}"#,
    1400,
);
const READ_CI: Call = tool(
    "get_ci_status",
    r#"{"pull_request":<number>}"#,
    r#"{"state":"failed","job":"lint","log_tail":"<path>: line too long (103 > 100)"}"#,
    520,
);

/// How sessions are called; the empty one has no name.
const TITLES: [&str; 5] = [
    "<title>",
    "<ticket>: <title>",
    "<title> (<repo>)",
    "",
    "patchwork/<ticket>",
];

/// What developers add to their request.
const WISHES: [&str; 12] = [
    "",
    "Ticket is <ticket>.",
    "Please keep the diff small.",
    "Don't touch the public API.",
    "It must be in the release on Thursday.",
    "Tell me before you change more than one file.",
    "Peter had a look already and found nothing.",
    "See <ticket> for the discussion.",
    "A test first, please.",
    "Happens since about line <line> was changed last week.",
    "I'm in meetings, so decide yourself.",
    "The customer is waiting for <ticket>…",
];

/// A request after the main one: what the developer writes, what the agent
/// does, what it answers.
struct FollowUp {
    user: &'static str,
    calls: &'static [Call],
    reply: &'static str,
}

static FOLLOW_UPS: [FollowUp; 7] = [
    FollowUp {
        user: "Nice. Please add a regression test for that too, if there isn't one.",
        calls: &[READ, PATCH, TEST_PASSES],
        reply: "There was only a test for the simple case; I added one that fails without the change and passes with it. All green: <passed>",
    },
    FollowUp {
        user: "Open a PR with a short description.",
        calls: &[LINT, OPEN_PULL_REQUEST],
        reply: "Pull request #<number> is open: https://git.larkfield.example/<repo>/pull/<number>. The description has cause, change and how to check it.",
    },
    FollowUp {
        user: "CI is red on the PR, can you look?",
        calls: &[READ_CI, READ, PATCH, LINT],
        reply: "Only the linter: a line was three characters too long. Fixed and pushed, CI is running again.",
    },
    FollowUp {
        user: "Is the same mistake anywhere else in the repo?",
        calls: &[SEARCH, SEARCH],
        reply: "I searched <files> files. There is one more place with the same pattern, but it is in generated code that nothing imports, so I left it alone.",
    },
    FollowUp {
        user: "Explain the change to me in two sentences, I have to tell support.",
        calls: &[],
        reply: "Before, the code made its decision too early and with the wrong value, which customers only noticed in some cases. Now it decides once, with the exact value, and a test keeps it that way.",
    },
    FollowUp {
        user: "I'd rather not have that new helper public. Can you make it private?",
        calls: &[READ, PATCH, TEST_PASSES],
        reply: "Done, it is private to <path> now. Nothing else used it. <passed>",
    },
    FollowUp {
        user: "Looks good, thanks! 🎉",
        calls: &[],
        reply: "You're welcome! The branch is patchwork/<ticket>, in case you need it.",
    },
];

/// Returns one session of a developer with the coding agent.
pub(crate) fn session(dice: &mut Dice, ordinal: usize, start: i64) -> Session {
    let task = &TASKS[ordinal % TASKS.len()];
    let developer = &DEVELOPERS[dice.skewed(DEVELOPERS.len())];
    let slots = slots(dice, task);
    let context = context(dice, task, developer, &slots);
    let model = *dice.one(&MODELS);
    let mut chat = Chat::open(dice, agent(model, task), start);
    let mut traces = Vec::new();
    if chat.dice.chance(0.14) {
        traces.push(chat.exchange(&in_circles(task), &slots));
        chat.pause(200);
    }
    let request = main_request(chat.dice, task, &slots, !traces.is_empty());
    traces.push(chat.exchange(&request, &slots));
    for follow_up in choose_follow_ups(chat.dice) {
        chat.pause(160);
        traces.push(chat.exchange(&follow_up.exchange(&slots), &slots));
    }
    Session { context, traces }
}

fn slots(dice: &mut Dice, task: &Task) -> Slots {
    let mut slots = Slots::default();
    slots.set("repo", task.repo);
    slots.set("title", task.title);
    slots.set("query", task.query.replace('"', "\\\""));
    slots.set("path", task.path);
    slots.set("snippet", task.snippet);
    slots.set("command", task.test_command);
    slots.set("failure", task.failure);
    slots.set("second_failure", task.second_failure);
    slots.set("passed", task.passed);
    slots.set("patch_json", escape(task.patch));
    slots.set("wrong_patch_json", escape(task.wrong_patch));
    slots.set("line", dice.range(12, 240).to_string());
    slots.set("files", dice.range(180, 2400).to_string());
    slots.set("number", dice.range(900, 4800).to_string());
    slots.set("ticket", format!("LF-{}", dice.range(1000, 9999)));
    slots
}

fn context(dice: &mut Dice, task: &Task, developer: &Colleague, slots: &Slots) -> Context {
    let mut metadata = Map::new();
    metadata.insert("repo".into(), json!(task.repo));
    metadata.insert("language".into(), json!(task.language));
    metadata.insert("ticket".into(), json!(slots.fill("<ticket>")));
    metadata.insert("team".into(), json!(developer.team));
    metadata.insert(
        "editor".into(),
        json!(dice.pick(&["terminal", "vscode", "jetbrains"])),
    );
    Context {
        session_id: Some(dice.uuid()),
        session_name: Some(slots.fill(dice.pick(&TITLES))).filter(|name| !name.is_empty()),
        session_metadata: metadata,
        user: Some(developer.id.to_owned()),
        tags: vec!["coding".to_owned(), task.language.to_owned()],
        environment: Some("production".to_owned()),
        release: Some(dice.pick(&RELEASES).to_owned()),
    }
}

fn agent(model: &'static Model, task: &Task) -> Agent {
    Agent {
        trace_name: "code-task",
        span_name: "patchwork",
        plan_name: "next-step",
        answer_name: "final-answer",
        system: format!("{SYSTEM}\nRepository: {} ({}).", task.repo, task.language),
        model,
        router: None,
        tool_tokens: 11_400,
        streamed: true,
        repeats_usage: true,
        apology: "I cannot reach the sandbox at the moment, so I stopped before changing anything.",
    }
}

fn main_request(dice: &mut Dice, task: &Task, slots: &Slots, again: bool) -> Exchange<'static> {
    let request = if again {
        format!(
            "You were going in circles. Once more, and look at {} only: {}",
            task.path, task.request
        )
    } else {
        let wish = slots.fill(dice.pick(&WISHES));
        format!("{} {wish}", task.request).trim_end().to_owned()
    };
    Exchange {
        user: request,
        calls: choose_path(dice),
        reply: task.summary.to_owned(),
        fault: dice.chance(0.12).then_some(Fault::RateLimited),
    }
}

/// The ways from a failing to a passing test.
fn choose_path(dice: &mut Dice) -> &'static [Call] {
    const STRAIGHT: &[Call] = &[SEARCH, READ, TEST_FAILS, PATCH, TEST_PASSES];
    const ONE_DETOUR: &[Call] = &[
        SEARCH,
        READ,
        TEST_FAILS,
        WRONG_PATCH,
        TEST_STILL_FAILS,
        READ,
        PATCH,
        TEST_PASSES,
    ];
    const REJECTED: &[Call] = &[
        SEARCH,
        READ,
        TEST_FAILS,
        PATCH_REJECTED,
        READ,
        WRONG_PATCH,
        TEST_STILL_FAILS,
        PATCH,
        TEST_PASSES,
        LINT,
    ];
    const HANGING: &[Call] = &[
        SEARCH,
        READ,
        TEST_HANGS,
        TEST_FAILS,
        WRONG_PATCH,
        TEST_STILL_FAILS,
        READ,
        SEARCH,
        PATCH,
        TEST_PASSES,
    ];
    [STRAIGHT, ONE_DETOUR, REJECTED, HANGING][dice.weighted(&[30, 40, 18, 12])]
}

fn in_circles(task: &Task) -> Exchange<'static> {
    const CIRCLE: &[Call] = &[
        SEARCH,
        READ,
        TEST_FAILS,
        WRONG_PATCH,
        TEST_STILL_FAILS,
        READ,
        WRONG_PATCH,
        TEST_STILL_FAILS,
        READ,
        WRONG_PATCH,
        TEST_STILL_FAILS,
        READ,
        PATCH_REJECTED,
        READ,
        WRONG_PATCH,
        TEST_STILL_FAILS,
    ];
    Exchange {
        user: task.request.to_owned(),
        calls: CIRCLE,
        reply: String::new(),
        fault: Some(Fault::Loop),
    }
}

fn choose_follow_ups(dice: &mut Dice) -> Vec<&'static FollowUp> {
    let chosen = FOLLOW_UPS.iter();
    chosen.filter(|_| dice.chance(0.42)).collect()
}

impl FollowUp {
    fn exchange(&self, slots: &Slots) -> Exchange<'static> {
        Exchange {
            user: slots.fill(self.user),
            calls: self.calls,
            reply: slots.fill(self.reply),
            fault: None,
        }
    }
}
