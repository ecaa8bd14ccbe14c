//! Anonymous memory of another process.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time;

const SAMPLE_EVERY: Duration = Duration::from_millis(200);

/// Returns the anonymous resident memory of a process in MB (10⁶ bytes).
///
/// # Errors
/// When the process is gone or its status cannot be read.
pub(crate) fn anonymous_megabytes(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    parse_rss_anon(&status).with_context(|| format!("{path} has no RssAnon"))
}

fn parse_rss_anon(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

/// Watches a process while something else runs.
pub(crate) struct PeakMemory {
    stop: oneshot::Sender<()>,
    watcher: JoinHandle<Result<f64>>,
}

impl PeakMemory {
    /// Begins to sample the process.
    pub(crate) fn watch(pid: u32) -> Self {
        let (stop, stopped) = oneshot::channel();
        let watcher = tokio::spawn(sample(pid, stopped));
        Self { stop, watcher }
    }

    /// Stops and returns the largest sample, in MB.
    ///
    /// # Errors
    /// When the process could not be read.
    pub(crate) async fn finish(self) -> Result<f64> {
        // An early end of the watcher shows in its own result.
        let _ = self.stop.send(());
        self.watcher.await?
    }
}

async fn sample(pid: u32, mut stopped: oneshot::Receiver<()>) -> Result<f64> {
    let mut peak = anonymous_megabytes(pid)?;
    loop {
        tokio::select! {
            _ = &mut stopped => return Ok(peak),
            () = time::sleep(SAMPLE_EVERY) => peak = peak.max(anonymous_megabytes(pid)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_is_read_in_kibibytes() {
        let status = "Name:\tx\nVmRSS:\t  9000 kB\nRssAnon:\t    2000 kB\nRssFile:\t 10 kB\n";
        assert_eq!(parse_rss_anon(status), Some(2.048));
        assert_eq!(parse_rss_anon("Name: x"), None);
    }

    #[test]
    fn our_own_memory_can_be_read() {
        assert!(anonymous_megabytes(std::process::id()).unwrap() > 0.1);
    }
}
