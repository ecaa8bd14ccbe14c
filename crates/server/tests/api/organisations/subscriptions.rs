use serde_json::json;

use super::{Organisation, guarded, text};
use crate::given::{names, trace};

#[test]
fn the_plan_is_fixed() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let answer = organisation.get("/subscriptions").send();
    assert_eq!(
        names(&answer.text()),
        [
            "id",
            "org_id",
            "plan",
            "status",
            "current_period_start",
            "current_period_end",
            "canceled_at",
            "created_at"
        ]
    );
    let subscription = answer.json();
    assert_eq!(subscription["org_id"], organisation.id.as_str());
    assert_eq!(subscription["plan"], "DEVELOPMENT");
    assert_eq!(subscription["status"], "ACTIVE");
    let start = text(&subscription["current_period_start"]);
    assert!(start.ends_with("-01T00:00:00+00:00"), "{start}");
    assert!(start < text(&subscription["current_period_end"]));
    assert_eq!(organisation.get("/subscriptions").expect(200), subscription);
}

#[test]
fn usage_counts_the_traces_that_are_stored() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let usage = || organisation.get("/subscriptions/usage").send();
    assert_eq!(
        names(&usage().text()),
        [
            "plan",
            "status",
            "period_start",
            "period_end",
            "traces",
            "trace_evals",
            "session_evals",
            "limits"
        ]
    );
    assert_eq!(usage().json()["traces"], 0);
    let one = organisation.project("one");
    for (project, number) in [("one", 1), ("one", 2), ("two", 1)] {
        let call = server.post("/traces").project(project);
        let call = call.header("X-API-Key", super::KEY);
        call.json(&trace(number, 0, 1, json!({}))).expect(202);
    }
    assert_eq!(usage().json()["traces"], 3);
    assert!(usage().text().contains("\"base_traces\":9007199254740991"));
    // A key for one project learns nothing of others.
    let key = organisation.key(&json!({"name": "n", "project_id": one}));
    let narrow = Organisation::with(&server, &text(&key["raw_key"]));
    let seen = narrow.get("/subscriptions/usage").expect(200);
    assert_eq!(seen["traces"], 2);
    organisation.delete(&format!("/projects/{one}")).expect(204);
    assert_eq!(usage().json()["traces"], 1);
}

#[test]
fn there_is_nothing_to_pay() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let bill = organisation.get("/subscriptions/billing").expect(200);
    assert_eq!(bill["amount_due"], 0);
    let invoices = "/subscriptions/invoices";
    assert_eq!(organisation.get(invoices).expect(200), json!([]));
    for limit in ["0", "37", "x"] {
        let problem = organisation.get(&format!("{invoices}?limit={limit}"));
        assert_eq!(problem.expect(422)["errors"][0]["field"], "query -> limit");
    }
    for path in ["/subscriptions/checkout", "/subscriptions/portal"] {
        let problem = organisation.post(path, &json!({})).expect(403);
        assert!(text(&problem["detail"]).contains("nothing to pay"));
    }
}
