use pandaprobe_testkit::server::TestServer;
use serde_json::Value;

fn specification() -> Value {
    TestServer::start().get("/openapi.json").expect(200)
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let specification = specification();
    let mut names: Vec<_> = operations(&specification)
        .into_iter()
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn every_reference_leads_somewhere() {
    let specification = specification();
    let mut rest = vec![&specification];
    while let Some(value) = rest.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(specification.pointer(pointer).is_some(), "{reference}");
                }
                rest.extend(members.values());
            }
            Value::Array(items) => rest.extend(items),
            _ => {}
        }
    }
}

/// Walks the specification: what asks for a key must refuse without one.
#[test]
fn every_operation_that_asks_for_a_key_refuses_without_one() {
    let server = TestServer::builder().require_key("sk_pp_good").start();
    let specification = server.get("/openapi.json").expect(200);
    let mut refused = 0;
    for (method, path, operation) in operations(&specification) {
        let open = operation.get("security").is_some();
        let path = path
            .replace("{trace_id}", "00000000-0000-0000-0000-000000000001")
            .replace("{org_id}", "00000000-0000-0000-0000-000000000001")
            .replace("{session_id}", "s");
        let call = || {
            let call = server.call(&method, &path).project("p");
            if method == "POST" {
                call.body("{}")
            } else {
                call
            }
        };
        let anonymous = call().send();
        if open {
            assert_ne!(anonymous.status, 401, "{method} {path}");
            continue;
        }
        refused += 1;
        assert_eq!(anonymous.status, 401, "{method} {path}");
        let wrong = call().header("X-API-Key", "sk_pp_wrong").send();
        assert_eq!(wrong.status, 401, "{method} {path}");
        assert_eq!(wrong.json()["detail"], "Invalid API key");
        assert_eq!(wrong.header("www-authenticate"), "");
        let good = call().header("X-API-Key", "sk_pp_good").send();
        assert_ne!(good.status, 401, "{method} {path}");
    }
    assert!(refused >= 8, "{refused}");
}

fn operations(specification: &Value) -> Vec<(String, String, Value)> {
    let paths = specification["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    all
}
