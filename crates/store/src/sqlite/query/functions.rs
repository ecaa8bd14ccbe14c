//! SQL functions of our own.

use pandaprobe_model::json;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use uuid::Uuid;

use crate::Result;

/// Adds the functions; all of them give null for null.
///
/// - `contains_folded(text, needle)`, `starts_folded`, `ends_folded`: whether the
///   lower-cased text holds, begins or ends with the needle, which must be
///   lower-cased already. SQLite's own LIKE folds ASCII only.
/// - `folded(text)`: the text lower-cased.
/// - `uuid_text(blob)`: an id as it is shown.
/// - `member_text(object, key)`: a member of a JSON object as text: strings as
///   what they say, other scalars as they are written, null as nothing.
/// - `member_number(object, key)`: the same as a number, if it is one.
/// - `text_number(text)`: a text as a number, if it is one.
pub(in crate::sqlite) fn register(connection: &Connection) -> Result<()> {
    text_test(connection, "contains_folded", contains_folded)?;
    text_test(connection, "starts_folded", starts_folded)?;
    text_test(connection, "ends_folded", ends_folded)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("folded", 1, flags, |context| {
        Ok(context.get_raw(0).as_str_or_null()?.map(str::to_lowercase))
    })?;
    connection.create_scalar_function("uuid_text", 1, flags, |context| {
        let bytes = context.get_raw(0).as_blob_or_null()?;
        let id = bytes.and_then(|bytes| Uuid::from_slice(bytes).ok());
        Ok(id.map(|id| id.hyphenated().to_string()))
    })?;
    connection.create_scalar_function("member_text", 2, flags, |context| {
        let object = context.get_raw(0).as_str_or_null()?;
        let key = context.get_raw(1).as_str_or_null()?;
        Ok(object
            .zip(key)
            .and_then(|(object, key)| member_text(object, key)))
    })?;
    connection.create_scalar_function("member_number", 2, flags, |context| {
        let object = context.get_raw(0).as_str_or_null()?;
        let key = context.get_raw(1).as_str_or_null()?;
        let text = object
            .zip(key)
            .and_then(|(object, key)| member_text(object, key));
        Ok(text.as_deref().and_then(number))
    })?;
    connection.create_scalar_function("text_number", 1, flags, |context| {
        Ok(context.get_raw(0).as_str_or_null()?.and_then(number))
    })?;
    Ok(())
}

fn text_test(connection: &Connection, name: &str, test: fn(&str, &str) -> bool) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(name, 2, flags, move |context| {
        let text = context.get_raw(0).as_str_or_null()?;
        let needle = context.get_raw(1).as_str_or_null()?.unwrap_or_default();
        Ok(text.map(|text| test(text, needle)))
    })?;
    Ok(())
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn member_text(object: &str, key: &str) -> Option<String> {
    let members = json::members(object.as_bytes())?;
    let (_, value) = members
        .iter()
        .rev()
        .find(|(known, _)| known.0 == key.as_bytes())?;
    json::scalar_text(value.get())
}

fn starts_folded(text: &str, needle: &str) -> bool {
    text.to_lowercase().starts_with(needle)
}

fn ends_folded(text: &str, needle: &str) -> bool {
    text.to_lowercase().ends_with(needle)
}

/// Most texts are ASCII, where folding needs no copy.
fn contains_folded(text: &str, needle: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(needle);
    }
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let Some(first) = needle.first() else {
        return true;
    };
    let last_start = text.len().saturating_sub(needle.len() - 1);
    text[..last_start]
        .iter()
        .enumerate()
        .filter(|(_, byte)| byte.eq_ignore_ascii_case(first))
        .any(|(at, _)| text[at..at + needle.len()].eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_more_than_ascii() {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        let check = |text: Option<&str>, needle: &str| -> bool {
            connection
                .query_row("SELECT contains_folded(?1, ?2)", (text, needle), |row| {
                    row.get(0)
                })
                .unwrap()
        };
        assert!(check(Some("Straße ÄÖ"), "äö"));
        assert!(check(Some("100% sure"), "0%"));
        assert!(!check(Some("abc"), "%"));
        let missing: Option<bool> = connection
            .query_row("SELECT contains_folded(NULL, '')", [], |row| row.get(0))
            .unwrap();
        assert_eq!(missing, None);
        assert!(check(Some("ABC"), "bc") && check(Some("abc"), "abc") && check(Some(""), ""));
        assert!(!check(Some("ab"), "abc") && !check(Some("abd"), "abc") && !check(Some(""), "a"));
        assert!(!check(Some("plain"), "é"));
    }

    #[test]
    fn members_are_read_as_texts_and_numbers() {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        let member = |key: &str| -> (Option<String>, Option<f64>) {
            let object =
                r#"{"s":"a\"b","n":1.50,"t":true,"z":null,"o":{"x":1},"d":1,"d":2,"i":"7"}"#;
            let sql = "SELECT member_text(?1, ?2), member_number(?1, ?2)";
            let row =
                connection.query_row(sql, (object, key), |row| Ok((row.get(0)?, row.get(1)?)));
            row.unwrap()
        };
        assert_eq!(member("s"), (Some("a\"b".into()), None));
        assert_eq!(member("n"), (Some("1.50".into()), Some(1.5)));
        assert_eq!(member("t"), (Some("true".into()), None));
        assert_eq!(member("d"), (Some("2".into()), Some(2.0)));
        assert_eq!(member("i"), (Some("7".into()), Some(7.0)));
        for key in ["z", "o", "x", ""] {
            assert_eq!(member(key), (None, None), "{key}");
        }
    }
}
