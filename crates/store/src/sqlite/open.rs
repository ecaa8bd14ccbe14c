//! Every connection is opened here, the same way: pragmas, then stepwise
//! upgrades to the newest schema.

use std::fs::{File, TryLockError};
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::Options;
use crate::{Result, StoreError};

/// The steps that lead from an empty file to the newest schema; `user_version`
/// counts those taken.
const MIGRATIONS: &[&str] = &[
    include_str!("schema_v1.sql"),
    include_str!("schema_v2.sql"),
    include_str!("schema_v3.sql"),
    include_str!("schema_v4.sql"),
];

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The one that changes data.
    Writer,
    /// Answers queries.
    Reader,
    /// Moves the log into the database file.
    Checkpointer,
}

/// Makes the directory and keeps every other process out of it for as long as
/// the returned file lives.
pub(super) fn lock(dir: &Path) -> Result<File> {
    std::fs::create_dir_all(dir)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join("pandaprobe.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(dir.display().to_string())),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Opens a connection with the settings of its role.
pub(super) fn connect(options: &Options, role: Role) -> Result<Connection> {
    let path = options.dir.join("pandaprobe.db");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match &options.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str())?,
        None => Connection::open_with_flags(path, flags)?,
    };
    connection.set_prepared_statement_cache_capacity(128);
    // A plan must not depend on bound values: SQLite would prepare a cached
    // statement anew at every use, which took half of the writer's time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Only before the first table do the first two have an effect.
    connection.execute_batch(
        "PRAGMA page_size=4096;
         PRAGMA auto_vacuum=INCREMENTAL;
         PRAGMA journal_mode=WAL;
         PRAGMA synchronous=FULL;
         PRAGMA temp_store=MEMORY;
         PRAGMA journal_size_limit=67108864;
         PRAGMA busy_timeout=5000;",
    )?;
    connection.execute_batch(match role {
        // The checkpointer does the bulk; this finishes the tail, so that the
        // log can start again from its beginning.
        Role::Writer => "PRAGMA wal_autocheckpoint=8000; PRAGMA cache_size=-32768;",
        Role::Reader => {
            "PRAGMA query_only=1; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-8192;"
        }
        Role::Checkpointer => "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-256;",
    })?;
    if role != Role::Checkpointer {
        super::query::functions::register(&connection)?;
    }
    Ok(connection)
}

/// The newest schema version.
pub(super) fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Takes the steps that the file has not seen, each in a transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = newest();
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for version in found..known {
        let step = usize::try_from(version)
            .ok()
            .and_then(|at| MIGRATIONS.get(at))
            .copied()
            .unwrap_or_default();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version + 1)?;
        transaction.commit()?;
    }
    Ok(())
}
