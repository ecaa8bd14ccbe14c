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
        Ok(text.is_some_and(|text| text.to_lowercase().contains(needle)))
    })?;
    Ok(())
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
    }
}
