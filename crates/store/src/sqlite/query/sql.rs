//! A small builder for queries whose conditions vary.

use pandaprobe_model::query::{Order, Window};
use rusqlite::types::Value;

/// Conditions joined by AND, with their values.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    terms: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a value and returns its place holder.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// Adds a condition.
    pub(super) fn term(&mut self, term: String) {
        self.terms.push(term);
    }

    /// Adds `column operator value`.
    pub(super) fn compare(&mut self, column: &str, operator: &str, value: impl Into<Value>) {
        let place = self.bind(value);
        self.term(format!("{column} {operator} {place}"));
    }

    /// The text after WHERE.
    pub(super) fn sql(&self) -> String {
        if self.terms.is_empty() {
            "1".into()
        } else {
            self.terms.join(" AND ")
        }
    }

    /// The values, for `params_from_iter`.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }
}

/// `ASC` or `DESC`. SQLite takes nulls for smaller than everything, which is
/// what the contract wants of missing values.
pub(super) fn direction(order: Order, missing_last: bool) -> &'static str {
    match (order, missing_last) {
        (Order::Asc, false) => "ASC",
        (Order::Asc, true) => "ASC NULLS LAST",
        (Order::Desc, false) => "DESC NULLS FIRST",
        (Order::Desc, true) => "DESC NULLS LAST",
    }
}

/// The LIMIT clause.
pub(super) fn limit(window: Window) -> String {
    format!(
        "LIMIT {} OFFSET {}",
        window.limit,
        i64::try_from(window.offset).unwrap_or(i64::MAX)
    )
}
