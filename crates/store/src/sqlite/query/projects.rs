//! Organisations, projects, keys.

use pandaprobe_model::project::{ApiKey, NewKey, Organisation, Project};
use pandaprobe_model::{ProjectId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use crate::sqlite::codes;
use crate::{Result, StoreError};

/// The key of the message hashes' seed in `meta`.
const HASH_SEED: &str = "hash_seed";

/// Founds what every store has: the organisation, the project `default`, the
/// seed. Does nothing the second time.
pub(in crate::sqlite) fn found(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction()?;
    let there: bool =
        transaction.query_row("SELECT EXISTS (SELECT 1 FROM organisation)", [], |row| {
            row.get(0)
        })?;
    if !there {
        transaction.execute(
            "INSERT INTO organisation(public_id, name, created) VALUES (?1, 'My Organization', ?2)",
            (Uuid::new_v4().as_bytes(), Timestamp::now().0),
        )?;
        create(&transaction, "default", "")?;
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).map_err(|error| StoreError::Backend(error.to_string()))?;
        transaction.execute(
            "INSERT INTO meta(key, value) VALUES (?1, ?2)",
            (HASH_SEED, i64::from_be_bytes(seed)),
        )?;
    }
    transaction.commit()?;
    Ok(())
}

/// The seed of the message hashes.
pub(in crate::sqlite) fn hash_seed(connection: &Connection) -> Result<u64> {
    let seed: i64 = connection.query_row(
        "SELECT value FROM meta WHERE key = ?1",
        [HASH_SEED],
        |row| row.get(0),
    )?;
    Ok(u64::from_be_bytes(seed.to_be_bytes()))
}

pub(in crate::sqlite) fn organisation(connection: &Connection) -> Result<Organisation> {
    Ok(connection
        .prepare_cached("SELECT public_id, name, created FROM organisation WHERE id = 1")?
        .query_row([], |row| {
            Ok(Organisation {
                id: uuid(row, 0)?,
                name: row.get(1)?,
                created_at: Timestamp(row.get(2)?),
            })
        })?)
}

const PROJECT: &str = "SELECT p.id, p.public_id, o.public_id, p.name, p.description, p.created
     FROM project p JOIN organisation o ON o.id = p.org WHERE NOT p.deleted";

fn project(row: &Row<'_>) -> rusqlite::Result<Project> {
    Ok(Project {
        key: ProjectId(row.get(0)?),
        id: uuid(row, 1)?,
        org_id: uuid(row, 2)?,
        name: row.get(3)?,
        description: row.get(4)?,
        created_at: Timestamp(row.get(5)?),
    })
}

/// All projects, newest first.
pub(in crate::sqlite) fn list(connection: &Connection) -> Result<Vec<Project>> {
    let sql = format!("{PROJECT} ORDER BY p.created DESC, p.id DESC");
    let mut select = connection.prepare_cached(&sql)?;
    let rows = select.query_map([], project)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(in crate::sqlite) fn by_name(connection: &Connection, name: &str) -> Result<Option<Project>> {
    let sql = format!("{PROJECT} AND p.org = 1 AND p.name = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([name], project)
        .optional()?)
}

pub(in crate::sqlite) fn by_id(connection: &Connection, id: Uuid) -> Result<Option<Project>> {
    let sql = format!("{PROJECT} AND p.public_id = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id.as_bytes()], project)
        .optional()?)
}

/// Makes a project; whether the name was free.
pub(in crate::sqlite) fn create(
    connection: &Connection,
    name: &str,
    description: &str,
) -> Result<bool> {
    let made = connection.execute(
        "INSERT OR IGNORE INTO project(org, public_id, name, description, created) VALUES (1, ?1, ?2, ?3, ?4)",
        (Uuid::new_v4().as_bytes(), name, description, Timestamp::now().0),
    )?;
    Ok(made > 0)
}

/// Changes what is given; the project must exist. Whether the name was free.
pub(in crate::sqlite) fn update(
    connection: &Connection,
    id: Uuid,
    name: Option<&str>,
    description: Option<&str>,
) -> Result<bool> {
    let done = connection.execute(
        "UPDATE OR IGNORE project SET name = coalesce(?2, name), description = coalesce(?3, description)
         WHERE public_id = ?1 AND NOT deleted",
        (id.as_bytes(), name, description),
    )?;
    Ok(done > 0)
}

/// Puts a project out of sight and takes back the keys that open it alone;
/// returns its row id, if it was there.
pub(in crate::sqlite) fn delete(connection: &Connection, id: Uuid) -> Result<Option<i64>> {
    let found = connection
        .query_row(
            "UPDATE project SET deleted = 1 WHERE public_id = ?1 AND NOT deleted RETURNING id",
            [id.as_bytes()],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(project) = found {
        connection.execute(
            "UPDATE api_key SET revoked = 1 WHERE project = ?1",
            [project],
        )?;
    }
    Ok(found)
}

pub(in crate::sqlite) fn rename_organisation(connection: &Connection, name: &str) -> Result<()> {
    connection.execute("UPDATE organisation SET name = ?1 WHERE id = 1", [name])?;
    Ok(())
}

const KEY: &str = "SELECT k.public_id, k.name, k.prefix, k.created, k.expires, k.revoked, k.last_used, p.public_id, k.access
     FROM api_key k LEFT JOIN project p ON p.id = k.project";

fn key(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let time = |at| {
        row.get::<_, Option<i64>>(at)
            .map(|time| time.map(Timestamp))
    };
    let project: Option<[u8; 16]> = row.get(7)?;
    Ok(ApiKey {
        id: uuid(row, 0)?,
        name: row.get(1)?,
        prefix: row.get(2)?,
        created_at: Timestamp(row.get(3)?),
        expires_at: time(4)?,
        revoked: row.get(5)?,
        last_used_at: time(6)?,
        project: project.map(Uuid::from_bytes),
        access: codes::read_access(row.get(8)?),
    })
}

pub(in crate::sqlite) fn api_key(
    connection: &Connection,
    hash: [u8; 32],
) -> Result<Option<ApiKey>> {
    let sql = format!("{KEY} WHERE k.hash = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([hash], key)
        .optional()?)
}

/// All keys, newest first.
pub(in crate::sqlite) fn api_keys(connection: &Connection) -> Result<Vec<ApiKey>> {
    let sql = format!("{KEY} ORDER BY k.created DESC, k.id DESC");
    let mut select = connection.prepare_cached(&sql)?;
    let rows = select.query_map([], key)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether any key exists that is neither revoked nor expired.
pub(in crate::sqlite) fn has_api_key(connection: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM api_key WHERE NOT revoked AND (expires IS NULL OR expires > ?1))";
    Ok(connection
        .prepare_cached(sql)?
        .query_row([Timestamp::now().0], |row| row.get(0))?)
}

/// Stores a key, or leaves the one that is there. A key for a project that is
/// gone is stored as revoked: it must not open all.
pub(in crate::sqlite) fn add_api_key(connection: &Connection, key: &NewKey) -> Result<()> {
    let project: Option<i64> = match key.project {
        Some(id) => connection
            .query_row(
                "SELECT id FROM project WHERE public_id = ?1 AND NOT deleted",
                [id.as_bytes()],
                |row| row.get(0),
            )
            .optional()?,
        None => None,
    };
    let orphaned = key.project.is_some() && project.is_none();
    connection.execute(
        "INSERT OR IGNORE INTO api_key(org, public_id, hash, prefix, name, created, expires, project, access, revoked)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        (
            Uuid::new_v4().as_bytes(),
            key.hash,
            &key.prefix,
            &key.name,
            Timestamp::now().0,
            key.expires_at.map(|time| time.0),
            project,
            codes::access(key.access),
            orphaned,
        ),
    )?;
    Ok(())
}

/// Takes a key back; whether it exists.
pub(in crate::sqlite) fn revoke_api_key(connection: &Connection, id: Uuid) -> Result<bool> {
    let sql = "UPDATE api_key SET revoked = 1 WHERE public_id = ?1";
    Ok(connection.execute(sql, [id.as_bytes()])? > 0)
}

/// Forgets a key; whether it existed.
pub(in crate::sqlite) fn delete_api_key(connection: &Connection, id: Uuid) -> Result<bool> {
    let sql = "DELETE FROM api_key WHERE public_id = ?1";
    Ok(connection.execute(sql, [id.as_bytes()])? > 0)
}

pub(in crate::sqlite) fn touch_api_key(
    connection: &Connection,
    id: Uuid,
    at: Timestamp,
) -> Result<()> {
    let sql = "UPDATE api_key SET last_used = max(coalesce(last_used, 0), ?2) WHERE public_id = ?1";
    connection.execute(sql, (id.as_bytes(), at.0))?;
    Ok(())
}

fn uuid(row: &Row<'_>, at: usize) -> rusqlite::Result<Uuid> {
    let bytes: [u8; 16] = row.get(at)?;
    Ok(Uuid::from_bytes(bytes))
}
