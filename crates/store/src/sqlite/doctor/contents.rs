//! What is in which block, remembered for the records that refer to it.

use std::collections::HashSet;
use std::num::NonZeroUsize;

use lru::LruCache;
use rusqlite::{Connection, OptionalExtension};

use super::Result;
use crate::sqlite::payload::{Block, block_trace};

/// So many blocks are remembered: about 40 MB at the most.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(262_143);

/// What is in a block, and who keeps it.
#[derive(Debug)]
pub(super) struct Content {
    /// A session, or minus a trace; `None` if both are gone.
    pub(super) keeper: Option<i64>,
    /// Whether a session has taken it over from its trace.
    pub(super) handed_over: bool,
    /// How many items there are.
    items: usize,
    /// The items that are not empty.
    filled: Bits,
    /// The items that are registered as messages of the keeper, so that they
    /// outlive the trace; `None` if that was not looked up.
    registered: Option<Bits>,
}

impl Content {
    pub(super) fn new(keeper: Option<i64>, handed_over: bool, block: Option<&Block>) -> Self {
        let items = (0_u32..).map_while(|index| block?.item(index));
        let filled: Vec<bool> = items.map(|item| !item.is_empty()).collect();
        Self {
            keeper,
            handed_over,
            items: filled.len(),
            filled: filled.into_iter().collect(),
            registered: None,
        }
    }

    /// Notes which items are messages of the keeper.
    pub(super) fn with_registered(mut self, items: impl Iterator<Item = i64>) -> Self {
        let items: HashSet<i64> = items.collect();
        let bits = (0..self.items as i64).map(|item| items.contains(&item));
        self.registered = Some(bits.collect());
        self
    }

    /// Whether there is such an item.
    pub(super) fn has(&self, item: u32) -> bool {
        self.filled.has(item)
    }

    /// Whether an item stays when its trace goes, as far as is known.
    pub(super) fn outlives(&self, item: u32) -> bool {
        let registered = self.registered.as_ref();
        registered.is_none_or(|registered| registered.has(item))
    }
}

/// A set of item numbers.
#[derive(Debug)]
struct Bits(Box<[u64]>);

impl Bits {
    fn has(&self, item: u32) -> bool {
        let word = self.0.get(item as usize / 64);
        word.is_some_and(|word| word >> (item % 64) & 1 == 1)
    }
}

impl FromIterator<bool> for Bits {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let mut words = Vec::new();
        for (index, bit) in bits.into_iter().enumerate() {
            if index % 64 == 0 {
                words.push(0);
            }
            if let Some(word) = words.last_mut() {
                *word |= u64::from(bit) << (index % 64);
            }
        }
        Self(words.into())
    }
}

/// The blocks that were last looked at.
#[derive(Debug)]
pub(super) struct Contents(LruCache<i64, Content>);

impl Contents {
    pub(super) fn new() -> Self {
        Self(LruCache::new(REMEMBERED))
    }

    pub(super) fn put(&mut self, block: i64, content: Content) {
        self.0.put(block, content);
    }

    /// Finds a block here or in the database.
    pub(super) fn get(&mut self, reader: &Connection, block: i64) -> Result<Option<&Content>> {
        if !self.0.contains(&block) {
            let Some(content) = load(reader, block)? else {
                return Ok(None);
            };
            self.0.put(block, content);
        }
        Ok(self.0.get(&block))
    }
}

/// Looks into a block that has not come by yet, or has been forgotten.
fn load(reader: &Connection, id: i64) -> Result<Option<Content>> {
    let row: Option<(i64, Vec<u8>, Option<i64>)> = reader
        .prepare_cached("SELECT codec, data, owner FROM block WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((codec, data, owner)) = row else {
        return Ok(None);
    };
    let trace = block_trace(id);
    let session = reader
        .prepare_cached("SELECT session FROM trace WHERE id = ?1")?
        .query_row([trace], |row| row.get(0))
        .optional()?;
    let keeper = keeper(owner, session.map(|session| (trace, session)));
    let block = Block::unpack(id, codec, data);
    Ok(Some(Content::new(keeper, owner.is_some(), block.as_ref())))
}

/// Who keeps a block: the session it was left to, else its trace's session, else
/// its trace.
pub(super) fn keeper(owner: Option<i64>, trace: Option<(i64, Option<i64>)>) -> Option<i64> {
    owner.or_else(|| trace.map(|(id, session)| session.unwrap_or(-id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_found_across_words() {
        let bits: Bits = (0..200).map(|index| index % 63 == 0).collect();
        let found: Vec<_> = (0..300).filter(|item| bits.has(*item)).collect();
        assert_eq!(found, [0, 63, 126, 189]);
    }

    #[test]
    fn a_block_is_kept_by_whoever_has_it_last() {
        assert_eq!(keeper(Some(5), Some((7, Some(9)))), Some(5));
        assert_eq!(keeper(None, Some((7, Some(9)))), Some(9));
        assert_eq!(keeper(None, Some((7, None))), Some(-7));
        assert_eq!(keeper(None, None), None);
    }
}
