//! The listening socket, from bind to the last answer.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::router;
use crate::state::App;

/// How long requests under way may take after the signal to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// Listens at `address` (`host:port`; port 0 takes any free one) and returns
/// the socket with the address it got.
///
/// # Errors
/// Whatever the system says, such as an address in use.
pub async fn bind(address: &str) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}

/// Answers requests until `stop` completes; then takes no new ones and
/// finishes those under way, at most ten seconds long.
///
/// # Errors
/// Whatever the system says.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopping = std::sync::Arc::new(Notify::new());
    let told = std::sync::Arc::clone(&stopping);
    // Small answers must not wait for the acknowledgement of earlier ones.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
    });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        told.notify_one();
    });
    let too_late = async {
        stopping.notified().await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        result = async { serving.await } => result,
        () = too_late => {
            tracing::warn!("some requests did not finish in time and were dropped");
            Ok(())
        }
    }
}
