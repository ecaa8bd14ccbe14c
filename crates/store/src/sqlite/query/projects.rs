//! Organisations, projects, keys.

use pandaprobe_model::project::{ApiKey, Organisation, Project};
use pandaprobe_model::{ProjectId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use uuid::Uuid;

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
        create(&transaction, "default")?;
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
     FROM project p JOIN organisation o ON o.id = p.org";

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
    let sql = format!("{PROJECT} WHERE p.org = 1 AND p.name = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([name], project)
        .optional()?)
}

/// Makes a project; does nothing if the name is taken, as by a request that
/// came a moment earlier.
pub(in crate::sqlite) fn create(transaction: &Transaction<'_>, name: &str) -> Result<()> {
    transaction.execute(
        "INSERT OR IGNORE INTO project(org, public_id, name, created) VALUES (1, ?1, ?2, ?3)",
        (Uuid::new_v4().as_bytes(), name, Timestamp::now().0),
    )?;
    Ok(())
}

pub(in crate::sqlite) fn api_key(
    connection: &Connection,
    hash: [u8; 32],
) -> Result<Option<ApiKey>> {
    Ok(connection
        .prepare_cached("SELECT public_id, name, prefix, created, expires, revoked FROM api_key WHERE hash = ?1")?
        .query_row([hash], |row| {
            Ok(ApiKey {
                id: uuid(row, 0)?,
                name: row.get(1)?,
                prefix: row.get(2)?,
                created_at: Timestamp(row.get(3)?),
                expires_at: row.get::<_, Option<i64>>(4)?.map(Timestamp),
                revoked: row.get(5)?,
            })
        })
        .optional()?)
}

/// Whether any key exists that is neither revoked nor expired.
pub(in crate::sqlite) fn has_api_key(connection: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM api_key WHERE NOT revoked AND (expires IS NULL OR expires > ?1))";
    Ok(connection
        .prepare_cached(sql)?
        .query_row([Timestamp::now().0], |row| row.get(0))?)
}

pub(in crate::sqlite) fn add_api_key(
    transaction: &Transaction<'_>,
    hash: [u8; 32],
    name: &str,
    prefix: &str,
    expires_at: Option<Timestamp>,
) -> Result<()> {
    transaction.execute(
        "INSERT OR IGNORE INTO api_key(org, public_id, hash, prefix, name, created, expires) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        (Uuid::new_v4().as_bytes(), hash, prefix, name, Timestamp::now().0, expires_at.map(|time| time.0)),
    )?;
    Ok(())
}

fn uuid(row: &Row<'_>, at: usize) -> rusqlite::Result<Uuid> {
    let bytes: [u8; 16] = row.get(at)?;
    Ok(Uuid::from_bytes(bytes))
}
