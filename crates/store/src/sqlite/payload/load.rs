//! Reading payloads back.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use pandaprobe_model::RawJson;
use rusqlite::{Connection, OptionalExtension};

use super::{Block, ItemRef, Packed, Record, Value};
use crate::{Result, StoreError};

/// Blocks are kept while one answer is put together, up to so many bytes.
const KEEP: usize = 32 * 1024 * 1024;

/// Reads records and messages, unpacking each block once.
#[derive(Debug)]
pub(in crate::sqlite) struct Loader<'a> {
    connection: &'a Connection,
    blocks: HashMap<i64, Block>,
    held: usize,
}

impl<'a> Loader<'a> {
    pub(in crate::sqlite) fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            blocks: HashMap::new(),
            held: 0,
        }
    }

    /// Reads the record at `place`; an empty one if there is none.
    pub(in crate::sqlite) fn record(&mut self, place: Option<ItemRef>) -> Result<Record> {
        let Some(place) = place else {
            return Ok(Record::default());
        };
        let block = self.block(place.block)?;
        let base = block.base;
        let bytes = block.item(place.item);
        bytes
            .and_then(|bytes| Record::decode(&bytes, base))
            .ok_or_else(|| damaged(place))
    }

    /// Puts a value's JSON together.
    pub(in crate::sqlite) fn json(&mut self, value: Value) -> Result<RawJson> {
        match value {
            Value::Plain(json) => Ok(json),
            Value::List {
                prefix,
                messages,
                suffix,
            } => self.joined(&prefix, &messages, &suffix),
        }
    }

    /// As [`Loader::json`], for values that may be missing.
    pub(in crate::sqlite) fn json_some(&mut self, value: Option<Value>) -> Result<Option<RawJson>> {
        value.map(|value| self.json(value)).transpose()
    }

    fn joined(&mut self, prefix: &[u8], messages: &[ItemRef], suffix: &[u8]) -> Result<RawJson> {
        let mut out = prefix.to_vec();
        for (index, place) in messages.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(&self.item(*place)?);
        }
        out.extend_from_slice(suffix);
        Ok(RawJson::from_valid(Bytes::from(out)))
    }

    /// Reads an item's bytes.
    pub(in crate::sqlite) fn item(&mut self, place: ItemRef) -> Result<Bytes> {
        self.block(place.block)?
            .item(place.item)
            .ok_or_else(|| damaged(place))
    }

    /// Packs a block anew with only the chosen items.
    pub(in crate::sqlite) fn stripped(&mut self, id: i64, keep: &BTreeSet<u32>) -> Result<Packed> {
        Ok(self.block(id)?.stripped(id, keep))
    }

    fn block(&mut self, id: i64) -> Result<&Block> {
        if !self.blocks.contains_key(&id) {
            if self.held > KEEP {
                self.blocks.clear();
                self.held = 0;
            }
            let block = self.read_block(id)?;
            self.held += block.len();
            self.blocks.insert(id, block);
        }
        self.blocks
            .get(&id)
            .ok_or_else(|| damaged(ItemRef { block: id, item: 0 }))
    }

    fn read_block(&self, id: i64) -> Result<Block> {
        let row: Option<(i64, Vec<u8>)> = self
            .connection
            .prepare_cached("SELECT codec, data FROM block WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        row.and_then(|(codec, data)| Block::unpack(id, codec, data))
            .ok_or_else(|| damaged(ItemRef { block: id, item: 0 }))
    }
}

fn damaged(place: ItemRef) -> StoreError {
    StoreError::Inconsistent {
        table: "block",
        row: place.block,
        what: format!("item {} is missing or damaged", place.item),
    }
}
