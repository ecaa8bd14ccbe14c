//! One valid request for each operation. An operation without a case fails the
//! walk: add one here.

use serde_json::{Value, json};

use super::world::{GOOD, VERIFIER, World, with_key};
use crate::given::{at, id, span, trace};

/// What an operation is about, which decides who may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Nothing that needs a key.
    Nobody,
    /// The data of the project that the request names.
    Data,
    /// The project in the path, or what belongs to it.
    Project,
    /// The organisation: keys that are narrowed to a project may look, and see
    /// nothing of other projects.
    Organisation,
}

/// A request that is valid in a [`World`].
#[derive(Debug)]
pub(super) struct Case {
    /// The `operationId`.
    pub(super) operation: &'static str,
    pub(super) about: About,
    /// What a key that may do everything is answered.
    pub(super) status: u16,
    /// With its question mark.
    pub(super) query: String,
    pub(super) body: Option<fn(&World) -> Value>,
}

impl Case {
    fn query(mut self, query: &str) -> Self {
        self.query = format!("?{query}");
        self
    }

    fn body(mut self, body: fn(&World) -> Value) -> Self {
        self.body = Some(body);
        self
    }
}

/// Every operation.
pub(super) fn all() -> Vec<Case> {
    [data(), management(), server()]
        .into_iter()
        .flatten()
        .collect()
}

fn case(about: About) -> impl Fn(&'static str, u16) -> Case {
    move |operation, status| Case {
        operation,
        about,
        status,
        query: String::new(),
        body: None,
    }
}

fn data() -> Vec<Case> {
    let case = case(About::Data);
    let window = format!("started_after={}&started_before={}", at(0), at(9)).replace('+', "%2B");
    let traces = |_: &World| json!({"trace_ids": [id(1)]});
    let sessions = |_: &World| json!({"session_ids": ["s"]});
    let renamed = |_: &World| json!({"name": "renamed"});
    vec![
        case("list_traces", 200),
        case("create_trace", 202).body(|_| trace(1, 0, 2, json!({}))),
        case("create_traces", 202).body(|_| json!([trace(3, 0, 1, json!({}))])),
        case("delete_traces", 200).body(traces),
        case("tag_traces", 200).body(|_| json!({"trace_ids": [id(1)], "add_tags": ["new"]})),
        case("analyse_traces", 200).query(&window),
        case("list_users", 200),
        case("get_trace", 200),
        case("update_trace", 200).body(renamed),
        case("delete_trace", 204),
        case("add_spans", 201).body(|_| json!([span(2, 0, 1, json!({}))])),
        case("update_span", 200).body(renamed),
        case("list_sessions", 200),
        case("delete_sessions", 200).body(sessions),
        case("tag_sessions", 200).body(|_| json!({"session_ids": ["s"], "add_tags": ["new"]})),
        case("analyse_sessions", 200).query(&window),
        case("get_session", 200),
        case("update_session", 200).body(renamed),
        case("delete_session", 200),
        case("get_session_by_id", 200).query("id=s"),
        case("update_session_by_id", 200)
            .query("id=s")
            .body(renamed),
        case("delete_session_by_id", 200).query("id=s"),
        case("list_trace_scores", 200),
        case("create_trace_score", 201)
            .body(|_| json!({"trace_id": id(1), "name": "new", "value": "0.5"})),
    ]
}

fn management() -> Vec<Case> {
    let (project, case) = (case(About::Project), case(About::Organisation));
    let named = |_: &World| json!({"name": "new"});
    vec![
        case("filter_schema", 200),
        case("get_me", 200),
        case("list_my_invitations", 200),
        case("accept_invitation", 404),
        case("decline_invitation", 404),
        case("list_organizations", 200),
        case("create_organization", 403).body(named),
        case("get_organization", 200),
        case("update_organization", 200).body(named),
        case("delete_organization", 403),
        case("list_members", 200),
        case("update_member", 403).body(|_| json!({"role": "ADMIN"})),
        case("remove_member", 403),
        case("list_invitations", 200),
        case("create_invitation", 403).body(|_| json!({"email": "panda@example.com"})),
        case("delete_invitation", 404),
        case("list_projects", 200),
        case("create_project", 201).body(named),
        project("get_project", 200),
        project("update_project", 200).body(named),
        project("delete_project", 204),
        case("list_api_keys", 200),
        case("create_api_key", 201).body(named),
        project("get_api_key", 200),
        project("rotate_api_key", 201),
        project("revoke_api_key", 204),
        case("list_plans", 200),
        case("get_subscription", 200),
        case("get_subscription_usage", 200),
        case("get_billing", 200),
        case("list_invoices", 200),
        case("open_checkout", 403),
        case("open_portal", 403),
        case("create_cli_code", 201).body(|world| world.cli_login()),
    ]
}

fn server() -> Vec<Case> {
    let case = case(About::Nobody);
    vec![
        case("root", 200),
        case("health", 200),
        case("openapi", 200),
        case("login", 204).body(|_| json!({"api_key": GOOD})),
        case("logout", 204),
        case("exchange_cli_code", 200).body(|world| {
            let call = with_key(world.server.post("/cli/auth/codes"));
            let code = call.json(&world.cli_login()).expect(201)["code"].clone();
            json!({"code": code, "code_verifier": VERIFIER})
        }),
    ]
}
