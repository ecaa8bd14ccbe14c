//! Interned texts.

use std::collections::HashMap;

use pandaprobe_model::ProjectId;
use rusqlite::{Connection, OptionalExtension};

use crate::Result;

/// What a text in `dim` is. Part of the file format: never reuse a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Of a trace or span.
    Name = 1,
    Model = 2,
    Environment = 3,
    Release = 4,
    Tag = 5,
    User = 6,
    /// Of a trace's metadata.
    MetadataKey = 7,
}

/// Forget everything when so many texts are remembered.
const CAPACITY: usize = 100_000;

/// The writer's memory of what it has interned.
#[derive(Debug, Default)]
pub(super) struct Dims {
    ids: HashMap<(i64, Kind), HashMap<String, i64>>,
    len: usize,
}

impl Dims {
    /// Returns the text's id, adding the text if it is new.
    pub(super) fn intern(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        kind: Kind,
        text: &str,
    ) -> Result<i64> {
        if self.len >= CAPACITY {
            self.forget();
        }
        let ids = self.ids.entry((project.0, kind)).or_default();
        if let Some(id) = ids.get(text) {
            return Ok(*id);
        }
        let id = match find(connection, project, kind, text)? {
            Some(id) => id,
            None => {
                connection
                    .prepare_cached("INSERT INTO dim(project, kind, text) VALUES (?1, ?2, ?3)")?
                    .execute((project.0, kind as i64, text))?;
                connection.last_insert_rowid()
            }
        };
        ids.insert(text.to_owned(), id);
        self.len += 1;
        Ok(id)
    }

    /// As [`Dims::intern`], for texts that may be missing.
    pub(super) fn intern_some(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        kind: Kind,
        text: Option<&str>,
    ) -> Result<Option<i64>> {
        text.map(|text| self.intern(connection, project, kind, text))
            .transpose()
    }

    /// Forgets all, as after a rollback.
    pub(super) fn forget(&mut self) {
        self.ids.clear();
        self.len = 0;
    }
}

/// Finds a text without adding it.
pub(super) fn find(
    connection: &Connection,
    project: ProjectId,
    kind: Kind,
    text: &str,
) -> Result<Option<i64>> {
    Ok(connection
        .prepare_cached("SELECT id FROM dim WHERE project = ?1 AND kind = ?2 AND text = ?3")?
        .query_row((project.0, kind as i64, text), |row| row.get(0))
        .optional()?)
}

/// Reads a text back.
pub(super) fn text(connection: &Connection, id: i64) -> Result<String> {
    Ok(connection
        .prepare_cached("SELECT text FROM dim WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?)
}

/// As [`text`], for ids that may be missing.
pub(super) fn text_some(connection: &Connection, id: Option<i64>) -> Result<Option<String>> {
    id.map(|id| text(connection, id)).transpose()
}
