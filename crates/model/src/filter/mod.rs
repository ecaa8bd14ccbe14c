//! The filter language: one grammar for lists, the search bar, saved views and
//! everything else that selects.
//!
//! ```text
//! filter = or
//! or     = and { "OR" and }
//! and    = not { ["AND"] not }
//! not    = ("-" | "NOT") not | term
//! term   = "(" filter ")"
//!        | "any" "(" inside ":" [filter] ")"
//!        | "count" "(" inside ":" [filter] ")" compare number
//!        | field (":" | compare) value
//!        | text                                   free text on names and ids
//! inside = "trace" | "span"
//! value  = [compare] literal | literal ".." literal | "(" literal { "," literal } ")" | "*"
//! ```
//!
//! A literal is a word or a quoted text. In texts `*` before and behind means
//! *contains*, before it *ends with*, behind it *starts with*; alone it means
//! that there is a value at all. Which fields there are depends on what is
//! filtered: see [`Entity::fields`].

mod error;
mod field;
mod parse;
mod token;
mod value;

#[cfg(test)]
mod tests;

use std::ops::Bound;

pub use error::FilterError;
pub use field::{Entity, Field, Kind};
pub use parse::{Limits, parse};

/// A parsed filter over one kind of thing.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of these; of nothing, everything.
    And(Vec<Filter>),
    /// Any of these; of nothing, nothing.
    Or(Vec<Filter>),
    /// What does not match.
    Not(Box<Filter>),
    /// A field passes a test.
    Is(Term),
    /// A name or id holds this text, case folded.
    Text(String),
    /// How many things inside match; *any* is at least one.
    Count {
        /// What is counted.
        inside: Entity,
        /// Which of them.
        filter: Box<Filter>,
        /// How many there must be.
        count: Interval<i64>,
    },
}

impl Filter {
    /// The filter that everything passes.
    pub fn all() -> Self {
        Self::And(Vec::new())
    }

    /// Whether it is [`Filter::all`].
    pub fn is_all(&self) -> bool {
        matches!(self, Self::And(parts) if parts.is_empty())
    }

    /// The filter that `entity`'s field of this name passes a test. A name that
    /// is no field gives the filter that nothing passes.
    pub fn is(entity: Entity, field: &str, test: Test) -> Self {
        let found = entity.field(field);
        debug_assert!(found.is_some(), "{entity:?} has no field {field}");
        found.map_or(Self::Or(Vec::new()), |field| {
            Self::Is(Term {
                field,
                key: None,
                test,
            })
        })
    }

    /// The filter that passes what both pass.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::And(mut parts), Self::And(more)) => {
                parts.extend(more);
                Self::And(parts)
            }
            (Self::And(mut parts), one) => {
                parts.push(one);
                Self::And(parts)
            }
            (one, Self::And(parts)) => Self::And(std::iter::once(one).chain(parts).collect()),
            (one, other) => Self::And(vec![one, other]),
        }
    }

    /// What must all pass: its parts, if it is an *and*.
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::And(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }
}

impl Test {
    /// Exactly this text.
    pub fn equals(text: impl Into<String>) -> Self {
        Self::OneOf(vec![text.into()])
    }
}

/// A test of a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Which.
    pub field: &'static Field,
    /// The key, for fields such as `metadata.plan`.
    pub key: Option<String>,
    /// What of it.
    pub test: Test,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// There must be one.
    Exists,
    /// One of these texts or words, exactly.
    OneOf(Vec<String>),
    /// A text that holds this one, case folded.
    Contains(String),
    /// A text that begins so, case folded.
    StartsWith(String),
    /// A text that ends so, case folded.
    EndsWith(String),
    /// A whole number: a count, 10⁻¹² USD, or nanoseconds.
    Whole(Interval<i64>),
    /// Any number.
    Real(Interval<f64>),
}

/// A range of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval<T> {
    /// Where it begins.
    pub low: Bound<T>,
    /// Where it ends.
    pub high: Bound<T>,
}

impl<T: Copy + PartialOrd> Interval<T> {
    /// Just this value.
    pub fn exactly(value: T) -> Self {
        Self {
            low: Bound::Included(value),
            high: Bound::Included(value),
        }
    }

    /// This value and above.
    pub fn at_least(value: T) -> Self {
        Self {
            low: Bound::Included(value),
            high: Bound::Unbounded,
        }
    }

    /// Below this value.
    pub fn below(value: T) -> Self {
        Self {
            low: Bound::Unbounded,
            high: Bound::Excluded(value),
        }
    }

    /// Whether it holds a value.
    pub fn holds(&self, value: T) -> bool {
        let above = match self.low {
            Bound::Included(low) => value >= low,
            Bound::Excluded(low) => value > low,
            Bound::Unbounded => true,
        };
        let below = match self.high {
            Bound::Included(high) => value <= high,
            Bound::Excluded(high) => value < high,
            Bound::Unbounded => true,
        };
        above && below
    }
}
