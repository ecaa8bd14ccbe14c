//! One trace's spans counted anew: the leaf rule from scratch, and the sums.

use std::collections::HashMap;

use pandaprobe_model::SpanId;
use pandaprobe_model::rollup::SpanAmounts;
use pandaprobe_model::trace::SpanStatus;
use rusqlite::Row;

use super::rollup::Rollup;
use crate::sqlite::apply::{BEARS, COVERED, place, read_amounts};
use crate::sqlite::payload::ItemRef;
use crate::sqlite::{codes, totals};

/// What a trace keeps of its spans.
pub(super) const NUMBERS: Rollup = Rollup {
    table: "trace",
    columns: &[
        "spans",
        "span_errors",
        "prompt",
        "completion",
        "input",
        "cache_read",
        "cache_write",
        "output",
        "reasoning",
        "audio_input",
        "audio_output",
        "cost",
        "unpriced",
        "unusable",
        "first_act",
        "last_act",
    ],
};

/// The values of [`NUMBERS`].
pub(super) type Numbers = [i64; totals::COUNT + 2];

/// Where the first and last activity are.
pub(super) const FIRST: usize = totals::COUNT;
pub(super) const LAST: usize = totals::COUNT + 1;

/// A row of `span`, as far as it is examined.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) trace: i64,
    /// `None` if it is no id.
    pub(super) id: Option<SpanId>,
    pub(super) parent: Option<SpanId>,
    pub(super) name: i64,
    pub(super) model: Option<i64>,
    pub(super) flags: i64,
    /// `None` if they contradict each other.
    pub(super) amounts: Option<SpanAmounts>,
    failed: bool,
    started: i64,
    last: i64,
    pub(super) place: Option<ItemRef>,
}

pub(super) const SPANS: &str =
    "SELECT trace, span_id, parent, name, model, flags, status, started, ended, block, item, prompt, completion, input,
        cache_read, cache_write, output, reasoning, audio_input, audio_output, cost, unusable, priced
     FROM span ORDER BY trace, span_id";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Span> {
    let parent: Option<Vec<u8>> = row.get(2)?;
    let status: Option<i64> = row.get(6)?;
    let started: i64 = row.get(7)?;
    let ended: Option<i64> = row.get(8)?;
    Ok(Span {
        trace: row.get(0)?,
        id: SpanId::from_slice(&row.get::<_, Vec<u8>>(1)?),
        parent: parent.and_then(|parent| SpanId::from_slice(&parent)),
        name: row.get(3)?,
        model: row.get(4)?,
        flags: row.get(5)?,
        amounts: read_amounts(row, 11).ok(),
        failed: status.map(codes::read_span_status) == Some(SpanStatus::Error),
        started,
        last: ended.map_or(started, |ended| ended.max(started)),
        place: place(row, 9)?,
    })
}

/// The spans of a trace with what they should say.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    pub(super) spans: &'a [Span],
    by_id: HashMap<SpanId, usize>,
    covered: Vec<bool>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(spans: &'a [Span]) -> Self {
        let by_id = spans
            .iter()
            .enumerate()
            .filter_map(|(index, span)| Some((span.id?, index)))
            .collect();
        let mut tree = Self {
            spans,
            by_id,
            covered: vec![false; spans.len()],
        };
        for span in spans.iter().filter(|span| bears(span)) {
            tree.cover(span.parent);
        }
        tree
    }

    /// Covers a span and all above it. What is above a covered one is covered.
    fn cover(&mut self, mut at: Option<SpanId>) {
        while let Some(index) = at.and_then(|id| self.by_id.get(&id).copied()) {
            if std::mem::replace(&mut self.covered[index], true) {
                break;
            }
            at = self.spans[index].parent;
        }
    }

    /// The marks that a span should have.
    pub(super) fn flags(&self, index: usize) -> i64 {
        i64::from(bears(&self.spans[index])) * BEARS + i64::from(self.covered[index]) * COVERED
    }

    /// The parent that a span waits for, if it does.
    pub(super) fn missing_parent(&self, index: usize) -> Option<SpanId> {
        self.spans[index]
            .parent
            .filter(|parent| !self.by_id.contains_key(parent))
    }

    /// What the trace should keep, given its own first and last activity;
    /// `None` if a span cannot be counted.
    pub(super) fn numbers(&self, first: i64, last: i64) -> Option<Numbers> {
        let mut numbers = [0; totals::COUNT + 2];
        (numbers[FIRST], numbers[LAST]) = (first, last);
        for (span, covered) in self.spans.iter().zip(&self.covered) {
            let own = span.amounts?.totals(span.failed, *covered);
            for (sum, value) in numbers.iter_mut().zip(totals::values(&own)) {
                *sum = sum.wrapping_add(value);
            }
            numbers[FIRST] = numbers[FIRST].min(span.started);
            numbers[LAST] = numbers[LAST].max(span.last);
        }
        Some(numbers)
    }
}

fn bears(span: &Span) -> bool {
    span.amounts.is_some_and(|amounts| amounts.bears())
}

#[cfg(test)]
mod tests {
    use pandaprobe_model::Money;

    use super::*;

    fn span(id: u128, parent: u128, cost: i64) -> Span {
        Span {
            trace: 1,
            id: Some(SpanId(id)),
            parent: (parent > 0).then_some(SpanId(parent)),
            name: 0,
            model: None,
            flags: 0,
            amounts: Some(SpanAmounts {
                cost: (cost > 0).then_some(Money(cost)),
                ..SpanAmounts::default()
            }),
            failed: false,
            started: 10,
            last: 20,
            place: None,
        }
    }

    #[test]
    fn the_columns_are_those_of_the_totals() {
        let columns: Vec<_> = totals::COLUMNS.split(',').map(str::trim).collect();
        assert_eq!(NUMBERS.columns[..totals::COUNT], columns);
    }

    #[test]
    fn only_leaves_count() {
        let spans = [span(1, 0, 9), span(2, 1, 0), span(3, 2, 4), span(4, 7, 1)];
        let tree = Tree::new(&spans);
        let flags: Vec<_> = (0..4).map(|index| tree.flags(index)).collect();
        assert_eq!(flags, [BEARS | COVERED, COVERED, BEARS, BEARS]);
        assert_eq!(tree.missing_parent(3), Some(SpanId(7)));
        assert_eq!(tree.missing_parent(2), None);
        let numbers = tree.numbers(15, 15).unwrap();
        assert_eq!((numbers[0], numbers[11]), (4, 5));
        assert_eq!((numbers[FIRST], numbers[LAST]), (10, 20));
    }

    #[test]
    fn circles_end() {
        let spans = [span(1, 2, 3), span(2, 1, 0), span(3, 3, 1)];
        let tree = Tree::new(&spans);
        assert_eq!(tree.flags(0), BEARS | COVERED);
        assert_eq!(tree.flags(2), BEARS | COVERED);
    }
}
