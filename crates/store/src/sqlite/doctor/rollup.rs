//! Columns that are kept and can be counted anew, whatever their table.

use std::fmt::Write as _;

use rusqlite::types::Value;

/// A table's kept columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rollup {
    pub(super) table: &'static str,
    pub(super) columns: &'static [&'static str],
}

impl Rollup {
    /// The columns for a SELECT, each behind `prefix`.
    pub(super) fn select(&self, prefix: &str) -> String {
        let columns: Vec<_> = self
            .columns
            .iter()
            .map(|column| format!("{prefix}{column}"))
            .collect();
        columns.join(", ")
    }

    /// The indexes of the columns that differ.
    pub(super) fn differing(&self, kept: &[Value], counted: &[Value]) -> Vec<usize> {
        (0..self.columns.len())
            .filter(|index| kept.get(*index) != counted.get(*index))
            .collect()
    }

    /// Says what is kept and what was counted.
    pub(super) fn describe(&self, at: &[usize], kept: &[Value], counted: &[Value]) -> String {
        let mut text = String::new();
        for &index in at {
            if !text.is_empty() {
                text.push_str("; ");
            }
            let (kept, counted) = (shown(kept.get(index)), shown(counted.get(index)));
            // Writing to a string does not fail.
            let _ = write!(
                text,
                "{} is {kept}, should be {counted}",
                self.columns[index]
            );
        }
        text
    }

    /// Sets some columns of the row whose id is the first parameter.
    pub(super) fn update(&self, at: &[usize]) -> String {
        let sets: Vec<_> = at
            .iter()
            .enumerate()
            .map(|(number, index)| format!("{} = ?{}", self.columns[*index], number + 2))
            .collect();
        format!(
            "UPDATE {} SET {} WHERE id = ?1",
            self.table,
            sets.join(", ")
        )
    }

    /// Makes a row whose id is the first parameter.
    pub(super) fn insert(&self) -> String {
        let places: Vec<_> = (0..self.columns.len())
            .map(|index| format!("?{}", index + 2))
            .collect();
        format!(
            "INSERT INTO {}(id, {}) VALUES (?1, {})",
            self.table,
            self.select(""),
            places.join(", ")
        )
    }
}

/// Texts are content: they are named, not shown.
fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "null".to_owned(),
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Real(number)) => number.to_string(),
        Some(Value::Text(text)) => format!("a text of {} bytes", text.len()),
        Some(Value::Blob(bytes)) => format!("{} bytes", bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THINGS: Rollup = Rollup {
        table: "thing",
        columns: &["a", "b", "c"],
    };

    #[test]
    fn only_what_differs_is_said_and_set() {
        let kept = [Value::Integer(1), Value::Integer(2), Value::Null];
        let counted = [Value::Integer(1), Value::Integer(3), "x".to_owned().into()];
        let at = THINGS.differing(&kept, &counted);
        assert_eq!(
            THINGS.describe(&at, &kept, &counted),
            "b is 2, should be 3; c is null, should be a text of 1 bytes"
        );
        assert_eq!(
            THINGS.update(&at),
            "UPDATE thing SET b = ?2, c = ?3 WHERE id = ?1"
        );
        assert_eq!(
            THINGS.insert(),
            "INSERT INTO thing(id, a, b, c) VALUES (?1, ?2, ?3, ?4)"
        );
        assert_eq!(THINGS.select("t."), "t.a, t.b, t.c");
    }
}
