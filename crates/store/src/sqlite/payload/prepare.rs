//! The work that needs no lock: taking messages out of payloads, hashing,
//! compressing, reading amounts. Runs on the caller's thread, so that the one
//! writer only moves bytes.

use std::collections::HashMap;

use bytes::Bytes;
use pandaprobe_model::rollup::SpanAmounts;
use pandaprobe_model::trace::{SpanFragment, SpanPayload, TraceFragment};
use pandaprobe_model::{ProjectId, RawJson, message};

use super::known::{Known, Lookup, OwnerKey};
use super::{Builder, ItemRef, Packed, Record, Value};
use crate::Result;

/// A fragment whose payloads are packed.
#[derive(Debug)]
pub(in crate::sqlite) struct Prepared {
    /// The fragment without its payloads and spans.
    pub(in crate::sqlite) fragment: TraceFragment,
    /// The trace's payload fields, for the case that they must be merged.
    pub(in crate::sqlite) record: Record,
    /// Where the record lies in `blocks`; `None` if it is empty.
    pub(in crate::sqlite) place: Option<(i64, u32)>,
    /// The spans in the order sent.
    pub(in crate::sqlite) spans: Vec<PreparedSpan>,
    /// The packed items.
    pub(in crate::sqlite) blocks: Vec<Packed>,
    /// The messages in `blocks`, by content.
    pub(in crate::sqlite) bodies: Vec<(u128, ItemRef)>,
    /// Whose messages they are.
    pub(in crate::sqlite) owner: OwnerKey,
    /// The first user message, if the fragment has an input.
    pub(in crate::sqlite) first_user: Option<Option<String>>,
}

/// A span whose payload is packed.
#[derive(Debug)]
pub(in crate::sqlite) struct PreparedSpan {
    /// The fragment without its payload.
    pub(in crate::sqlite) fragment: SpanFragment,
    /// Its payload fields.
    pub(in crate::sqlite) record: Record,
    /// Where the record lies; `None` if it is empty.
    pub(in crate::sqlite) place: Option<(i64, u32)>,
    /// What this fragment alone says about tokens and cost.
    pub(in crate::sqlite) amounts: SpanAmounts,
}

/// Packs a fragment.
pub(in crate::sqlite) fn prepare(
    known: &Known,
    project: ProjectId,
    mut fragment: TraceFragment,
) -> Result<Prepared> {
    let session = fragment.session_id.as_deref();
    let owner = Known::owner_key(project, session, fragment.trace_id);
    let lookup = known.conversation(owner, project, session, fragment.trace_id)?;
    let mut packer = Packer {
        known,
        lookup,
        builder: Builder::default(),
        fresh: HashMap::new(),
        bodies: Vec::new(),
    };

    let spans = std::mem::take(&mut fragment.spans);
    let spans = spans
        .into_iter()
        .map(|span| packer.span(span))
        .collect::<Result<Vec<_>>>()?;
    let first_user = fragment.input.as_ref().map(message::first_user_message);
    let record = Record {
        input: packer.value(fragment.input.take())?,
        output: packer.value(fragment.output.take())?,
        metadata: fragment.metadata.take(),
        ..Record::default()
    };
    let place = packer.record(&record);
    let Packer {
        builder, bodies, ..
    } = packer;
    Ok(Prepared {
        fragment,
        record,
        place,
        spans,
        blocks: builder.finish(),
        bodies,
        owner,
        first_user,
    })
}

/// Reads the amounts out of a record.
pub(in crate::sqlite) fn amounts_of(record: &Record, model: Option<&str>) -> SpanAmounts {
    SpanAmounts::read(
        record.token_usage.as_ref(),
        record.usage.as_ref(),
        record.cost.as_ref(),
        model,
    )
}

struct Packer<'a> {
    known: &'a Known,
    lookup: Lookup<'a>,
    builder: Builder,
    /// Bodies that this batch holds itself.
    fresh: HashMap<u128, ItemRef>,
    bodies: Vec<(u128, ItemRef)>,
}

impl Packer<'_> {
    fn span(&mut self, mut fragment: SpanFragment) -> Result<PreparedSpan> {
        let SpanPayload {
            input,
            output,
            metadata,
            model_parameters,
            token_usage,
            usage,
            cost,
            error,
        } = std::mem::take(&mut fragment.payload);
        let record = Record {
            input: self.value(input)?,
            output: self.value(output)?,
            metadata,
            model_parameters,
            token_usage,
            usage,
            cost,
            error,
        };
        let amounts = amounts_of(&record, fragment.model.as_deref());
        let place = self.record(&record);
        Ok(PreparedSpan {
            fragment,
            record,
            place,
            amounts,
        })
    }

    fn record(&mut self, record: &Record) -> Option<(i64, u32)> {
        (!record.is_empty()).then(|| self.builder.push(|out| record.encode(out)))
    }

    /// Replaces a message list by references, storing the bodies that are new.
    fn value(&mut self, json: Option<RawJson>) -> Result<Option<Value>> {
        let Some(json) = json else { return Ok(None) };
        let bytes = json.clone().into_bytes();
        let Some(split) = message::split(&bytes) else {
            return Ok(Some(Value::Plain(json)));
        };
        let messages = split
            .messages
            .iter()
            .map(|body| self.message(body))
            .collect::<Result<_>>()?;
        Ok(Some(Value::List {
            prefix: shared(&bytes, split.prefix),
            messages,
            suffix: shared(&bytes, split.suffix),
        }))
    }

    fn message(&mut self, body: &[u8]) -> Result<ItemRef> {
        let hash = self.known.hash(body);
        if let Some(place) = self.fresh.get(&hash) {
            return Ok(*place);
        }
        if let Some(place) = self.lookup.find(hash)? {
            return Ok(place);
        }
        let (index, item) = self.builder.push(|out| out.extend_from_slice(body));
        let place = ItemRef {
            block: -1 - index,
            item,
        };
        self.fresh.insert(hash, place);
        self.bodies.push((hash, place));
        Ok(place)
    }
}

/// A part of `whole` that shares its allocation.
fn shared(whole: &Bytes, part: &[u8]) -> Bytes {
    if part.is_empty() {
        Bytes::new()
    } else {
        whole.slice_ref(part)
    }
}
