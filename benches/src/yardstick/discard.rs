//! A bare HTTP server that reads each body and throws it away.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use clap::Args;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::client::Target;

const ONE: &str = r#"{"trace_id":"00000000-0000-4000-8000-000000000000","task_id":"0"}"#;
const MANY: &str = r#"{"items":[]}"#;

/// Options of `discard`.
#[derive(Debug, Args)]
pub(crate) struct DiscardOptions {
    /// Address to listen on; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// Serves until the process ends. Prints the address first.
///
/// # Errors
/// When the address is taken.
#[expect(clippy::print_stdout, reason = "the parent process reads the address")]
pub(crate) fn run(options: &DiscardOptions) -> Result<()> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(options.listen).await?;
        println!("http://{}", listener.local_addr()?);
        axum::serve(listener, router()).await?;
        Ok(())
    })
}

fn router() -> Router {
    Router::new()
        .route("/traces", post(|body: Bytes| swallow(body, ONE)))
        .route("/traces/batch", post(|body: Bytes| swallow(body, MANY)))
        .route("/health", get(async || "{}"))
        .layer(DefaultBodyLimit::disable())
}

async fn swallow(body: Bytes, answer: &'static str) -> impl IntoResponse {
    drop(body);
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::ACCEPTED, kind, answer)
}

/// A discarding server in a process of its own, ended when dropped.
pub(crate) struct DiscardProcess {
    child: Child,
    target: Target,
}

impl DiscardProcess {
    /// Starts this program again as a discarding server.
    ///
    /// # Errors
    /// When it cannot be started or says no address.
    pub(crate) fn start() -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("discard")
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the discarding server")?;
        let output = child.stdout.take().context("no output to read")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        let target = Target::parse(address.trim(), "bench", None)?;
        Ok(Self { child, target })
    }

    /// Where it listens.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }
}

impl Drop for DiscardProcess {
    fn drop(&mut self) {
        // It holds nothing worth saving, and may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
