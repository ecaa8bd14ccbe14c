//! A part of a trace, ready to be sent.

use std::collections::HashSet;
use std::sync::Arc;

use crate::id::Id;
use crate::json::Json;
use crate::record::{HeadForm, SpanRecord, TraceHead};

/// The head of a trace with some of its spans.
///
/// A trace reaches the server as one fragment or as many: a large one is split, a span
/// that ends after its trace follows alone, and an open trace sends what it has so far
/// (status RUNNING, open spans without `ended_at`). The server merges them by id.
#[derive(Clone, Debug)]
pub struct Fragment {
    head: Head,
    spans: Vec<SpanRecord>,
    form: HeadForm,
}

#[derive(Clone, Debug)]
enum Head {
    Built(Arc<TraceHead>),
    Written { id: Id, object: Arc<Json> },
}

/// Most spans of one fragment: the limit of the original backend for one request.
pub(crate) const FRAGMENT_SPANS_MAX: usize = 500;
/// Bytes after which a fragment takes no further span, far below the server's body limit.
pub(crate) const FRAGMENT_BYTES_MAX: usize = 8 << 20;

impl Fragment {
    /// Part of a trace that has ended.
    pub(crate) fn ended(head: Arc<TraceHead>, spans: Vec<SpanRecord>) -> Self {
        Self {
            head: Head::Built(head),
            spans,
            form: HeadForm::Ended,
        }
    }

    /// Part of a trace that is open; `brief` if the server knows the head's payloads.
    pub(crate) fn open(head: Arc<TraceHead>, spans: Vec<SpanRecord>, brief: bool) -> Self {
        let form = if brief {
            HeadForm::OpenBrief
        } else {
            HeadForm::Open
        };
        Self {
            head: Head::Built(head),
            spans,
            form,
        }
    }

    /// A trace that the caller has written: `head` is the JSON object of the wire without
    /// `spans`, each of `spans` the object of one.
    pub fn from_written(id: Id, head: Json, spans: Vec<Json>) -> Self {
        Self {
            head: Head::Written {
                id,
                object: Arc::new(head),
            },
            spans: spans.into_iter().map(SpanRecord::from_written).collect(),
            form: HeadForm::Ended,
        }
    }

    /// Parts of one trace, in order, as one: the head of the last, and each span in its
    /// newest form.
    pub(crate) fn join(parts: Vec<Self>) -> Option<Self> {
        let mut spans = Vec::new();
        let mut last = None;
        for mut part in parts {
            spans.append(&mut part.spans);
            last = Some((part.head, part.form));
        }
        let (head, form) = last?;
        let ended: HashSet<Id> = spans.iter().filter_map(SpanRecord::ended_id).collect();
        spans.retain(|span| span.open_id().is_none_or(|id| !ended.contains(&id)));
        let form = match form {
            HeadForm::OpenBrief => HeadForm::Open,
            other => other,
        };
        Some(Self { head, spans, form })
    }

    /// The trace's id.
    pub(crate) fn trace_id(&self) -> Id {
        match &self.head {
            Head::Built(head) => head.id,
            Head::Written { id, .. } => *id,
        }
    }

    /// Whether the trace had not ended when this was taken from it.
    pub(crate) fn is_open(&self) -> bool {
        self.form != HeadForm::Ended
    }

    /// Bytes the fragment takes in memory and on the wire, roughly.
    pub(crate) fn size(&self) -> usize {
        self.head_size() + self.spans.iter().map(SpanRecord::size).sum::<usize>()
    }

    fn head_size(&self) -> usize {
        match &self.head {
            Head::Built(head) => head.size(self.form),
            Head::Written { object, .. } => 64 + object.len(),
        }
    }

    /// Splits into fragments within both limits; a single span may be over the bytes.
    pub(crate) fn split(self) -> Vec<Self> {
        let fits = self.spans.len() <= FRAGMENT_SPANS_MAX && self.size() <= FRAGMENT_BYTES_MAX;
        if fits {
            return vec![self];
        }
        let head_size = self.head_size();
        let part = |spans| Self {
            head: self.head.clone(),
            spans,
            form: self.form,
        };
        let mut parts = Vec::new();
        let mut current = Vec::new();
        let mut bytes = head_size;
        for span in self.spans {
            let size = span.size();
            let full = current.len() >= FRAGMENT_SPANS_MAX || bytes + size > FRAGMENT_BYTES_MAX;
            if full && !current.is_empty() {
                parts.push(part(std::mem::take(&mut current)));
                bytes = head_size;
            }
            bytes += size;
            current.push(span);
        }
        if !current.is_empty() || parts.is_empty() {
            parts.push(part(current));
        }
        parts
    }

    /// Appends the fragment as one JSON object without line breaks.
    pub(crate) fn push_to(&self, out: &mut String) {
        match &self.head {
            Head::Built(head) => {
                out.push('{');
                head.push_to(out, self.form);
            }
            Head::Written { object, .. } => {
                let text = object.as_str();
                out.push_str(text.strip_suffix('}').unwrap_or(text));
            }
        }
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
        Fragment::ended(Arc::new(head(name)), spans.collect())
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
