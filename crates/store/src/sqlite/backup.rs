//! Backups: a consistent copy beside a running server, and the way back.
//!
//! The copy is made page by page inside one read transaction, so it holds all
//! that was committed when it began and nothing later. Meanwhile the server's
//! log cannot start again from its beginning: it grows by what is written.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::open;
use super::tools::{Access, FILE, ToolError, about, database, identify, open_existing};

type Result<T> = std::result::Result<T, ToolError>;

/// How many pages are copied between two reports: 4 MiB.
const STEP: i32 = 1024;

/// How long to wait when a page cannot be had at once.
const PAUSE: Duration = Duration::from_millis(5);

/// How far a copy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many pages of all are copied.
    Copying {
        /// Pages copied.
        done: u64,
        /// Pages in all.
        of: u64,
    },
    /// The copy is being synced to the disk.
    Syncing,
    /// The copy is being read through for damage.
    Checking,
}

/// What a restore has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Size of the database in bytes.
    pub bytes: u64,
    /// Its schema version; the next start of the server upgrades an older one.
    pub version: i64,
    /// Where the database is now that was there before.
    pub aside: Option<PathBuf>,
}

/// Copies the database in `dir` to the file `to` while a server may be running,
/// and returns the copy's size in bytes. The file appears whole, synced to the
/// disk and readable by its owner only, or not at all. Blocks.
///
/// # Errors
/// [`ToolError::NoDatabase`], [`ToolError::Inside`] and [`ToolError::Directory`];
/// [`ToolError::Exists`] unless `replace` is set; else what the file system or
/// SQLite reports.
pub fn backup(dir: &Path, to: &Path, replace: bool, tell: &mut dyn FnMut(Progress)) -> Result<u64> {
    let path = database(dir)?;
    check_target(dir, to, replace)?;
    let source = open_existing(&path, Access::Read)?;
    identify(&source, &path)?;
    let partial = Partial::beside(to)?;
    copy(&source, &path, &partial.path, tell)?;
    let bytes = partial.publish(to, replace)?;
    Ok(bytes)
}

/// Puts the backup `from` into the data directory `dir`, which is made if
/// missing. A database that is there already is an error, or is kept aside under
/// its name with `aside` behind it. What is there stays until the backup has been
/// read through. Blocks.
///
/// # Errors
/// [`StoreError::InUse`](crate::StoreError::InUse) if a server runs there,
/// [`StoreError::TooNew`](crate::StoreError::TooNew) and [`ToolError::Foreign`] by
/// what the file is, [`ToolError::Damaged`], [`ToolError::Exists`], else what the
/// file system or SQLite reports.
pub fn restore(
    from: &Path,
    dir: &Path,
    aside: Option<&str>,
    tell: &mut dyn FnMut(Progress),
) -> Result<Restored> {
    let source = open_source(from)?;
    let version = identify(&source, from)?;
    let _lock = open::lock(dir)?;
    let path = dir.join(FILE);
    let (old, log) = (exists(&path)?, holds_data(&beside(&path, "-wal"))?);
    if aside.is_none() && (old || log) {
        return Err(ToolError::Exists(path));
    }
    let partial = Partial::beside(&path)?;
    copy(&source, from, &partial.path, tell)?;
    tell(Progress::Checking);
    check(&partial.path, from)?;
    let kept = match aside {
        Some(label) if old || log => Some(set_aside(&path, label)?),
        _ => None,
    };
    let bytes = partial.publish(&path, true)?;
    Ok(Restored {
        bytes,
        version,
        aside: kept,
    })
}

fn check_target(dir: &Path, to: &Path, replace: bool) -> Result<()> {
    let parent = folder(to);
    let canonical =
        |path: &Path| fs::canonicalize(path).map_err(|error| ToolError::file(path, error));
    if canonical(parent)?.starts_with(canonical(dir)?) {
        return Err(ToolError::Inside(to.to_owned()));
    }
    match to.metadata() {
        Ok(there) if there.is_dir() => Err(ToolError::Directory(to.to_owned())),
        Ok(_) if !replace => Err(ToolError::Exists(to.to_owned())),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(ToolError::file(to, error)),
    }
}

/// Opens what is to be restored. A log beside it belongs to it; without one the
/// file may lie where nothing can be written.
fn open_source(from: &Path) -> Result<Connection> {
    let there = from
        .metadata()
        .map_err(|error| ToolError::file(from, error))?;
    if there.is_dir() {
        return Err(ToolError::Directory(from.to_owned()));
    }
    let access = match holds_data(&beside(from, "-wal"))? {
        true => Access::Read,
        false => Access::Frozen,
    };
    open_existing(from, access)
}

/// Copies what the database at `from` holds now into the file `to`, and syncs it.
fn copy(source: &Connection, from: &Path, to: &Path, tell: &mut dyn FnMut(Progress)) -> Result<()> {
    let snapshot = source.unchecked_transaction()?;
    // The transaction begins with the first look.
    snapshot
        .query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))
        .map_err(|error| about(from, error))?;
    let mut target = open_existing(to, Access::Write)?;
    // Whole or not at all: until it is published nobody needs it.
    target.execute_batch("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")?;
    let copying = Backup::new(&snapshot, &mut target)?;
    loop {
        let step = copying.step(STEP).map_err(|error| about(from, error))?;
        let progress = copying.progress();
        let pages = |count: i32| u64::try_from(count).unwrap_or_default();
        let of = pages(progress.pagecount);
        tell(Progress::Copying {
            done: of.saturating_sub(pages(progress.remaining)),
            of,
        });
        match step {
            StepResult::Done => break,
            StepResult::Busy | StepResult::Locked => std::thread::sleep(PAUSE),
            _ => {}
        }
    }
    drop(copying);
    target.close().map_err(|(_, error)| error)?;
    snapshot.finish()?;
    tell(Progress::Syncing);
    let file = File::options().write(true).open(to);
    file.and_then(|file| file.sync_all())
        .map_err(|error| ToolError::file(to, error))
}

/// Reads a copy of `from` through.
fn check(copy: &Path, from: &Path) -> Result<()> {
    let connection = open_existing(copy, Access::Frozen)?;
    let said: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|error| about(from, error))?;
    match said.as_str() {
        "ok" => Ok(()),
        _ => Err(ToolError::Damaged {
            path: from.to_owned(),
            what: said,
        }),
    }
}

/// Gives a database a second name, by which it stays when its first is taken.
fn set_aside(path: &Path, label: &str) -> Result<PathBuf> {
    let aside = beside(path, &format!(".{label}"));
    if exists(&aside)? {
        return Err(ToolError::Exists(aside));
    }
    // One file is moved in one step. A database that is too damaged for that
    // keeps its log.
    let folded = open_existing(path, Access::Write).and_then(|old| {
        old.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    });
    if let Err(error) = folded {
        tracing::warn!(%error, "the old database's log stays a file of its own");
    }
    let log = beside(path, "-wal");
    if exists(&log)? {
        move_file(&log, &beside(&aside, "-wal"))?;
    }
    let index = beside(path, "-shm");
    if exists(&index)? {
        fs::remove_file(&index).map_err(|error| ToolError::file(&index, error))?;
    }
    if exists(path)? && fs::hard_link(path, &aside).is_err() {
        // Not every file system has links.
        move_file(path, &aside)?;
    }
    Ok(aside)
}

fn move_file(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| ToolError::file(from, error))
}

/// A file in the making; gone when dropped before it is published.
#[derive(Debug)]
struct Partial {
    path: PathBuf,
}

impl Partial {
    /// Makes an empty file for its owner only, in the folder of `target`.
    fn beside(target: &Path) -> Result<Self> {
        let path = beside(target, &format!(".partial-{}", std::process::id()));
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
            .open(&path)
            .map_err(|error| ToolError::file(&path, error))?;
        Ok(Self { path })
    }

    /// Gives the file its name; returns its size.
    fn publish(self, target: &Path, replace: bool) -> Result<u64> {
        let bytes = self.path.metadata().map(|there| there.len());
        let bytes = bytes.map_err(|error| ToolError::file(&self.path, error))?;
        if replace {
            move_file(&self.path, target)?;
        } else {
            self.link(target)?;
        }
        sync_folder(folder(target))?;
        Ok(bytes)
    }

    /// A link, unlike a move, leaves alone what has appeared meanwhile.
    fn link(&self, target: &Path) -> Result<()> {
        match fs::hard_link(&self.path, target) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(ToolError::Exists(target.to_owned()))
            }
            Err(_) if exists(target)? => Err(ToolError::Exists(target.to_owned())),
            Err(_) => move_file(&self.path, target),
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Once it has its name there is nothing left, or a second link.
        let _ = fs::remove_file(&self.path);
    }
}

fn exists(path: &Path) -> Result<bool> {
    path.try_exists()
        .map_err(|error| ToolError::file(path, error))
}

fn holds_data(path: &Path) -> Result<bool> {
    match path.metadata() {
        Ok(there) => Ok(there.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(ToolError::file(path, error)),
    }
}

/// The path with `end` behind it.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes a new name last.
#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| ToolError::file(path, error))
}

/// Elsewhere folders cannot be synced.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<()> {
    Ok(())
}
