//! Which messages an owner's conversation already has on disk.
//!
//! The cache is only published to after a commit, so a reference never points
//! at something that was not there. A miss falls back to the table; a body that
//! is stored twice all the same is harmless. What is deleted meanwhile is
//! noticed when the fragment is applied, see [`Reference`].

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use pandaprobe_model::{ProjectId, TraceId};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension};
use xxhash_rust::xxh3::{xxh3_128, xxh3_128_with_seed};

use super::ItemRef;
use crate::Result;

/// How many conversations are remembered, and how many messages of each: about
/// 50 MB at the most.
const CONVERSATIONS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1023);
const MESSAGES: usize = 1024;

/// Names a conversation before it has a row: a session, or a trace without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::sqlite) struct OwnerKey(u128);

/// The messages that a commit has put on disk for the first time.
#[derive(Debug)]
pub(in crate::sqlite) struct NewBodies {
    pub(in crate::sqlite) key: OwnerKey,
    /// The id of the session's row, or minus the trace's.
    pub(in crate::sqlite) owner: i64,
    pub(in crate::sqlite) bodies: Vec<(u128, ItemRef)>,
}

/// What a prepared fragment leans on: bodies of its conversation that other
/// requests have stored. They may go before it is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sqlite) struct Reference {
    /// Whose they are: the id of a session's row, or minus a trace's.
    pub(in crate::sqlite) owner: i64,
    /// The blocks they lie in.
    pub(in crate::sqlite) blocks: BTreeSet<i64>,
}

#[derive(Debug, Default)]
struct Conversation {
    /// `None` while it has no row, so that nothing can be in the table.
    owner: Option<i64>,
    messages: HashMap<u128, ItemRef>,
}

/// The cache, and a connection for what it has forgotten.
#[derive(Debug)]
pub(in crate::sqlite) struct Known {
    seed: u64,
    conversations: Mutex<LruCache<OwnerKey, Arc<Mutex<Conversation>>>>,
    connection: Mutex<Connection>,
}

impl Known {
    /// `seed` keys the hashes, so that nobody can prepare collisions.
    pub(in crate::sqlite) fn new(seed: u64, connection: Connection) -> Self {
        Self {
            seed,
            conversations: Mutex::new(LruCache::new(CONVERSATIONS)),
            connection: Mutex::new(connection),
        }
    }

    /// Names the conversation that a fragment belongs to.
    pub(in crate::sqlite) fn owner_key(
        project: ProjectId,
        session: Option<&str>,
        trace: TraceId,
    ) -> OwnerKey {
        let mut text = project.0.to_be_bytes().to_vec();
        match session {
            Some(session) => {
                text.push(1);
                text.extend_from_slice(session.as_bytes());
            }
            None => text.extend_from_slice(&trace.to_bytes()),
        }
        OwnerKey(xxh3_128(&text))
    }

    /// The content hash of a message.
    pub(in crate::sqlite) fn hash(&self, body: &[u8]) -> u128 {
        body_hash(self.seed, body)
    }

    /// Opens a conversation for look-ups.
    pub(in crate::sqlite) fn conversation(
        &self,
        key: OwnerKey,
        project: ProjectId,
        session: Option<&str>,
        trace: TraceId,
    ) -> Result<Lookup<'_>> {
        if let Some(conversation) = self.conversations.lock().get(&key) {
            return Ok(Lookup {
                known: self,
                conversation: Arc::clone(conversation),
            });
        }
        let owner = find_owner(&self.connection.lock(), project, session, trace)?;
        let conversation = Arc::new(Mutex::new(Conversation {
            owner,
            messages: HashMap::new(),
        }));
        let mut all = self.conversations.lock();
        let conversation = Arc::clone(all.get_or_insert(key, || conversation));
        Ok(Lookup {
            known: self,
            conversation,
        })
    }

    /// Remembers what a commit has stored.
    pub(in crate::sqlite) fn publish(&self, new: NewBodies) {
        let Some(conversation) = self.conversations.lock().get(&new.key).cloned() else {
            return;
        };
        let mut conversation = conversation.lock();
        if conversation.owner != Some(new.owner) {
            conversation.messages.clear();
        }
        conversation.owner = Some(new.owner);
        conversation.remember(new.bodies);
    }

    /// Forgets a conversation whose bodies have gone.
    pub(in crate::sqlite) fn forget(&self, key: OwnerKey) {
        self.conversations.lock().pop(&key);
    }
}

impl Conversation {
    fn remember(&mut self, bodies: impl IntoIterator<Item = (u128, ItemRef)>) {
        for (hash, place) in bodies {
            if self.messages.len() >= MESSAGES {
                self.messages.clear();
            }
            self.messages.insert(hash, place);
        }
    }
}

/// Finds messages of one conversation.
#[derive(Debug)]
pub(in crate::sqlite) struct Lookup<'a> {
    known: &'a Known,
    conversation: Arc<Mutex<Conversation>>,
}

impl Lookup<'_> {
    /// Where the message lies, and whose it is, if it is on disk.
    pub(in crate::sqlite) fn find(&self, hash: u128) -> Result<Option<(i64, ItemRef)>> {
        let mut conversation = self.conversation.lock();
        let Some(owner) = conversation.owner else {
            return Ok(None);
        };
        if let Some(place) = conversation.messages.get(&hash) {
            return Ok(Some((owner, *place)));
        }
        let found = find_message(&self.known.connection.lock(), owner, hash)?;
        conversation.remember(found.map(|place| (hash, place)));
        Ok(found.map(|place| (owner, place)))
    }
}

fn find_owner(
    connection: &Connection,
    project: ProjectId,
    session: Option<&str>,
    trace: TraceId,
) -> Result<Option<i64>> {
    let found = match session {
        Some(session) => connection
            .prepare_cached("SELECT id FROM session WHERE project = ?1 AND sid = ?2")?
            .query_row((project.0, session), |row| row.get(0)),
        None => connection
            .prepare_cached("SELECT -id FROM trace WHERE project = ?1 AND trace_id = ?2")?
            .query_row((project.0, trace.to_bytes()), |row| row.get(0)),
    };
    Ok(found.optional()?)
}

/// The content hash of a message.
pub(in crate::sqlite) fn body_hash(seed: u64, body: &[u8]) -> u128 {
    xxh3_128_with_seed(body, seed)
}

/// Finds a body that an owner has stored.
pub(in crate::sqlite) fn find_message(
    connection: &Connection,
    owner: i64,
    hash: u128,
) -> Result<Option<ItemRef>> {
    Ok(connection
        .prepare_cached("SELECT block, item FROM message WHERE owner = ?1 AND hash = ?2")?
        .query_row((owner, hash.to_be_bytes()), |row| {
            Ok(ItemRef {
                block: row.get(0)?,
                item: row.get(1)?,
            })
        })
        .optional()?)
}
