//! One span.

use pandaprobe_model::SpanId;
use pandaprobe_model::trace::{SpanFragment, SpanPayload};

use super::Source;
use super::members::{Slot, SpanMembers};
use super::problems::{At, Problems};
use super::scalar::Reader;

/// Reads a span; `None` if it has no name or start. Everything wrong is noted,
/// also when a span is returned.
pub(crate) fn read(
    source: &Source<'_>,
    members: SpanMembers<'_>,
    at: &At<'_>,
    problems: &mut Problems,
) -> Option<SpanFragment> {
    let SpanMembers {
        span_id,
        parent_span_id,
        name,
        kind,
        status,
        input,
        output,
        model,
        token_usage,
        usage,
        metadata,
        started_at,
        ended_at,
        error,
        completion_start_time,
        model_parameters,
        cost,
    } = members;
    let mut read = Reader {
        source,
        at: Some(at),
        problems,
    };
    let span_id = read.id("span_id", span_id, parse_id);
    let parent = parent_span_id.filter(|value: &&_| value.get() != "null");
    let parent_span_id = read.id("parent_span_id", parent, parse_id);
    let name = read.name("name", name);
    let kind = read.word("kind", kind);
    let status = read.word("status", status);
    let model = read.short_text("model", model);
    let started_at = read.time("started_at", started_at);
    let ended_at = read.optional_time("ended_at", ended_at);
    let completion_start_time = read.optional_time("completion_start_time", completion_start_time);
    let payload = payload(
        &mut read,
        Payload {
            input,
            output,
            metadata,
            model_parameters,
            token_usage,
            usage,
            cost,
            error,
        },
    );
    Some(SpanFragment {
        span_id: span_id.unwrap_or_else(SpanId::random),
        parent_span_id,
        name: name?,
        kind,
        status,
        started_at: started_at?,
        ended_at,
        completion_start_time,
        model,
        payload,
    })
}

pub(super) fn parse_id(text: &str) -> Option<SpanId> {
    SpanId::parse(text).ok()
}

struct Payload<'a> {
    input: Slot<'a>,
    output: Slot<'a>,
    metadata: Slot<'a>,
    model_parameters: Slot<'a>,
    token_usage: Slot<'a>,
    usage: Slot<'a>,
    cost: Slot<'a>,
    error: Slot<'a>,
}

fn payload(read: &mut Reader<'_>, members: Payload<'_>) -> SpanPayload {
    SpanPayload {
        input: read.any("input", members.input),
        output: read.any("output", members.output),
        token_usage: read.optional_object("token_usage", members.token_usage),
        usage: read.optional_object("usage", members.usage),
        metadata: read.object("metadata", members.metadata),
        error: read.raw_text("error", members.error),
        model_parameters: read.optional_object("model_parameters", members.model_parameters),
        cost: read.numbers("cost", members.cost),
    }
}
