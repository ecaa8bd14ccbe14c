//! SQL functions of our own.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use crate::Result;

/// Adds `contains_folded(text, folded_needle)`: whether the lower-cased text
/// holds the needle, which must be lower-cased already. SQLite's own LIKE folds
/// ASCII only. A missing text holds nothing.
pub(in crate::sqlite) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("contains_folded", 2, flags, |context| {
        let text = context.get_raw(0).as_str_or_null()?;
        let needle = context.get_raw(1).as_str_or_null()?.unwrap_or_default();
        Ok(text.is_some_and(|text| contains_folded(text, needle)))
    })?;
    Ok(())
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
        assert!(!check(None, ""));
        assert!(check(Some("ABC"), "bc") && check(Some("abc"), "abc") && check(Some(""), ""));
        assert!(!check(Some("ab"), "abc") && !check(Some("abd"), "abc") && !check(Some(""), "a"));
        assert!(!check(Some("plain"), "é"));
    }
}
