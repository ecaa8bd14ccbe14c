//! A record: the payload fields of one trace or span, as bytes inside a block.
//!
//! ```text
//! record = { field }
//! field  = tag:u8 body          tag = field number << 1 | is_list
//! body   = len bytes                                       (plain)
//!        | len prefix  len suffix  count { ref }           (list)
//! ref    = zigzag(block − previous block) zigzag(item − previous item)
//! ```
//! All lengths and numbers are LEB128 varints. A reference's block is the id
//! of a stored block, or −1, −2, … for the first, second, … block of the same
//! batch, whose ids are not known when the record is written.

use bytes::Bytes;
use pandaprobe_model::RawJson;
use pandaprobe_model::merge::{newer, newer_by_key};

use super::varint::{Reader, write, write_signed};

/// Where an item lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::sqlite) struct ItemRef {
    /// A block id, or −1 − n for the n-th block of the record's own batch.
    pub(in crate::sqlite) block: i64,
    /// The index within the block.
    pub(in crate::sqlite) item: u32,
}

impl ItemRef {
    /// Turns a reference into the own batch into one by id; `base` is the id of
    /// the batch's first block.
    pub(in crate::sqlite) fn resolved(self, base: i64) -> Self {
        let block = if self.block < 0 {
            base + (-1 - self.block)
        } else {
            self.block
        };
        Self { block, ..self }
    }
}

/// One field: as sent, or cut at its message list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sqlite) enum Value {
    /// JSON as sent.
    Plain(RawJson),
    /// Prefix, messages, suffix: see `pandaprobe_model::message::split`.
    List {
        prefix: Bytes,
        messages: Vec<ItemRef>,
        suffix: Bytes,
    },
}

impl Value {
    /// The JSON, if it is not cut.
    pub(in crate::sqlite) fn plain(self) -> Option<RawJson> {
        match self {
            Self::Plain(json) => Some(json),
            Self::List { .. } => None,
        }
    }
}

/// The payload fields of a trace or span.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::sqlite) struct Record {
    pub(in crate::sqlite) input: Option<Value>,
    pub(in crate::sqlite) output: Option<Value>,
    pub(in crate::sqlite) metadata: Option<RawJson>,
    pub(in crate::sqlite) model_parameters: Option<RawJson>,
    pub(in crate::sqlite) token_usage: Option<RawJson>,
    pub(in crate::sqlite) usage: Option<RawJson>,
    pub(in crate::sqlite) cost: Option<RawJson>,
    pub(in crate::sqlite) error: Option<RawJson>,
}

impl Record {
    pub(in crate::sqlite) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Merges a later record into this one by the rules of `model::merge`.
    pub(in crate::sqlite) fn merge(&mut self, incoming: Self) {
        newer(&mut self.input, incoming.input);
        newer(&mut self.output, incoming.output);
        newer_by_key(&mut self.metadata, incoming.metadata);
        newer(&mut self.model_parameters, incoming.model_parameters);
        newer(&mut self.token_usage, incoming.token_usage);
        newer(&mut self.usage, incoming.usage);
        newer(&mut self.cost, incoming.cost);
        newer(&mut self.error, incoming.error);
    }

    /// Replaces references into the own batch by block ids.
    pub(in crate::sqlite) fn resolve(&mut self, base: i64) {
        for value in [&mut self.input, &mut self.output] {
            if let Some(Value::List { messages, .. }) = value {
                messages
                    .iter_mut()
                    .for_each(|message| *message = message.resolved(base));
            }
        }
    }

    /// Appends the record's bytes.
    pub(in crate::sqlite) fn encode(&self, out: &mut Vec<u8>) {
        for (tag, value) in [(0, &self.input), (1, &self.output)] {
            match value {
                Some(Value::Plain(json)) => write_plain(out, tag, json),
                Some(Value::List {
                    prefix,
                    messages,
                    suffix,
                }) => write_list(out, tag, prefix, messages, suffix),
                None => {}
            }
        }
        let rest = [
            (2, &self.metadata),
            (3, &self.model_parameters),
            (4, &self.token_usage),
            (5, &self.usage),
            (6, &self.cost),
            (7, &self.error),
        ];
        for (tag, json) in rest {
            if let Some(json) = json {
                write_plain(out, tag, json);
            }
        }
    }

    /// Reads a record back; `None` if the bytes are damaged.
    pub(in crate::sqlite) fn decode(bytes: &Bytes, base: i64) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let mut record = Self::default();
        while !reader.is_empty() {
            let tag = reader.byte()?;
            let value = read_value(&mut reader, tag & 1 == 1, base)?;
            let plain = match tag >> 1 {
                0 => {
                    record.input = Some(value);
                    continue;
                }
                1 => {
                    record.output = Some(value);
                    continue;
                }
                2 => &mut record.metadata,
                3 => &mut record.model_parameters,
                4 => &mut record.token_usage,
                5 => &mut record.usage,
                6 => &mut record.cost,
                7 => &mut record.error,
                _ => return None,
            };
            *plain = Some(value.plain()?);
        }
        Some(record)
    }
}

fn write_plain(out: &mut Vec<u8>, tag: u8, json: &RawJson) {
    out.push(tag << 1);
    write_bytes(out, json.as_bytes());
}

fn write_list(out: &mut Vec<u8>, tag: u8, prefix: &[u8], messages: &[ItemRef], suffix: &[u8]) {
    out.push(tag << 1 | 1);
    write_bytes(out, prefix);
    write_bytes(out, suffix);
    write(out, messages.len() as u64);
    let mut previous = ItemRef { block: 0, item: 0 };
    for message in messages {
        write_signed(out, message.block.wrapping_sub(previous.block));
        write_signed(out, i64::from(message.item) - i64::from(previous.item));
        previous = *message;
    }
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn read_value(reader: &mut Reader<'_>, list: bool, base: i64) -> Option<Value> {
    let first = reader.bytes()?;
    if !list {
        return Some(Value::Plain(RawJson::from_valid(first)));
    }
    let suffix = reader.bytes()?;
    let count = reader.number()?;
    let mut messages = Vec::new();
    let mut previous = ItemRef { block: 0, item: 0 };
    for _ in 0..count {
        let block = previous.block.wrapping_add(reader.signed()?);
        let item = u32::try_from(i64::from(previous.item) + reader.signed()?).ok()?;
        previous = ItemRef { block, item };
        messages.push(previous.resolved(base));
    }
    Some(Value::List {
        prefix: first,
        messages,
        suffix,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json() -> impl Strategy<Value = RawJson> {
        "[a-z]{0,20}".prop_map(|text| RawJson::parse(&format!("\"{text}\"")).unwrap())
    }

    fn value() -> impl Strategy<Value = Value> {
        let reference =
            (-3_i64..1 << 60, 0_u32..1000).prop_map(|(block, item)| ItemRef { block, item });
        prop_oneof![
            json().prop_map(Value::Plain),
            (proptest::collection::vec(reference, 0..20)).prop_map(|messages| Value::List {
                prefix: Bytes::from_static(b"["),
                messages,
                suffix: Bytes::from_static(b"]"),
            }),
        ]
    }

    proptest! {
        #[test]
        fn records_read_back(
            input in proptest::option::of(value()),
            output in proptest::option::of(value()),
            metadata in proptest::option::of(json()),
            error in proptest::option::of(json()),
            base in 0_i64..1 << 60,
        ) {
            let mut record = Record { input, output, metadata, error, ..Record::default() };
            let mut bytes = Vec::new();
            record.encode(&mut bytes);
            let read = Record::decode(&Bytes::from(bytes), base).unwrap();
            record.resolve(base);
            prop_assert_eq!(read, record);
        }

        #[test]
        fn damaged_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            // Plain values are only checked in debug builds, so start at a list.
            let mut damaged = vec![1];
            damaged.extend(bytes);
            let _ = std::panic::catch_unwind(|| Record::decode(&Bytes::from(damaged), 0));
        }
    }
}
