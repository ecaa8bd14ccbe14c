//! Sequential writes with an `fdatasync` after each group: what the disk
//! allows a store that does nothing else.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::report::Figure;
use crate::stats::{Latencies, Spread};

/// The file begins anew at this size, so that the yardstick never fills a disk.
const LARGEST_FILE: u64 = 512 * 1024 * 1024;

/// Options of `disk`.
#[derive(Debug, Args)]
pub(crate) struct DiskOptions {
    /// Directory on the disk in question.
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// Bytes written between two syncs.
    #[arg(long, default_value_t = 65_536)]
    group: usize,
    /// Seconds to measure.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

/// What the disk did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DiskSpeed {
    pub(crate) groups_per_second: f64,
    pub(crate) megabytes_per_second: f64,
    /// Time of one write and sync.
    pub(crate) spread: Spread,
}

/// Measures and returns the figures.
///
/// # Errors
/// When the directory cannot be written to.
pub(crate) fn run(options: &DiskOptions) -> Result<Vec<Figure>> {
    let speed = measure(
        &options.dir,
        options.group,
        Duration::from_secs(options.seconds),
    )?;
    let name = format!("write + fdatasync, {} bytes a group", options.group);
    let note = format!("{:.1} MB/s", speed.megabytes_per_second);
    Ok(vec![
        Figure::new(name.clone(), speed.groups_per_second, "groups/s").note(note),
        Figure::new(format!("{name}, p50"), speed.spread.p50_ms, "ms"),
        Figure::new(format!("{name}, p99"), speed.spread.p99_ms, "ms"),
    ])
}

/// Writes groups of so many bytes for so long, each followed by a sync.
///
/// # Errors
/// When the directory cannot be written to.
pub(crate) fn measure(dir: &Path, group: usize, seconds: Duration) -> Result<DiskSpeed> {
    let path = dir.join(format!("pandaprobe-bench-{}.tmp", std::process::id()));
    let result = write_groups(&path, group, seconds);
    // The file may not exist when creating it was what failed.
    let _ = fs::remove_file(&path);
    result.with_context(|| format!("cannot measure the disk under {}", dir.display()))
}

fn write_groups(path: &Path, group: usize, seconds: Duration) -> Result<DiskSpeed> {
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .open(path)?;
    let bytes = noise(group.max(1));
    let mut latencies = Latencies::default();
    let began = Instant::now();
    while began.elapsed() < seconds {
        rewind_when_large(&mut file)?;
        let start = Instant::now();
        file.write_all(&bytes)?;
        file.sync_data()?;
        latencies.add(start.elapsed());
    }
    let elapsed = began.elapsed().as_secs_f64();
    let spread = latencies.spread();
    let groups_per_second = spread.count as f64 / elapsed;
    Ok(DiskSpeed {
        groups_per_second,
        megabytes_per_second: groups_per_second * bytes.len() as f64 / 1e6,
        spread,
    })
}

fn rewind_when_large(file: &mut File) -> Result<()> {
    if file.stream_position()? > LARGEST_FILE {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
    }
    Ok(())
}

/// Bytes that no file system compresses away.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_measured_and_left_clean() {
        let dir = std::env::temp_dir().join(format!("disk-yardstick-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let speed = measure(&dir, 4096, Duration::from_millis(50)).unwrap();
        assert!(speed.spread.count > 0 && speed.groups_per_second > 0.0);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn noise_is_not_constant() {
        let bytes = noise(1000);
        let distinct: std::collections::BTreeSet<u8> = bytes.iter().copied().collect();
        assert!(distinct.len() > 200);
    }
}
