//! The work that needs no lock: taking messages out of payloads, hashing,
//! compressing, reading amounts. Runs on the caller's thread, so that the one
//! writer only moves bytes.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use pandaprobe_model::price::PriceBook;
use pandaprobe_model::rollup::SpanAmounts;
use pandaprobe_model::trace::{SpanFragment, SpanPayload, TraceFragment};
use pandaprobe_model::{ProjectId, RawJson, message};

use super::known::{Known, Lookup, OwnerKey, Reference};
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
    /// What it leans on.
    pub(in crate::sqlite) reference: Option<Reference>,
    /// The spans are for a trace that must exist; its head says nothing.
    pub(in crate::sqlite) spans_only: bool,
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

/// What packing needs besides the fragment.
#[derive(Debug, Clone, Copy)]
pub(in crate::sqlite) struct Packing<'a> {
    pub(in crate::sqlite) known: &'a Known,
    pub(in crate::sqlite) prices: &'a PriceBook,
    pub(in crate::sqlite) project: ProjectId,
    /// Whether to refer to bodies that are stored already, or to store all anew.
    pub(in crate::sqlite) refer: bool,
}

/// Packs a fragment.
pub(in crate::sqlite) fn prepare(
    packing: Packing<'_>,
    mut fragment: TraceFragment,
) -> Result<Prepared> {
    let Packing { known, project, .. } = packing;
    let session = fragment.session_id.as_deref();
    let owner = Known::owner_key(project, session, fragment.trace_id);
    let lookup = match packing.refer {
        true => Some(known.conversation(owner, project, session, fragment.trace_id)?),
        false => None,
    };
    let mut packer = Packer {
        known,
        prices: packing.prices,
        lookup,
        builder: Builder::default(),
        fresh: HashMap::new(),
        bodies: Vec::new(),
        reference: None,
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
        builder,
        bodies,
        reference,
        ..
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
        reference,
        spans_only: false,
    })
}

/// Reads the amounts out of a record and prices them.
pub(in crate::sqlite) fn amounts_of(
    prices: &PriceBook,
    record: &Record,
    model: Option<&str>,
) -> SpanAmounts {
    let amounts = SpanAmounts::read(
        record.token_usage.as_ref(),
        record.usage.as_ref(),
        record.cost.as_ref(),
        model,
    );
    prices.price(amounts, model)
}

struct Packer<'a> {
    known: &'a Known,
    prices: &'a PriceBook,
    lookup: Option<Lookup<'a>>,
    builder: Builder,
    /// Bodies that this batch holds itself.
    fresh: HashMap<u128, ItemRef>,
    bodies: Vec<(u128, ItemRef)>,
    reference: Option<Reference>,
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
        let amounts = amounts_of(self.prices, &record, fragment.model.as_deref());
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

    /// Finds a body on disk and notes that the fragment leans on it.
    fn stored(&mut self, hash: u128) -> Result<Option<ItemRef>> {
        let Some(lookup) = &self.lookup else {
            return Ok(None);
        };
        let Some((owner, place)) = lookup.find(hash)? else {
            return Ok(None);
        };
        let reference = self.reference.get_or_insert(Reference {
            owner,
            blocks: BTreeSet::new(),
        });
        // The conversation may have been deleted and begun anew meanwhile.
        if reference.owner != owner {
            return Ok(None);
        }
        reference.blocks.insert(place.block);
        Ok(Some(place))
    }

    fn message(&mut self, body: &[u8]) -> Result<ItemRef> {
        let hash = self.known.hash(body);
        if let Some(place) = self.fresh.get(&hash) {
            return Ok(*place);
        }
        if let Some(place) = self.stored(hash)? {
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
