//! One trace.

use pandaprobe_model::TraceId;
use pandaprobe_model::trace::TraceFragment;
use serde::de::DeserializeSeed as _;
use serde_json::value::RawValue;

use super::members::{Spans, TraceMembers, TraceSeed, Walk};
use super::problems::Problems;
use super::scalar::Reader;
use super::{NOT_AN_OBJECT, Rejected, Source};

/// Reads the trace in `text`, which is all or a part of the body.
pub(crate) fn read(source: &Source<'_>, text: &str) -> Result<TraceFragment, Rejected> {
    match members(source, text, Walk::Straight) {
        Ok((members, spans)) => from_members(source, members, spans),
        Err(_) => explain(source, text),
    }
}

/// Reads again what one straight pass could not: what is no JSON is told from
/// what has a wrong shape.
fn explain(source: &Source<'_>, text: &str) -> Result<TraceFragment, Rejected> {
    if let Err(error) = serde_json::from_str::<&RawValue>(text) {
        return Err(Rejected::no_json(text, &error));
    }
    match members(source, text, Walk::Careful) {
        Ok((members, spans)) => from_members(source, members, spans),
        Err(_) => Err(Rejected::whole(NOT_AN_OBJECT)),
    }
}

fn members<'t>(
    source: &Source<'_>,
    text: &'t str,
    walk: Walk,
) -> serde_json::Result<(TraceMembers<'t>, Spans)> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = TraceSeed { source, walk }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(read)
}

/// Checks the members of a trace whose spans have been read.
pub(crate) fn from_members(
    source: &Source<'_>,
    members: TraceMembers<'_>,
    spans: Spans,
) -> Result<TraceFragment, Rejected> {
    let TraceMembers {
        trace_id,
        name,
        status,
        input,
        output,
        metadata,
        started_at,
        ended_at,
        session_id,
        session_name,
        session_metadata,
        user_id,
        tags,
        environment,
        release,
    } = members;
    let mut problems = Problems::default();
    let mut read = Reader {
        source,
        at: None,
        problems: &mut problems,
    };
    let trace_id = read.id("trace_id", trace_id, |text| TraceId::parse(text).ok());
    let name = read.name("name", name);
    let status = read.word("status", status);
    let input = read.any("input", input);
    let output = read.any("output", output);
    let metadata = read.object("metadata", metadata);
    let started_at = read.time("started_at", started_at);
    let ended_at = read.optional_time("ended_at", ended_at);
    let session_id = read.id_text("session_id", session_id);
    let session_name = read.id_text("session_name", session_name);
    let session_metadata = read.optional_object("session_metadata", session_metadata);
    let user_id = read.id_text("user_id", user_id);
    let tags = read.texts("tags", tags);
    let environment = read.short_text("environment", environment);
    let release = read.short_text("release", release);
    problems.append(spans.problems);
    match (name, started_at) {
        (Some(name), Some(started_at)) if problems.is_empty() => Ok(TraceFragment {
            trace_id: trace_id.unwrap_or_else(TraceId::random),
            name,
            status,
            started_at,
            ended_at,
            session_id,
            session_name,
            session_metadata,
            user_id,
            tags,
            environment,
            release,
            metadata,
            input,
            output,
            spans: spans.good,
        }),
        _ => Err(Rejected { trace_id, problems }),
    }
}

/// Reads a trace in both ways; `None` where the straight one gives up.
#[cfg(test)]
pub(super) fn both_walks(
    source: &Source<'_>,
    text: &str,
) -> (
    Option<Result<TraceFragment, Rejected>>,
    Result<TraceFragment, Rejected>,
) {
    let straight = members(source, text, Walk::Straight).ok();
    (
        straight.map(|(members, spans)| from_members(source, members, spans)),
        explain(source, text),
    )
}
