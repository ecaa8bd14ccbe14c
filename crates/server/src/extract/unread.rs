//! What a refused request still has to say. A server that answers and closes
//! the connection before the body was read resets it, and the client never
//! sees why; one that leaves the body unread cannot use the connection again.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::sync::oneshot;

/// How much of a body that nobody wanted is read all the same, in bytes.
const DRAINED: u64 = 256 << 20;

/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads what handlers left of the body before it answers.
pub(crate) async fn drain(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let asks_first = request.headers().contains_key(header::EXPECT);
    let (back, mut returned) = oneshot::channel();
    let lend = |body| Lent {
        body,
        begun: false,
        back: Some(back),
    };
    let request = request.map(|body| Body::new(lend(body)));
    let mut response = next.run(request).await;
    let Ok(rest) = returned.try_recv() else {
        return response;
    };
    // Who asked before sending has sent nothing yet, and who stalled would go on to.
    let sending = rest.begun || !asks_first;
    let comes = sending && response.status() != StatusCode::REQUEST_TIMEOUT;
    if !(comes && read_out(rest.body).await) {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// Reads to the end; `false` if there was none in sight.
async fn read_out(mut body: Body) -> bool {
    let reading = async {
        let mut left = DRAINED;
        while let Some(frame) = body.frame().await {
            let size = frame.ok()?.data_ref().map_or(0, Bytes::len) as u64;
            left = left.checked_sub(size)?;
        }
        Some(())
    };
    let outcome = tokio::time::timeout(PATIENCE, reading).await;
    matches!(outcome, Ok(Some(())))
}

/// What came back of a body.
#[derive(Debug)]
struct Rest {
    body: Body,
    /// Whether anybody asked for any of it.
    begun: bool,
}

/// A body that goes back when it is dropped before its end.
#[derive(Debug)]
struct Lent {
    body: Body,
    begun: bool,
    /// `None` at the end of the body.
    back: Option<oneshot::Sender<Rest>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        this.begun = true;
        let polled = Pin::new(&mut this.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            this.back = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(back) = self.back.take()
            && !self.body.is_end_stream()
        {
            let (body, begun) = (std::mem::take(&mut self.body), self.begun);
            // Nobody waits if the connection is gone.
            let _ = back.send(Rest { body, begun });
        }
    }
}
