//! `startup`: from nothing to ready, memory at rest, size of the binary.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use tokio::time;

use crate::client::{Connection, Target};
use crate::memory::anonymous_megabytes;
use crate::report::{Figure, Goal};
use crate::stats::median;

const POLL_EVERY: Duration = Duration::from_millis(2);
const GIVE_UP_AFTER: Duration = Duration::from_secs(120);

/// Options of `startup`.
#[derive(Debug, Args)]
pub(crate) struct StartupOptions {
    /// The server's binary.
    #[arg(long, default_value = "target/release/pandaprobe")]
    binary: PathBuf,
    /// Data directory; a filled one makes the figure honest.
    #[arg(long)]
    data: PathBuf,
    /// Starts to take the median of.
    #[arg(long, default_value_t = 5)]
    repeats: usize,
    /// Seconds of rest before memory is read.
    #[arg(long, default_value_t = 3)]
    settle: u64,
}

/// Measures and returns the figures.
///
/// # Errors
/// When the server does not start or never becomes healthy.
pub(crate) async fn run(options: &StartupOptions) -> Result<Vec<Figure>> {
    let mut ready_seconds = Vec::new();
    let mut idle_megabytes = Vec::new();
    for _ in 0..options.repeats {
        let start = Instant::now();
        let server = Server::start(options)?;
        server.wait_until_healthy().await?;
        ready_seconds.push(start.elapsed().as_secs_f64());
        time::sleep(Duration::from_secs(options.settle)).await;
        idle_megabytes.push(anonymous_megabytes(server.child.id())?);
    }
    let size = fs::metadata(&options.binary)?.len() as f64 / 1e6;
    let held = directory_bytes(&options.data)? as f64 / 1e6;
    Ok(vec![
        Figure::new("start to ready, median", median(&ready_seconds), "s")
            .goal(Goal::at_most(1.0, 0.3))
            .note(format!(
                "data directory of {held:.0} MB, {} starts",
                options.repeats
            )),
        Figure::new(
            "anonymous memory at rest, median",
            median(&idle_megabytes),
            "MB",
        )
        .goal(Goal::at_most(60.0, 30.0))
        .note(format!("{} s after ready", options.settle)),
        Figure::new("size of the binary", size, "MB"),
    ])
}

/// A started server, ended when dropped.
struct Server {
    child: Child,
    target: Target,
}

impl Server {
    fn start(options: &StartupOptions) -> Result<Self> {
        let port = free_port()?;
        let listen = format!("127.0.0.1:{port}");
        let child = Command::new(&options.binary)
            .args(["serve", "--listen", &listen, "--data"])
            .arg(&options.data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", options.binary.display()))?;
        let target = Target::parse(&format!("http://{listen}"), "bench", None)?;
        Ok(Self { child, target })
    }

    async fn wait_until_healthy(&self) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < GIVE_UP_AFTER {
            if self.is_healthy().await {
                return Ok(());
            }
            time::sleep(POLL_EVERY).await;
        }
        bail!("the server did not become healthy")
    }

    async fn is_healthy(&self) -> bool {
        let Ok(mut connection) = Connection::open(&self.target).await else {
            return false;
        };
        let answer = connection.get("/health").await;
        answer.is_ok_and(|answer| answer.status == 200)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Measured; how it ends does not matter here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

fn directory_bytes(path: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        total += if metadata.is_dir() {
            directory_bytes(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(total)
}
