//! A block: the items of one batch of one trace, compressed together, because
//! a shared window is what makes small payloads small.
//!
//! ```text
//! block = index_in_batch count { len } { item }      (before compression)
//! ```

use std::cell::RefCell;
use std::collections::BTreeSet;

use bytes::Bytes;

use super::varint::{Reader, write};

/// Bits of a block id below the trace's row id.
const NUMBER_BITS: u32 = 20;

/// An uncompressed block grows to about this many bytes before the next one
/// begins, so that reading one payload of a big batch stays cheap.
const TARGET: usize = 256 * 1024;

/// zstd's fastest standard level: higher ones gained 2–8 % for 30–70 % more time.
const LEVEL: i32 = 1;

/// The id of a trace's block.
pub(in crate::sqlite) fn block_id(trace: i64, number: i64) -> i64 {
    trace << NUMBER_BITS | number
}

/// The trace in whose range a block's id is.
pub(in crate::sqlite) fn block_trace(block: i64) -> i64 {
    block >> NUMBER_BITS
}

/// How a block's bytes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Raw = 0,
    Zstd = 1,
}

/// A block ready to be stored.
#[derive(Debug)]
pub(in crate::sqlite) struct Packed {
    pub(in crate::sqlite) codec: i64,
    pub(in crate::sqlite) data: Vec<u8>,
}

/// Collects items into blocks.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct Builder {
    packed: Vec<Packed>,
    lengths: Vec<usize>,
    items: Vec<u8>,
}

impl Builder {
    /// Adds an item and returns where it lies: the block's index in the batch
    /// and the item's index in the block.
    pub(in crate::sqlite) fn push(&mut self, item: impl FnOnce(&mut Vec<u8>)) -> (i64, u32) {
        if self.items.len() >= TARGET {
            self.seal();
        }
        let before = self.items.len();
        item(&mut self.items);
        self.lengths.push(self.items.len() - before);
        (self.packed.len() as i64, self.lengths.len() as u32 - 1)
    }

    /// Packs what is left and returns all blocks.
    pub(in crate::sqlite) fn finish(mut self) -> Vec<Packed> {
        self.seal();
        self.packed
    }

    fn seal(&mut self) {
        if self.lengths.is_empty() {
            return;
        }
        let packed = pack(plain(self.packed.len() as u64, &self.lengths, &self.items));
        self.lengths.clear();
        self.items.clear();
        self.packed.push(packed);
    }
}

/// A block's bytes before compression.
fn plain(index: u64, lengths: &[usize], items: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(items.len() + lengths.len() * 3 + 8);
    write(&mut plain, index);
    write(&mut plain, lengths.len() as u64);
    lengths
        .iter()
        .for_each(|len| write(&mut plain, *len as u64));
    plain.extend_from_slice(items);
    plain
}

thread_local! {
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses, unless that makes it no smaller.
fn pack(plain: Vec<u8>) -> Packed {
    let compressed = COMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = zstd::bulk::Compressor::new(LEVEL).ok();
        }
        slot.as_mut()?.compress(&plain).ok()
    });
    match compressed {
        Some(data) if data.len() < plain.len() => Packed {
            codec: Codec::Zstd as i64,
            data,
        },
        _ => Packed {
            codec: Codec::Raw as i64,
            data: plain,
        },
    }
}

/// A block read back.
#[derive(Debug, Clone)]
pub(in crate::sqlite) struct Block {
    bytes: Bytes,
    /// Where each item ends.
    ends: Vec<usize>,
    start: usize,
    /// The id of the first block of the batch.
    pub(in crate::sqlite) base: i64,
}

impl Block {
    /// Unpacks the stored form; `None` if it is damaged.
    pub(in crate::sqlite) fn unpack(id: i64, codec: i64, data: Vec<u8>) -> Option<Self> {
        let plain = match codec {
            code if code == Codec::Raw as i64 => data,
            code if code == Codec::Zstd as i64 => zstd::stream::decode_all(data.as_slice()).ok()?,
            _ => return None,
        };
        let bytes = Bytes::from(plain);
        let mut reader = Reader::new(&bytes);
        let index = i64::try_from(reader.number()?).ok()?;
        let count = reader.number()?;
        let mut ends = Vec::new();
        let mut end = 0_usize;
        for _ in 0..count {
            end = end.checked_add(usize::try_from(reader.number()?).ok()?)?;
            ends.push(end);
        }
        let start = reader.position();
        (start.checked_add(end)? == bytes.len()).then_some(Self {
            bytes,
            ends,
            start,
            base: id - index,
        })
    }

    /// The size in memory.
    pub(in crate::sqlite) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The block with only the chosen items; the others are empty, so that the
    /// chosen ones are found where they were.
    pub(in crate::sqlite) fn stripped(&self, id: i64, keep: &BTreeSet<u32>) -> Packed {
        let mut lengths = Vec::with_capacity(self.ends.len());
        let mut items = Vec::new();
        for index in 0..self.ends.len() as u32 {
            let item = self.item(index).filter(|_| keep.contains(&index));
            let item = item.unwrap_or_default();
            lengths.push(item.len());
            items.extend_from_slice(&item);
        }
        pack(plain((id - self.base).unsigned_abs(), &lengths, &items))
    }

    /// An item's bytes, sharing the block's allocation.
    pub(in crate::sqlite) fn item(&self, index: u32) -> Option<Bytes> {
        let index = index as usize;
        let end = *self.ends.get(index)?;
        let begin = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(self.bytes.slice(self.start + begin..self.start + end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_read_back_across_blocks() {
        let items: Vec<Vec<u8>> = (0..200_u32)
            .map(|n| vec![(n % 251) as u8; (n as usize) * 40])
            .collect();
        let mut builder = Builder::default();
        let places: Vec<_> = items
            .iter()
            .map(|item| builder.push(|out| out.extend_from_slice(item)))
            .collect();
        let packed = builder.finish();
        assert!(packed.len() > 1, "the items need several blocks");
        let base = block_id(7, 3);
        let blocks: Vec<_> = packed
            .into_iter()
            .enumerate()
            .map(|(n, packed)| Block::unpack(base + n as i64, packed.codec, packed.data).unwrap())
            .collect();
        for ((block, item), want) in places.iter().zip(&items) {
            let block = &blocks[usize::try_from(*block).unwrap()];
            assert_eq!(block.base, base);
            assert_eq!(block.item(*item).unwrap(), want);
        }
    }

    #[test]
    fn what_is_kept_stays_where_it_was() {
        let mut builder = Builder::default();
        for item in [b"one".as_slice(), b"two", b"three"] {
            builder.push(|out| out.extend_from_slice(item));
        }
        let packed = builder.finish().pop().unwrap();
        let id = block_id(7, 3);
        assert_eq!(block_trace(id), 7);
        let block = Block::unpack(id, packed.codec, packed.data).unwrap();
        let stripped = block.stripped(id, &BTreeSet::from([1]));
        let stripped = Block::unpack(id, stripped.codec, stripped.data).unwrap();
        assert_eq!(stripped.base, block.base);
        assert_eq!(stripped.item(1).unwrap(), b"two".as_slice());
        assert_eq!(stripped.item(0).unwrap(), b"".as_slice());
        assert_eq!(stripped.item(2).unwrap(), b"".as_slice());
    }

    #[test]
    fn damage_is_noticed() {
        assert!(Block::unpack(1, 1, vec![1, 2, 3]).is_none());
        assert!(Block::unpack(1, 9, vec![0, 0]).is_none());
        assert!(Block::unpack(1, 0, vec![0, 1, 5, b'x']).is_none());
    }
}
