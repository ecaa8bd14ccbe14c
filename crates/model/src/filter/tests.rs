use std::ops::Bound;

use proptest::prelude::*;

use super::*;
use crate::Timestamp;

const NOW: &str = "2026-06-15T12:00:00Z";

fn at(text: &str) -> i64 {
    Timestamp::parse(text).unwrap().0
}

fn read(text: &str, entity: Entity) -> Result<Filter, FilterError> {
    parse(text, entity, Timestamp(at(NOW)), Limits::default())
}

fn sessions(text: &str) -> Filter {
    read(text, Entity::Session).unwrap_or_else(|error| panic!("{text:?}: {error:?}"))
}

/// A filter as a short text that shows its structure.
fn shape(filter: &Filter) -> String {
    let join = |word: &str, parts: &[Filter]| {
        let parts: Vec<_> = parts.iter().map(shape).collect();
        format!("{word}({})", parts.join(" "))
    };
    match filter {
        Filter::And(parts) => join("and", parts),
        Filter::Or(parts) => join("or", parts),
        Filter::Not(inner) => format!("not({})", shape(inner)),
        Filter::Text(text) => format!("{text:?}"),
        Filter::Is(Term { field, key, test }) => {
            let key = key
                .as_ref()
                .map(|key| format!(".{key}"))
                .unwrap_or_default();
            let test = match test {
                Test::Exists => "exists".to_owned(),
                Test::OneOf(texts) => texts.join("|"),
                Test::Contains(text) => format!("*{text}*"),
                Test::StartsWith(text) => format!("{text}*"),
                Test::EndsWith(text) => format!("*{text}"),
                Test::Whole(range) => range_shape(range.low, range.high),
                Test::Real(range) => range_shape(range.low, range.high),
            };
            format!("{}{key}:{test}", field.name)
        }
        Filter::Count {
            inside,
            filter,
            count,
        } => {
            format!(
                "count({}: {}){}",
                inside.name(),
                shape(filter),
                range_shape(count.low, count.high)
            )
        }
    }
}

fn range_shape<T: std::fmt::Display>(low: Bound<T>, high: Bound<T>) -> String {
    let low = match low {
        Bound::Included(low) => format!("[{low}"),
        Bound::Excluded(low) => format!("({low}"),
        Bound::Unbounded => "(".into(),
    };
    let high = match high {
        Bound::Included(high) => format!("{high}]"),
        Bound::Excluded(high) => format!("{high})"),
        Bound::Unbounded => ")".into(),
    };
    format!("{low},{high}")
}

#[track_caller]
fn check(text: &str, want: &str) {
    assert_eq!(shape(&sessions(text)), want, "{text}");
}

#[test]
fn the_example_of_the_design() {
    check(
        r#"status:error user:alice tag:prod cost:>0.5 duration:>30s metadata.plan:pro score.correctness:<0.5 "refund policy" (tag:prod OR tag:staging) -tag:test"#,
        r#"and(status:error user:alice tag:prod cost:(500000000000,) duration:(30000000000,) metadata.plan:pro score.correctness:(,0.5) "refund policy" or(tag:prod tag:staging) not(tag:test))"#,
    );
}

#[test]
fn and_binds_closer_than_or() {
    check("a b OR c AND d", r#"or(and("a" "b") and("c" "d"))"#);
    check("a (b or c)", r#"and("a" or("b" "c"))"#);
    check("not a b", r#"and(not("a") "b")"#);
    check("-(a b) -\"c d\"", r#"and(not(and("a" "b")) not("c d"))"#);
    check("not not a", r#"not(not("a"))"#);
    check("((a))", r#""a""#);
    check("", "and()");
    check("  ", "and()");
}

#[test]
fn words_keep_their_signs() {
    check("gpt-4o a-b", r#"and("gpt-4o" "a-b")"#);
    check("x_1.2/y", r#""x_1.2/y""#);
    check("- a", r#"and("-" "a")"#);
    check("\"a \\\" \\\\ b\"", r#""a \" \\ b""#);
}

#[test]
fn texts_have_wildcards_unless_quoted() {
    check("name:refund", "name:refund");
    check("name:refund*", "name:refund*");
    check("name:*refund", "name:*refund");
    check("name:*re*fund*", "name:*re*fund*");
    check("name:\"*refund*\"", "name:*refund*");
    assert!(matches!(
        sessions("name:\"*refund*\""),
        Filter::Is(Term {
            test: Test::OneOf(_),
            ..
        })
    ));
    check("user:*", "user:exists");
    check("-user:*", "not(user:exists)");
    check("user!=alice", "not(user:alice)");
    check("user=alice user:=bob", "and(user:alice user:bob)");
    check("session:a:b:c", "session:a:b:c");
    check("session:\"a b\"", "session:a b");
    check("NAME:x Id:y", "and(name:x session:y)");
}

#[test]
fn lists_are_any_of_their_values() {
    check("user:(alice, bob,carol)", "user:alice|bob|carol");
    check("user:(alice OR bob)", "user:alice|bob");
    check("user:(alice, b*)", "or(user:b* user:alice)");
    check("traces:(1, 5..7)", "or(traces:[1,1] traces:[5,7])");
}

#[test]
fn numbers_have_units() {
    check("traces:20", "traces:[20,20]");
    check("tokens>=1.5k", "tokens:[1500,)");
    check("tokens < 2M", "tokens:(,2000000)");
    check("cost:$0.5..1", "cost:[500000000000,1000000000000]");
    check("cost:..1", "cost:(,1000000000000]");
    check("cost:0.25..", "cost:[250000000000,)");
    check("duration:>500ms", "duration:(500000000,)");
    check("duration:1.5m", "duration:[90000000000,90000000000]");
    check("duration<=2h", "duration:(,7200000000000]");
    check("tokens.cache_read:>0", "tokens.cache_read:(0,)");
}

#[test]
fn a_date_is_a_day() {
    let day = at("2026-01-31T00:00:00Z");
    let next = at("2026-02-01T00:00:00Z");
    check("started:2026-01-31", &format!("started:[{day},{next})"));
    check("started:>2026-01-31", &format!("started:[{next},)"));
    check("started:<=2026-01-31", &format!("started:(,{next})"));
    check("started:<2026-01-31", &format!("started:(,{day})"));
    check(
        "started:2026-01-31..2026-01-31",
        &format!("started:[{day},{next})"),
    );
    let noon = at("2026-01-31T12:00:00Z");
    check(
        "started:>=2026-01-31T12:00:00Z",
        &format!("started:[{noon},)"),
    );
    check(
        "started > 2026-01-31T12:00:00Z",
        &format!("started:({noon},)"),
    );
    check(
        "started:>-7d",
        &format!("started:({},)", at("2026-06-08T12:00:00Z")),
    );
    check(
        "started > -7d",
        &format!("started:({},)", at("2026-06-08T12:00:00Z")),
    );
    check(
        "last:24h",
        &format!("last:[{},)", at("2026-06-14T12:00:00Z")),
    );
}

#[test]
fn filters_look_inside() {
    check(
        "any(span: kind:TOOL status:error)",
        "count(span: and(kind:tool status:error))[1,)",
    );
    check("any(span:kind:TOOL)", "count(span: kind:tool)[1,)");
    check("count(span: kind:LLM) > 20", "count(span: kind:llm)(20,)");
    check("count(trace)>=3", "count(trace: and())[3,)");
    check(
        "any(trace: any(span: model:gpt-4o))",
        "count(trace: count(span: model:gpt-4o)[1,))[1,)",
    );
    check(
        "-any(trace: status:error)",
        "not(count(trace: status:error)[1,))",
    );
    // Words alone are texts.
    check("any thing", r#"and("any" "thing")"#);
    check("count (a)", r#"and("count" "a")"#);
}

#[test]
fn metadata_and_scores_have_keys() {
    check("metadata.plan:pro", "metadata.plan:pro");
    check("meta.a.b:*", "metadata.a.b:exists");
    check("metadata.\"a b\":x", "metadata.a b:x");
    check("metadata.n:>5", "metadata.n:(5,)");
    check("score.ok:0.5..", "score.ok:[0.5,)");
    check("score.ok:true", "score.ok:true");
    check("score.ok:1", "score.ok:[1,1]");
}

#[track_caller]
fn mistake(text: &str, at: usize, len: usize, says: &str, nearest: Option<&str>) {
    let error = read(text, Entity::Session).unwrap_err();
    assert_eq!((error.at, error.len), (at, len), "{text}: {error:?}");
    assert!(error.message.contains(says), "{text}: {error:?}");
    assert_eq!(error.nearest.as_deref(), nearest, "{text}: {error:?}");
}

#[test]
fn mistakes_are_placed_and_explained() {
    mistake("a costs:>1", 2, 5, "no field \"costs\"", Some("cost"));
    mistake("xyzzy:1", 0, 5, "no field", None);
    mistake("cost:>abc", 6, 3, "US dollars", None);
    mistake("duration:>30", 10, 2, "unit", None);
    mistake(
        "status:erorr",
        7,
        5,
        "expected one of ok, error",
        Some("error"),
    );
    mistake("started:yesterday", 8, 9, "date", None);
    mistake("started:5", 8, 1, "date", None);
    mistake("user:>5", 6, 1, "no order", None);
    mistake("cost:", 5, 0, "a value for cost", None);
    mistake("cost:)", 5, 1, "a value for cost", None);
    mistake("(a b", 4, 0, "closing bracket", None);
    mistake("a)", 1, 1, "never opened", None);
    mistake("a OR", 4, 0, "a condition", None);
    mistake("OR a", 0, 2, "a condition", None);
    mistake("-(", 2, 0, "a condition", None);
    mistake("é \"ab", 2, 3, "never closed", None);
    mistake("any(model: x)", 4, 5, "trace or span", None);
    mistake("count(span)", 11, 0, "comparison", None);
    mistake("count(span) > x", 14, 1, "whole number", None);
    mistake("metadata:x", 0, 8, "needs a key", None);
    mistake("user:(a b)", 8, 1, "a comma or a closing bracket", None);
    mistake("tokens:99999999999999999999", 7, 20, "whole number", None);
    mistake("cost:..", 5, 2, "US dollars", None);
}

#[test]
fn there_are_limits() {
    let error = read(&"x".repeat(5000), Entity::Trace).unwrap_err();
    assert_eq!((error.at, error.len), (4096, 904));
    let deep = format!("{}a{}", "(".repeat(17), ")".repeat(17));
    assert!(
        read(&deep, Entity::Trace)
            .unwrap_err()
            .message
            .contains("16 levels")
    );
    assert!(read(&"-(".repeat(40), Entity::Trace).is_err());
    let many = "a ".repeat(65);
    assert!(
        read(&many, Entity::Trace)
            .unwrap_err()
            .message
            .contains("64 conditions")
    );
    let values = format!("user:({})", vec!["a"; 101].join(","));
    assert!(
        read(&values, Entity::Trace)
            .unwrap_err()
            .message
            .contains("100 values")
    );
    let error = read("any(span: x)", Entity::User).unwrap_err();
    assert!(error.message.contains("nothing to look into"), "{error:?}");
}

#[test]
fn names_of_fields_are_unique() {
    for entity in [Entity::Session, Entity::Trace, Entity::Span, Entity::User] {
        let mut names: Vec<_> = entity
            .fields()
            .iter()
            .flat_map(|field| std::iter::once(&field.name).chain(field.aliases))
            .collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "{entity:?}");
    }
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in r#"[a-z:()"<>=!*.,\\ é0-9-]{0,40}"#) {
        for entity in [Entity::Session, Entity::Trace, Entity::Span, Entity::User] {
            if let Err(error) = read(&text, entity) {
                let chars = text.chars().count();
                prop_assert!(error.at <= chars && error.at + error.len <= chars, "{:?}", error);
            }
        }
    }

    #[test]
    fn quoted_texts_come_back(text in any::<String>()) {
        let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        prop_assert_eq!(sessions(&quoted), Filter::Text(text.clone()));
        let field = format!("name:{quoted}");
        let is = matches!(sessions(&field), Filter::Is(Term { test: Test::OneOf(texts), .. }) if texts == [text.as_str()]);
        prop_assert!(is);
    }
}
