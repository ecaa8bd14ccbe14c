//! Who keeps which payload.
//!
//! A block belongs to its trace. Its records refer to message bodies in the
//! trace's own blocks and in those of other traces of the same session; which
//! bodies a session has is in `message`. So when a trace leaves its session, or
//! goes, the bodies that the session has stay behind: the trace's blocks are
//! stripped down to them and handed to the session (`block.owner`), and a trace
//! that lives on elsewhere takes copies of all that it refers to. What a session
//! owns goes with it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pandaprobe_model::{ProjectId, TraceId};
use rusqlite::params;

use super::Group;
use super::trace::{TraceRow, place, place_values};
use crate::Result;
use crate::sqlite::payload::{
    Builder, ItemRef, Known, Loader, NewBodies, OwnerKey, Packed, Record, Value, block_id,
    find_message,
};

/// Stores packed blocks under consecutive ids.
pub(super) fn write_blocks(group: &Group<'_>, base: i64, blocks: &[Packed]) -> Result<()> {
    let mut insert = group
        .connection
        .prepare_cached("INSERT INTO block(id, codec, data) VALUES (?1, ?2, ?3)")?;
    for (index, block) in blocks.iter().enumerate() {
        insert.execute(params![base + index as i64, block.codec, block.data])?;
    }
    Ok(())
}

/// Registers new bodies under their owner. Those that it has already are not
/// published: nobody may refer to a copy that is not registered.
pub(super) fn register(
    group: &mut Group<'_>,
    key: OwnerKey,
    owner: i64,
    base: i64,
    found: &[(u128, ItemRef)],
) -> Result<()> {
    let mut insert = group.connection.prepare_cached(
        "INSERT OR IGNORE INTO message(owner, hash, block, item) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let mut bodies = Vec::with_capacity(found.len());
    for (hash, place) in found {
        let place = place.resolved(base);
        let inserted =
            insert.execute(params![owner, hash.to_be_bytes(), place.block, place.item])?;
        if inserted > 0 {
            bodies.push((*hash, place));
        }
    }
    if !bodies.is_empty() {
        group.shared.remove(&owner);
    }
    group
        .published
        .bodies
        .push(NewBodies { key, owner, bodies });
    Ok(())
}

/// Whether blocks are still as their trace wrote them.
pub(super) fn are_there(group: &Group<'_>, blocks: &BTreeSet<i64>) -> Result<bool> {
    let mut select = group
        .connection
        .prepare_cached("SELECT 1 FROM block WHERE id = ?1 AND owner IS NULL")?;
    for block in blocks {
        if !select.exists([block])? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The bodies that a session has, by the trace in whose blocks they lie.
pub(super) type Shared = HashMap<i64, BTreeMap<i64, BTreeSet<u32>>>;

/// Moves a trace's payload out of the session `from`: `after` gets new blocks
/// with copies of all that it refers to, and the first `old_blocks` are left to
/// the session.
pub(super) fn relocate(
    group: &mut Group<'_>,
    project: ProjectId,
    from: i64,
    old_blocks: i64,
    after: &mut TraceRow,
) -> Result<()> {
    forget_own(group, project, after.id, after.trace_id)?;
    let owner = after.session.unwrap_or(-after.id);
    let mut mover = Mover {
        group,
        loader: Loader::new(group.connection),
        owner,
        builder: Builder::default(),
        moved: HashMap::new(),
        bodies: Vec::new(),
    };
    let own = mover.record(after.place)?;
    let spans = mover.spans(after.id)?;
    let (builder, bodies) = (mover.builder, mover.bodies);

    let base = block_id(after.id, after.blocks);
    let packed = builder.finish();
    write_blocks(group, base, &packed)?;
    after.blocks += packed.len() as i64;
    after.place = own.map(|place| place.resolved(base));
    let mut update = group.connection.prepare_cached(
        "UPDATE span SET block = ?3, item = ?4 WHERE trace = ?1 AND span_id = ?2",
    )?;
    for (span, place) in spans {
        let (block, item) = place_values(place.map(|place| place.resolved(base)));
        update.execute(params![after.id, span, block, item])?;
    }
    let key = Known::owner_key(project, after.head.session_id.as_deref(), after.trace_id);
    register(group, key, owner, base, &bodies)?;
    strip(group, after.id, old_blocks, from)
}

/// Copies records, and the bodies they refer to, into new blocks.
struct Mover<'a, 'g> {
    group: &'a Group<'g>,
    loader: Loader<'g>,
    /// The new owner, which may have some of the bodies.
    owner: i64,
    builder: Builder,
    moved: HashMap<ItemRef, ItemRef>,
    bodies: Vec<(u128, ItemRef)>,
}

impl Mover<'_, '_> {
    fn spans(&mut self, trace: i64) -> Result<Vec<(Vec<u8>, Option<ItemRef>)>> {
        let mut select = self
            .group
            .connection
            .prepare_cached("SELECT span_id, block, item FROM span WHERE trace = ?1")?;
        let rows = select.query_map([trace], |row| Ok((row.get(0)?, place(row, 1)?)))?;
        let rows: Vec<(Vec<u8>, Option<ItemRef>)> = rows.collect::<rusqlite::Result<_>>()?;
        rows.into_iter()
            .map(|(span, place)| Ok((span, self.record(place)?)))
            .collect()
    }

    /// Copies the record at `place`; the new place is within the own batch.
    fn record(&mut self, place: Option<ItemRef>) -> Result<Option<ItemRef>> {
        if place.is_none() {
            return Ok(None);
        }
        let mut record: Record = self.loader.record(place)?;
        for value in [&mut record.input, &mut record.output] {
            if let Some(Value::List { messages, .. }) = value {
                for message in messages {
                    *message = self.body(*message)?;
                }
            }
        }
        let (index, item) = self.builder.push(|out| record.encode(out));
        Ok(Some(ItemRef {
            block: -1 - index,
            item,
        }))
    }

    fn body(&mut self, place: ItemRef) -> Result<ItemRef> {
        if let Some(moved) = self.moved.get(&place) {
            return Ok(*moved);
        }
        let body = self.loader.item(place)?;
        let hash = self.group.known.hash(&body);
        let moved = match find_message(self.group.connection, self.owner, hash)? {
            Some(there) => there,
            None => {
                let (index, item) = self.builder.push(|out| out.extend_from_slice(&body));
                let new = ItemRef {
                    block: -1 - index,
                    item,
                };
                self.bodies.push((hash, new));
                new
            }
        };
        self.moved.insert(place, moved);
        Ok(moved)
    }
}

/// Removes the payload of a trace that goes: what its session has is left to it.
pub(super) fn remove(group: &mut Group<'_>, project: ProjectId, trace: &TraceRow) -> Result<()> {
    forget_own(group, project, trace.id, trace.trace_id)?;
    match trace.session {
        Some(session) => strip(group, trace.id, trace.blocks, session),
        None => {
            let last = block_id(trace.id, trace.blocks);
            group
                .connection
                .prepare_cached("DELETE FROM block WHERE id >= ?1 AND id < ?2 AND owner IS NULL")?
                .execute([block_id(trace.id, 0), last])?;
            Ok(())
        }
    }
}

/// Forgets the bodies that a trace had for itself, before it had a session.
fn forget_own(
    group: &mut Group<'_>,
    project: ProjectId,
    trace: i64,
    trace_id: TraceId,
) -> Result<()> {
    group
        .connection
        .prepare_cached("DELETE FROM message WHERE owner = ?1")?
        .execute([-trace])?;
    let key = Known::owner_key(project, None, trace_id);
    group.published.forgotten.push(key);
    Ok(())
}

/// Strips a trace's first blocks down to the bodies that a session has, and
/// hands them to it; the others are deleted.
fn strip(group: &mut Group<'_>, trace: i64, blocks: i64, session: i64) -> Result<()> {
    let shared = shared(group, session)?;
    let kept = shared.get(&trace).cloned().unwrap_or_default();
    let connection = group.connection;
    let mut select = connection
        .prepare_cached("SELECT id FROM block WHERE id >= ?1 AND id < ?2 AND owner IS NULL")?;
    let range = [block_id(trace, 0), block_id(trace, blocks)];
    let ids: Vec<i64> = select
        .query_map(range, |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut loader = Loader::new(connection);
    for id in ids {
        match kept.get(&id) {
            None => {
                connection
                    .prepare_cached("DELETE FROM block WHERE id = ?1")?
                    .execute([id])?;
            }
            Some(items) => {
                let Packed { codec, data } = loader.stripped(id, items)?;
                connection
                    .prepare_cached(
                        "UPDATE block SET codec = ?2, data = ?3, owner = ?4 WHERE id = ?1",
                    )?
                    .execute(params![id, codec, data, session])?;
            }
        }
    }
    Ok(())
}

/// Loads which bodies a session has, once for all traces of a command.
fn shared<'g>(group: &'g mut Group<'_>, session: i64) -> Result<&'g Shared> {
    if !group.shared.contains_key(&session) {
        let mut select = group
            .connection
            .prepare_cached("SELECT block, item FROM message WHERE owner = ?1")?;
        let mut rows = select.query([session])?;
        let mut found = Shared::new();
        while let Some(row) = rows.next()? {
            let (block, item): (i64, u32) = (row.get(0)?, row.get(1)?);
            let trace = crate::sqlite::payload::block_trace(block);
            let blocks = found.entry(trace).or_default();
            blocks.entry(block).or_default().insert(item);
        }
        group.shared.insert(session, found);
    }
    Ok(group.shared.entry(session).or_default())
}

/// Removes what a session that goes has kept.
pub(super) fn remove_session(group: &mut Group<'_>, session: i64) -> Result<()> {
    let connection = group.connection;
    connection
        .prepare_cached(
            "DELETE FROM block WHERE owner = ?1 AND id IN (SELECT block FROM message WHERE owner = ?1)",
        )?
        .execute([session])?;
    connection
        .prepare_cached("DELETE FROM message WHERE owner = ?1")?
        .execute([session])?;
    group.shared.remove(&session);
    Ok(())
}
