use pandaprobe_testkit::server::TestServer;
use serde_json::Value;

pub(crate) fn specification() -> Value {
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

/// Every operation as method, path and description.
pub(crate) fn operations(specification: &Value) -> Vec<(String, String, Value)> {
    let paths = specification["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    all
}
