//! From the log of a disk to the files that survive a power cut.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use fastrand::Rng;

use super::log::{FileId, History, LogPosition, Operation};

/// What became of operations that were pending, that is not covered by a sync, when the power went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TearMode {
    /// All of them happened: the process was killed, the machine went on.
    KeepAll,
    /// None of them happened.
    DropPending,
    /// A random subset happened.
    Subset,
    /// A random subset happened, and writes broke at multiples of `sector_bytes` in the file: each part
    /// was written or not, and sometimes a lost part left zeros because the new length was kept.
    Torn {
        /// Sector size of the modelled device in bytes, usually 512 or 4096.
        sector_bytes: u64,
    },
}

/// The surviving files by path relative to the root.
pub(super) fn survivors(
    history: &History,
    seed: u64,
    mode: TearMode,
) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut fate = Fate::new(seed, mode);
    let names = surviving_names(history, &mut fate);
    names
        .into_iter()
        .map(|(path, file)| (path, surviving_content(history, file, &mut fate)))
        .collect()
}

/// Throws the dice for pending operations.
struct Fate {
    rng: Rng,
    mode: TearMode,
    /// One likelihood for a whole snapshot, so that some snapshots lose almost all and some almost nothing.
    keep: f64,
}

impl Fate {
    fn new(seed: u64, mode: TearMode) -> Self {
        let mut rng = Rng::with_seed(seed);
        let keep = [0.03, 0.25, 0.5, 0.75, 0.97][rng.usize(0..5)];
        Self { rng, mode, keep }
    }

    /// Whether a pending operation that cannot break happened.
    fn happens(&mut self) -> bool {
        match self.mode {
            TearMode::KeepAll => true,
            TearMode::DropPending => false,
            TearMode::Subset | TearMode::Torn { .. } => self.rng.f64() < self.keep,
        }
    }

    fn write(&mut self, content: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
        let TearMode::Torn { sector_bytes } = self.mode else {
            if self.happens() {
                put(content, offset, bytes);
            }
            return;
        };
        for part in sectors(offset, bytes.len(), sector_bytes) {
            let start = offset + part.start as u64;
            if self.happens() {
                put(content, start, &bytes[part]);
            } else if self.rng.u8(0..4) == 0 {
                grow(content, start + part.len() as u64);
            }
        }
    }
}

/// The parts of a write of `length` bytes at `offset` that lie in different sectors.
fn sectors(offset: u64, length: usize, sector_bytes: u64) -> Vec<Range<usize>> {
    let sector_bytes = sector_bytes.max(1);
    let mut parts = Vec::new();
    let mut start = 0;
    while start < length {
        let in_sector = (offset + start as u64) % sector_bytes;
        let room = usize::try_from(sector_bytes - in_sector).unwrap_or(usize::MAX);
        let end = length.min(start.saturating_add(room));
        parts.push(start..end);
        start = end;
    }
    parts
}

fn put(content: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let start = index(offset);
    grow(content, offset + bytes.len() as u64);
    content[start..start + bytes.len()].copy_from_slice(bytes);
}

fn grow(content: &mut Vec<u8>, length: u64) {
    if content.len() < index(length) {
        content.resize(index(length), 0);
    }
}

/// File offsets are indexes here: a file that was written in this process fits its memory.
fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn surviving_names(history: &History, fate: &mut Fate) -> BTreeMap<PathBuf, FileId> {
    let durable_until = directory_syncs(history);
    let mut names: BTreeMap<PathBuf, FileId> = history
        .baselines
        .iter()
        .map(|baseline| (baseline.path.clone(), baseline.file))
        .collect();
    for (at, operation) in numbered(history) {
        let (path, file) = match operation {
            Operation::Create { path, file } => (path, Some(*file)),
            Operation::Delete { path } => (path, None),
            _ => continue,
        };
        let durable = durable_until
            .get(directory_of(path))
            .is_some_and(|until| at < *until);
        if !(durable || fate.happens()) {
            continue;
        }
        match file {
            Some(file) => names.insert(path.clone(), file),
            None => names.remove(path),
        };
    }
    names
}

/// For each directory, up to where a sync covers its names.
fn directory_syncs(history: &History) -> BTreeMap<&Path, LogPosition> {
    let mut durable_until = BTreeMap::new();
    for operation in &history.operations {
        if let Operation::DirectorySync { directory, covers } = operation {
            let until = durable_until
                .entry(directory.as_path())
                .or_insert(LogPosition::from_index(0));
            *until = (*until).max(*covers);
        }
    }
    durable_until
}

fn directory_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn surviving_content(history: &History, file: FileId, fate: &mut Fate) -> Vec<u8> {
    let durable = durable_changes(history, file);
    let mut content = history
        .baselines
        .iter()
        .find(|baseline| baseline.file == file)
        .map(|baseline| baseline.content.to_vec())
        .unwrap_or_default();
    for (change, is_durable) in changes(history, file).zip(durable) {
        match change.1 {
            Operation::Write { offset, bytes, .. } if is_durable => {
                put(&mut content, *offset, bytes);
            }
            Operation::Write { offset, bytes, .. } => fate.write(&mut content, *offset, bytes),
            Operation::SetLength { length, .. } if is_durable || fate.happens() => {
                content.resize(index(*length), 0);
            }
            _ => {}
        }
    }
    content
}

/// For each change of `file`, in order: whether a sync made it durable. A sync, also one that failed, settles
/// all changes before it that no earlier one settled; what is left is pending.
fn durable_changes(history: &History, file: FileId) -> Vec<bool> {
    let positions: Vec<LogPosition> = changes(history, file).map(|(at, _)| at).collect();
    let mut durable = vec![false; positions.len()];
    let mut settled = 0;
    for operation in &history.operations {
        let (covers, success) = match operation {
            Operation::Sync { file: of, covers } if *of == file => (*covers, true),
            Operation::SyncFailed { file: of, covers } if *of == file => (*covers, false),
            _ => continue,
        };
        let end = positions.partition_point(|at| *at < covers);
        if end > settled {
            durable[settled..end].fill(success);
            settled = end;
        }
    }
    durable
}

/// The operations that change the bytes of `file`.
fn changes(history: &History, file: FileId) -> impl Iterator<Item = (LogPosition, &Operation)> {
    numbered(history).filter(move |(_, operation)| {
        matches!(operation,
            Operation::Write { file: changed, .. } | Operation::SetLength { file: changed, .. }
                if *changed == file)
    })
}

fn numbered(history: &History) -> impl Iterator<Item = (LogPosition, &Operation)> {
    history
        .operations
        .iter()
        .zip(0..)
        .map(|(operation, at)| (LogPosition::from_index(at), operation))
}
