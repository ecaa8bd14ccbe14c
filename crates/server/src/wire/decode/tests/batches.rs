//! Many traces in one body.

use super::super::{NOT_A_LIST, NOT_AN_OBJECT, NOT_UTF8, batch, many};
use super::*;

const A: &str = r#"{"trace_id":"00000000-0000-0000-0000-00000000000a","name":"a","started_at":0}"#;
const B: &str = r#"{"trace_id":"00000000-0000-0000-0000-00000000000b","name":"b","started_at":0}"#;

/// What became of the items of a batch: names of the good, errors of the bad.
fn items(text: &[u8], content_type: Option<&str>) -> Result<Vec<String>, Vec<String>> {
    let items = many(&Bytes::copy_from_slice(text), content_type).map_err(shown)?;
    let shown = |item: batch::Item| match item {
        Ok(trace) => trace.name,
        Err(rejected) => shown(rejected).join("; "),
    };
    Ok(items.into_iter().map(shown).collect())
}

#[test]
fn batches_as_an_array() {
    assert_eq!(
        items(format!("[{A},{B}]").as_bytes(), None),
        Ok(vec!["a".into(), "b".into()])
    );
    let mixed = format!(r#" [{A}, 5, {{"name":"x"}}, [], "\ud800", null, {B}] "#);
    let not_an_object = format!(": {NOT_AN_OBJECT}");
    assert_eq!(
        items(mixed.as_bytes(), Some("application/json")),
        Ok(vec![
            "a".into(),
            not_an_object.clone(),
            "started_at: Field required".into(),
            not_an_object.clone(),
            not_an_object.clone(),
            not_an_object,
            "b".into()
        ])
    );
    assert_eq!(items(b"[]", None), Ok(Vec::new()));
    assert_eq!(items(b"5", None), Err(vec![format!(": {NOT_A_LIST}")]));
    assert_eq!(items(b"", None), Err(vec![": Field required".into()]));
    assert!(items(format!("[{A},").as_bytes(), None).unwrap_err()[0].contains("JSON decode error"));
    assert_eq!(
        items(b"[\"\xff\"]", None),
        Err(vec![format!(": {NOT_UTF8}")])
    );
}

#[test]
fn batches_as_lines() {
    let ndjson = Some("application/x-ndjson; charset=utf-8");
    let lines = format!("{A}\r\n\n  {B}\n");
    for kind in [ndjson, None, Some("application/json")] {
        assert_eq!(
            items(lines.as_bytes(), kind),
            Ok(vec!["a".into(), "b".into()]),
            "{kind:?}"
        );
    }
    let bad = [
        A.as_bytes(),
        b"{\"name\"",
        b"[]",
        b"{\"name\":\"\xff\"}",
        B.as_bytes(),
    ]
    .join(&b'\n');
    let items_of_bad = items(&bad, ndjson).unwrap();
    assert_eq!(
        (items_of_bad.len(), &*items_of_bad[0], &*items_of_bad[4]),
        (5, "a", "b")
    );
    assert!(
        items_of_bad[1].contains("JSON decode error"),
        "{items_of_bad:?}"
    );
    assert_eq!(items_of_bad[2], format!(": {NOT_AN_OBJECT}"));
    assert_eq!(items_of_bad[3], format!(": {NOT_UTF8}"));
}

#[test]
fn one_object_over_several_lines_is_one_item() {
    let spread = "{\n \"name\": \"x\",\n \"started_at\": 0\n}\n";
    assert_eq!(items(spread.as_bytes(), None), Ok(vec!["x".into()]));
}
