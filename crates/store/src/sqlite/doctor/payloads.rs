//! Blocks in the order of their ids, with the messages and records in them, so
//! that each is unpacked once.

use pandaprobe_model::RawJson;
use rusqlite::{Connection, Row};

use super::contents::{Content, Contents, keeper};
use super::exam::Exam;
use super::marks::Span;
use super::ordered::{Ordered, least};
use super::traces::{Trace, span_row};
use super::{Area, Result};
use crate::sqlite::payload::{Block, ItemRef, Record, Value, block_id, block_trace, body_hash};

pub(super) const BLOCKS: &str = "SELECT id, codec, data, owner FROM block ORDER BY id";
pub(super) const MESSAGES: &str =
    "SELECT block, item, owner, hash FROM message ORDER BY block, item";

/// A row of `block`.
#[derive(Debug)]
pub(super) struct BlockRow {
    id: i64,
    codec: i64,
    data: Vec<u8>,
    owner: Option<i64>,
}

pub(super) fn read_block(row: &Row<'_>) -> rusqlite::Result<BlockRow> {
    Ok(BlockRow {
        id: row.get(0)?,
        codec: row.get(1)?,
        data: row.get(2)?,
        owner: row.get(3)?,
    })
}

/// A row of `message`.
#[derive(Debug)]
pub(super) struct MessageRow {
    block: i64,
    item: i64,
    owner: i64,
    hash: Vec<u8>,
}

pub(super) fn read_message(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        block: row.get(0)?,
        item: row.get(1)?,
        owner: row.get(2)?,
        hash: row.get(3)?,
    })
}

impl MessageRow {
    fn row(&self) -> String {
        let hash: String = self.hash.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}/{hash}", self.owner)
    }
}

/// A record that a trace or one of its spans has.
#[derive(Debug, Clone, Copy)]
struct Used<'a> {
    place: ItemRef,
    /// `None` is the trace itself.
    span: Option<&'a Span>,
}

impl Used<'_> {
    fn fault(&self, exam: &mut Exam<'_>, trace: &Trace, what: impl Into<String>) {
        match self.span {
            Some(span) => exam.fault(Area::Records, "span", span_row(span), what),
            None => exam.fault(Area::Records, "trace", trace.row(), what),
        }
    }
}

/// The payloads' tables, read along with the traces.
pub(super) struct Payloads<'c, B, M> {
    reader: &'c Connection,
    blocks: Ordered<B, BlockRow>,
    messages: Ordered<M, MessageRow>,
    /// Of the message hashes; without it they are not compared.
    seed: Option<u64>,
    contents: Contents,
}

impl<'c, B, M> Payloads<'c, B, M>
where
    B: Iterator<Item = rusqlite::Result<BlockRow>>,
    M: Iterator<Item = rusqlite::Result<MessageRow>>,
{
    pub(super) fn new(
        reader: &'c Connection,
        blocks: B,
        messages: M,
        seed: Option<u64>,
    ) -> Result<Self> {
        Ok(Self {
            reader,
            blocks: Ordered::new(blocks)?,
            messages: Ordered::new(messages)?,
            seed,
            contents: Contents::new(),
        })
    }

    /// The trace in whose range the next row is.
    pub(super) fn next_trace(&self) -> Option<i64> {
        least([
            self.blocks.peek().map(|block| block_trace(block.id)),
            self.messages
                .peek()
                .map(|message| block_trace(message.block)),
        ])
    }

    /// Checks all in the range of a trace, which may be gone.
    pub(super) fn check_trace(
        &mut self,
        exam: &mut Exam<'_>,
        id: i64,
        trace: Option<&Trace>,
        spans: &[Span],
    ) -> Result<()> {
        let used = trace.map_or_else(Vec::new, |trace| used_places(exam, trace, spans));
        let mut used = used.as_slice();
        while let Some(block) = self.blocks.next_if(|block| block_trace(block.id) == id)? {
            self.without_block(exam, |message| message.block < block.id)?;
            used = missing(exam, trace, used, block.id);
            let inside = used.partition_point(|used| used.place.block == block.id);
            let (here, rest) = used.split_at(inside);
            used = rest;
            self.check_block(exam, trace, block, here)?;
        }
        self.without_block(exam, |message| block_trace(message.block) == id)?;
        missing(exam, trace, used, i64::MAX);
        Ok(())
    }

    /// Messages whose block has not come.
    fn without_block(
        &mut self,
        exam: &mut Exam<'_>,
        wanted: impl Fn(&MessageRow) -> bool,
    ) -> Result<()> {
        while let Some(message) = self.messages.next_if(&wanted)? {
            exam.count(Area::Messages, 1);
            let what = format!("its block {} is not there", message.block);
            exam.fault(Area::Messages, "message", message.row(), what);
        }
        Ok(())
    }

    fn check_block(
        &mut self,
        exam: &mut Exam<'_>,
        trace: Option<&Trace>,
        row: BlockRow,
        used: &[Used<'_>],
    ) -> Result<()> {
        exam.count(Area::Blocks, 1);
        let BlockRow {
            id,
            codec,
            data,
            owner,
        } = row;
        let keeper = keeper(owner, trace.map(|trace| (trace.id, trace.session)));
        let block = Block::unpack(id, codec, data);
        let messages = self.messages.take_while(|message| message.block == id)?;
        let registered = messages
            .iter()
            .filter(|message| keeper == Some(message.owner))
            .map(|message| message.item);
        let content = Content::new(keeper, owner.is_some(), block.as_ref());
        self.contents.put(id, content.with_registered(registered));
        self.check_owner(exam, id, trace, owner, &messages)?;
        exam.count(Area::Messages, messages.len() as u64);
        exam.count(Area::Records, used.len() as u64);
        let Some(block) = block else {
            let what = format!(
                "it cannot be unpacked: {} records and {} messages are lost",
                used.len(),
                messages.len()
            );
            exam.fault(Area::Blocks, "block", id.to_string(), what);
            return Ok(());
        };
        for message in &messages {
            if let Some(what) = self.message_fault(&block, keeper, trace, owner, message)? {
                exam.fault(Area::Messages, "message", message.row(), what);
            }
        }
        if let Some(trace) = trace {
            for used in used {
                if let Some(what) = self.record_fault(&block, trace, owner, used)? {
                    used.fault(exam, trace, what);
                }
            }
        }
        Ok(())
    }

    /// A block belongs to its trace or to a session that has a message in it.
    fn check_owner(
        &self,
        exam: &mut Exam<'_>,
        id: i64,
        trace: Option<&Trace>,
        owner: Option<i64>,
        messages: &[MessageRow],
    ) -> Result<()> {
        match (owner, trace) {
            (None, None) => {
                let what = format!("its trace {} is not there", block_trace(id));
                exam.fault(Area::Blocks, "block", id.to_string(), what);
            }
            (None, Some(trace)) if id >= block_id(trace.id, trace.blocks) => {
                let next = id - block_id(trace.id, 0) + 1;
                exam.heal(
                    Area::Blocks,
                    ("trace", trace.row()),
                    format!("blocks is {}, should be {next}", trace.blocks),
                    "UPDATE trace SET blocks = max(blocks, ?2) WHERE id = ?1",
                    (trace.id, next),
                )?;
            }
            (None, Some(_)) => {}
            (Some(session), _) if !self.has_session(session)? => {
                let what = format!("its session {session} is not there");
                exam.fault(Area::Blocks, "block", id.to_string(), what);
            }
            (Some(session), _) if !messages.iter().any(|message| message.owner == session) => {
                let what = format!("session {session} has no message in it");
                exam.fault(Area::Blocks, "block", id.to_string(), what);
            }
            (Some(_), _) => {}
        }
        Ok(())
    }

    fn has_session(&self, id: i64) -> Result<bool> {
        let mut select = self
            .reader
            .prepare_cached("SELECT 1 FROM session WHERE id = ?1")?;
        Ok(select.exists([id])?)
    }

    fn message_fault(
        &self,
        block: &Block,
        keeper: Option<i64>,
        trace: Option<&Trace>,
        owner: Option<i64>,
        message: &MessageRow,
    ) -> Result<Option<String>> {
        // A trace that came without a session keeps what it had by then.
        let own = owner.is_none() && trace.is_some_and(|trace| message.owner == -trace.id);
        if keeper != Some(message.owner) && !own {
            let gone = message.owner > 0 && !self.has_session(message.owner)?;
            return Ok(Some(match (keeper, gone) {
                (_, true) => "its session is not there".to_owned(),
                (None, _) => format!("its trace {} is not there", block_trace(message.block)),
                (Some(keeper), _) => {
                    format!("it lies in block {}, which {keeper} keeps", message.block)
                }
            }));
        }
        let body = u32::try_from(message.item)
            .ok()
            .and_then(|item| block.item(item))
            .filter(|body| !body.is_empty());
        let Some(body) = body else {
            return Ok(Some(format!(
                "block {} has no item {}",
                message.block, message.item
            )));
        };
        let same = self
            .seed
            .is_none_or(|seed| body_hash(seed, &body).to_be_bytes() == message.hash[..]);
        Ok((!same).then(|| {
            format!(
                "item {} of block {} is another text",
                message.item, message.block
            )
        }))
    }

    fn record_fault(
        &mut self,
        block: &Block,
        trace: &Trace,
        owner: Option<i64>,
        used: &Used<'_>,
    ) -> Result<Option<String>> {
        let ItemRef { block: id, item } = used.place;
        if let Some(session) = owner {
            let what = format!("its payload's block {id} was left to session {session}");
            return Ok(Some(what));
        }
        let record = block
            .item(item)
            .and_then(|bytes| Record::decode(&bytes, block.base));
        let Some(record) = record else {
            return Ok(Some(format!(
                "its payload, item {item} of block {id}, cannot be read"
            )));
        };
        let plain = [
            &record.metadata,
            &record.model_parameters,
            &record.token_usage,
            &record.usage,
            &record.cost,
            &record.error,
        ];
        if plain
            .into_iter()
            .flatten()
            .any(|json| !is_json(json.as_bytes()))
        {
            return Ok(Some(format!("item {item} of block {id} is no JSON")));
        }
        for value in [&record.input, &record.output].into_iter().flatten() {
            match value {
                Value::Plain(json) if is_json(json.as_bytes()) => {}
                Value::List {
                    prefix,
                    messages,
                    suffix,
                } if is_json(&[prefix.as_ref(), suffix.as_ref()].concat()) => {
                    for place in messages {
                        if let Some(what) = self.reference_fault(trace, *place)? {
                            return Ok(Some(what));
                        }
                    }
                }
                _ => return Ok(Some(format!("item {item} of block {id} is no JSON"))),
            }
        }
        Ok(None)
    }

    /// A record refers to messages of its own trace or of its session.
    fn reference_fault(&mut self, trace: &Trace, place: ItemRef) -> Result<Option<String>> {
        let Some(content) = self.contents.get(self.reader, place.block)? else {
            return Ok(Some(format!(
                "a message of it is in block {}, which is not there",
                place.block
            )));
        };
        if !content.has(place.item) {
            return Ok(Some(format!(
                "a message of it, item {} of block {}, is not there",
                place.item, place.block
            )));
        }
        let own = block_trace(place.block) == trace.id && !content.handed_over;
        let shared = trace.session.is_some() && content.keeper == trace.session;
        if !own && !shared {
            return Ok(Some(format!(
                "a message of it is in block {}, which is not of its session",
                place.block
            )));
        }
        let kept = own || content.outlives(place.item);
        Ok((!kept).then(|| {
            format!(
                "a message of it, item {} of block {}, is in no list of messages",
                place.item, place.block
            )
        }))
    }
}

fn is_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| RawJson::parse(text).is_some())
}

/// The places of all records of a trace, in order. Those outside its range are
/// told of and left out.
fn used_places<'s>(exam: &mut Exam<'_>, trace: &Trace, spans: &'s [Span]) -> Vec<Used<'s>> {
    let own = trace.place.map(|place| Used { place, span: None });
    let of_spans = spans.iter().filter_map(|span| {
        Some(Used {
            place: span.place?,
            span: Some(span),
        })
    });
    let (mut inside, outside): (Vec<_>, Vec<_>) = own
        .into_iter()
        .chain(of_spans)
        .partition(|used| block_trace(used.place.block) == trace.id);
    for used in outside {
        exam.count(Area::Records, 1);
        let what = format!(
            "its payload is in block {} of another trace",
            used.place.block
        );
        used.fault(exam, trace, what);
    }
    inside.sort_by_key(|used| (used.place.block, used.place.item));
    inside
}

/// Tells of the records whose block comes before `block`, but did not; returns
/// the others.
fn missing<'u, 's>(
    exam: &mut Exam<'_>,
    trace: Option<&Trace>,
    used: &'u [Used<'s>],
    block: i64,
) -> &'u [Used<'s>] {
    let (gone, rest) = used.split_at(used.partition_point(|used| used.place.block < block));
    for used in gone {
        exam.count(Area::Records, 1);
        if let Some(trace) = trace {
            let what = format!("its payload's block {} is not there", used.place.block);
            used.fault(exam, trace, what);
        }
    }
    rest
}
