//! Changes to traces, spans and sessions. Only members that are there count.
//! Null clears what may be missing; for what may not, it says nothing.

use bytes::Bytes;
use pandaprobe_model::RawJson;
use pandaprobe_model::patch::{SessionPatch, SpanPatch, TracePatch};

use super::members::{Slot, members};
use super::scalar::{Reader, given};
use super::{Rejected, object};

members! {
    /// The members of a change to a trace.
    TraceUpdateMembers {
        name, status, input, output, metadata, ended_at, session_id, user_id, tags, environment,
        release,
    }
}

members! {
    /// The members of a change to a span.
    SpanUpdateMembers {
        name, kind, status, input, output, model, token_usage, usage, metadata, ended_at, error,
        completion_start_time, model_parameters, cost,
    }
}

members! {
    /// The members of a change to a session.
    SessionUpdateMembers { name, metadata, tags }
}

/// Reads a change to a trace.
pub(crate) fn trace(body: &Bytes) -> Result<TracePatch, Rejected> {
    object(body, |read, members: TraceUpdateMembers<'_>| {
        let TraceUpdateMembers {
            name,
            status,
            input,
            output,
            metadata,
            ended_at,
            session_id,
            user_id,
            tags,
            environment,
            release,
        } = members;
        Some(TracePatch {
            name: new_name(read, name),
            status: read.word("status", given(status)),
            input: read.change("input", input, Reader::any),
            output: read.change("output", output, Reader::any),
            metadata: merged(read, metadata),
            ended_at: read.change("ended_at", ended_at, Reader::optional_time),
            session_id: read.change("session_id", session_id, Reader::id_text),
            user_id: read.change("user_id", user_id, Reader::id_text),
            tags: new_tags(read, tags),
            environment: read.change("environment", environment, Reader::short_text),
            release: read.change("release", release, Reader::short_text),
        })
    })
}

/// Reads a change to a span.
pub(crate) fn span(body: &Bytes) -> Result<SpanPatch, Rejected> {
    object(body, |read, members: SpanUpdateMembers<'_>| {
        let SpanUpdateMembers {
            name,
            kind,
            status,
            input,
            output,
            model,
            token_usage,
            usage,
            metadata,
            ended_at,
            error,
            completion_start_time: first_token,
            model_parameters,
            cost,
        } = members;
        Some(SpanPatch {
            name: new_name(read, name),
            kind: read.word("kind", given(kind)),
            status: read.word("status", given(status)),
            ended_at: read.change("ended_at", ended_at, Reader::optional_time),
            completion_start_time: read.change(
                "completion_start_time",
                first_token,
                Reader::optional_time,
            ),
            model: read.change("model", model, Reader::short_text),
            input: read.change("input", input, Reader::any),
            output: read.change("output", output, Reader::any),
            metadata: merged(read, metadata),
            model_parameters: read.change(
                "model_parameters",
                model_parameters,
                Reader::optional_object,
            ),
            token_usage: read.change("token_usage", token_usage, Reader::optional_object),
            usage: read.change("usage", usage, Reader::optional_object),
            cost: read.change("cost", cost, Reader::numbers),
            error: read.change("error", error, Reader::raw_text),
        })
    })
}

/// Reads a change to a session.
pub(crate) fn session(body: &Bytes) -> Result<SessionPatch, Rejected> {
    object(body, |read, members: SessionUpdateMembers<'_>| {
        let SessionUpdateMembers {
            name,
            metadata,
            tags,
        } = members;
        Some(SessionPatch {
            name: read.change("name", name, Reader::id_text),
            metadata: merged(read, metadata),
            tags: new_tags(read, tags),
        })
    })
}

fn new_name(read: &mut Reader<'_>, slot: Slot<'_>) -> Option<String> {
    let value = given(slot)?;
    read.name("name", Some(value))
}

fn merged(read: &mut Reader<'_>, slot: Slot<'_>) -> Option<RawJson> {
    read.object("metadata", given(slot))
}

fn new_tags(read: &mut Reader<'_>, slot: Slot<'_>) -> Option<Vec<String>> {
    let value = given(slot)?;
    Some(read.texts("tags", Some(value)))
}
