//! A part of a trace, ready to be sent.

use std::sync::Arc;

use crate::record::{SpanRecord, TraceHead};

/// The head of a trace with some of its spans.
///
/// A trace reaches the server as one fragment or as many: a large one is split, a span
/// that ends after its trace follows alone, and an open trace may send what it has so
/// far (`status` RUNNING, open spans without `ended_at`). The server merges them by id.
#[derive(Clone, Debug)]
pub struct Fragment {
    head: Arc<TraceHead>,
    spans: Vec<SpanRecord>,
}

/// Most spans of one fragment: the limit of the original backend for one request.
pub(crate) const FRAGMENT_SPANS_MAX: usize = 500;
/// Bytes after which a fragment takes no further span, far below the server's body limit.
pub(crate) const FRAGMENT_BYTES_MAX: usize = 8 << 20;

impl Fragment {
    pub(crate) fn new(head: Arc<TraceHead>, spans: Vec<SpanRecord>) -> Self {
        Self { head, spans }
    }

    /// Bytes the fragment takes in memory and on the wire, roughly.
    pub(crate) fn size(&self) -> usize {
        self.head.size() + self.spans.iter().map(SpanRecord::size).sum::<usize>()
    }

    /// Splits into fragments within both limits; a single span may be over the bytes.
    pub(crate) fn split(self) -> Vec<Self> {
        let fits = self.spans.len() <= FRAGMENT_SPANS_MAX && self.size() <= FRAGMENT_BYTES_MAX;
        if fits {
            return vec![self];
        }
        let head_size = self.head.size();
        let mut parts = Vec::new();
        let mut current = Vec::new();
        let mut bytes = head_size;
        for span in self.spans {
            let size = span.size();
            let full = current.len() >= FRAGMENT_SPANS_MAX || bytes + size > FRAGMENT_BYTES_MAX;
            if full && !current.is_empty() {
                parts.push(Self::new(
                    Arc::clone(&self.head),
                    std::mem::take(&mut current),
                ));
                bytes = head_size;
            }
            bytes += size;
            current.push(span);
        }
        if !current.is_empty() || parts.is_empty() {
            parts.push(Self::new(self.head, current));
        }
        parts
    }

    /// Appends the fragment as one JSON object without line breaks.
    pub(crate) fn push_to(&self, out: &mut String) {
        out.push('{');
        self.head.push_to(out);
        for (at, span) in self.spans.iter().enumerate() {
            out.push_str(if at == 0 { ",\"spans\":[" } else { "," });
            span.push_to(out);
        }
        out.push_str(if self.spans.is_empty() { "}" } else { "]}" });
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::clock::Timestamp;
    use crate::id::Id;
    use crate::json::{Json, JsonObject};
    use crate::record::TraceStatus;

    pub(crate) fn head(name: &str) -> TraceHead {
        TraceHead {
            id: Id::random(),
            name: name.into(),
            status: TraceStatus::Completed,
            input: None,
            output: None,
            metadata: JsonObject::default(),
            started: Timestamp::now(),
            ended: None,
            session: None,
            user_id: None,
            tags: Vec::new(),
            environment: None,
            release: None,
        }
    }

    pub(crate) fn fragment(name: &str, spans: &[usize]) -> Fragment {
        let spans = spans.iter().enumerate().map(|(at, &size)| {
            SpanRecord::from_written(Json::from_written(format!(
                "{{\"at\":{at},\"x\":\"{}\"}}",
                "x".repeat(size)
            )))
        });
        Fragment::new(Arc::new(head(name)), spans.collect())
    }

    fn parsed(fragment: &Fragment) -> Value {
        let mut out = String::new();
        fragment.push_to(&mut out);
        assert!(out.len() <= fragment.size());
        serde_json::from_str(&out).unwrap()
    }

    #[test]
    fn a_small_trace_is_one_fragment() {
        assert_eq!(fragment("t", &[1; 500]).split().len(), 1);
        assert_eq!(fragment("t", &[]).split().len(), 1);
    }

    #[test]
    fn a_span_over_the_byte_limit_goes_alone() {
        let parts = fragment("t", &[10, FRAGMENT_BYTES_MAX, 10]).split();
        assert_eq!(
            parts
                .iter()
                .map(|part| part.spans.len())
                .collect::<Vec<_>>(),
            [1, 1, 1]
        );
    }

    proptest! {
        #[test]
        fn splitting_keeps_every_span_in_order(sizes in proptest::collection::vec(0_usize..40, 0..1700)) {
            let parts = fragment("big", &sizes).split();
            let mut seen = Vec::new();
            for part in &parts {
                prop_assert!(part.spans.len() <= FRAGMENT_SPANS_MAX);
                let json = parsed(part);
                prop_assert_eq!(&json["name"], "big");
                seen.extend(json["spans"].as_array().into_iter().flatten().map(|span| span["at"].as_u64().unwrap() as usize));
            }
            prop_assert_eq!(seen, (0..sizes.len()).collect::<Vec<_>>());
        }
    }
}
