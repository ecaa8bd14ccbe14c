//! What lists can be asked.

use crate::filter::Filter;

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// At most this many items.
    pub limit: u32,
    /// After leaving out this many.
    pub offset: u64,
}

/// A part of a list and the size of the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// How many there are in all, whatever the window.
    pub total: u64,
}

/// Ascending or descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Smallest first.
    Asc,
    /// Largest first; missing values come first too, as the contract has it.
    #[default]
    Desc,
}

/// What traces can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TraceSort {
    /// Start.
    #[default]
    StartedAt,
    /// End.
    EndedAt,
    /// Name, by code point.
    Name,
    /// Ended − started.
    Latency,
    /// Status, by its word.
    Status,
    /// Tokens in all buckets.
    Tokens,
    /// Cost.
    Cost,
    /// Number of spans.
    SpanCount,
}

/// Selects and orders traces.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceQuery {
    /// Which.
    pub filter: Filter,
    /// Sort key; ties go by start and id.
    pub sort: TraceSort,
    /// Direction.
    pub order: Order,
    /// Part.
    pub window: Window,
}

/// What sessions can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SessionSort {
    /// Last activity.
    #[default]
    Recent,
    /// First activity.
    First,
    /// Id, by code point.
    SessionId,
    /// Name, by code point.
    Name,
    /// User, by code point.
    User,
    /// Number of traces.
    TraceCount,
    /// Number of spans.
    SpanCount,
    /// Tokens in all buckets.
    Tokens,
    /// Cost.
    Cost,
    /// Wall clock.
    Duration,
    /// Sum of the traces' latencies.
    Latency,
    /// Traces with ERROR, then spans with ERROR.
    Errors,
}

/// Selects users, last seen first.
#[derive(Debug, Clone, PartialEq)]
pub struct UserQuery {
    /// Which.
    pub filter: Filter,
    /// Part.
    pub window: Window,
}

/// Selects and orders whole sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionQuery {
    /// Which.
    pub filter: Filter,
    /// Sort key; ties go by last activity and id.
    pub sort: SessionSort,
    /// Direction.
    pub order: Order,
    /// Part.
    pub window: Window,
}
