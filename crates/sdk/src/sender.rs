//! One HTTP request for a batch.

use std::io;
use std::time::{Duration, SystemTime};

use ureq::Agent;
use ureq::config::AutoHeaderValue;
use ureq::http::{HeaderValue, Response, StatusCode};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::batch::{Batch, Failure, Outcome, Route};
use crate::protocol::{Answer, classify};
use crate::proxy::proxy_for;
use crate::settings::Settings;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Idle connections are closed before most servers close them.
const MAX_IDLE_AGE: Duration = Duration::from_secs(15);
/// Longest answer that is read; a batch answer has about 80 bytes an item.
const ANSWER_BYTES_MAX: u64 = 4 << 20;
/// Smaller bodies are not worth the compression.
const COMPRESS_MIN: usize = 2 << 10;
const ZSTD_LEVEL: i32 = 1;

/// Sends batches. Runs on the transport thread only.
pub(crate) trait Sender: Send {
    /// Makes one attempt.
    fn send(&mut self, batch: &Batch) -> Outcome;
}

/// Sends over HTTP with keep-alive.
#[derive(Debug)]
pub(crate) struct HttpSender {
    agent: Agent,
    batch_url: String,
    trace_url: String,
    score_url: String,
    api_key: Option<HeaderValue>,
    project_name: Option<HeaderValue>,
    /// Off once the server said that it does not understand compressed bodies.
    compress: bool,
}

impl HttpSender {
    pub(crate) fn new(settings: &Settings) -> Self {
        let endpoint = &settings.endpoint;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(AutoHeaderValue::from(settings.user_agent.clone()))
            .proxy(proxy_for(endpoint))
            .tls_config(tls_config(endpoint.is_tls()))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_send_request(Some(SEND_TIMEOUT))
            .timeout_send_body(Some(SEND_TIMEOUT))
            .timeout_recv_response(Some(ANSWER_TIMEOUT))
            .timeout_recv_body(Some(SEND_TIMEOUT))
            .max_idle_age(MAX_IDLE_AGE)
            .build();
        Self {
            agent: config.new_agent(),
            batch_url: endpoint.url("/traces/batch"),
            trace_url: endpoint.url("/traces"),
            score_url: endpoint.url("/evaluations/trace-scores"),
            api_key: settings.api_key.as_deref().and_then(header_value),
            project_name: settings.project_name.as_deref().and_then(header_value),
            compress: true,
        }
    }

    fn post(
        &self,
        batch: &Batch,
        body: &[u8],
        encoding: Option<&str>,
    ) -> Result<Answer, ureq::Error> {
        let (url, content_type) = match batch.route {
            Route::TraceBatch => (&self.batch_url, "application/x-ndjson"),
            Route::SingleTrace => (&self.trace_url, "application/json"),
            Route::Score => (&self.score_url, "application/json"),
        };
        let mut request = self
            .agent
            .post(url)
            .header("Content-Type", content_type)
            .header("X-Request-ID", batch.request_id.to_string());
        if let Some(key) = &self.api_key {
            request = request.header("X-API-Key", key);
        }
        if let Some(name) = &self.project_name {
            request = request.header("X-Project-Name", name);
        }
        if let Some(encoding) = encoding {
            request = request.header("Content-Encoding", encoding);
        }
        read_answer(request.send(body)?)
    }

    /// A kept-alive connection may have been closed just now: one more attempt at once.
    fn post_again_if_stale(
        &self,
        batch: &Batch,
        body: &[u8],
        encoding: Option<&str>,
    ) -> Result<Answer, ureq::Error> {
        match self.post(batch, body, encoding) {
            Err(error) if is_broken_connection(&error) => self.post(batch, body, encoding),
            result => result,
        }
    }

    fn encoded(&self, body: &str, batch: &Batch) -> Option<Vec<u8>> {
        // Servers without the batch endpoint do not know compressed bodies either.
        let is_understood = self.compress && batch.route == Route::TraceBatch;
        let worthwhile = is_understood && body.len() >= COMPRESS_MIN;
        if worthwhile {
            zstd::bulk::compress(body.as_bytes(), ZSTD_LEVEL).ok()
        } else {
            None
        }
    }
}

impl Sender for HttpSender {
    fn send(&mut self, batch: &Batch) -> Outcome {
        let body = body(batch);
        let compressed = self.encoded(&body, batch);
        let result = match &compressed {
            Some(bytes) => self.post_again_if_stale(batch, bytes, Some("zstd")),
            None => self.post_again_if_stale(batch, body.as_bytes(), None),
        };
        match result {
            Ok(answer)
                if answer.status == StatusCode::UNSUPPORTED_MEDIA_TYPE && compressed.is_some() =>
            {
                self.compress = false;
                self.send(batch)
            }
            Ok(answer) => classify(&answer, batch.route, SystemTime::now()),
            Err(error) => Outcome::Failed(failure(&error)),
        }
    }
}

/// NDJSON: one fragment a line. Elsewhere than at the batch endpoint there is one line only.
fn body(batch: &Batch) -> String {
    let mut body = String::new();
    for entry in &batch.entries {
        entry.item.push_to(&mut body);
        body.push('\n');
    }
    if batch.route != Route::TraceBatch {
        body.pop();
    }
    body
}

fn read_answer(mut response: Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let retry_after = response
        .headers()
        .get("Retry-After")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    // The status alone decides; the body only explains, so a broken one is no failure.
    let body = response
        .body_mut()
        .with_config()
        .limit(ANSWER_BYTES_MAX)
        .read_to_vec()
        .unwrap_or_default();
    Ok(Answer {
        status: response.status().as_u16(),
        retry_after,
        body,
    })
}

fn failure(error: &ureq::Error) -> Failure {
    use io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
    let unreachable = match error {
        ureq::Error::Io(error) => {
            matches!(
                error.kind(),
                ConnectionRefused | HostUnreachable | NetworkUnreachable | AddrNotAvailable
            )
        }
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => true,
        ureq::Error::Timeout(timeout) => {
            matches!(timeout, ureq::Timeout::Connect | ureq::Timeout::Resolve)
        }
        _ => false,
    };
    Failure {
        reason: error.to_string(),
        wait: None,
        unreachable,
        divisible: !unreachable,
    }
}

fn is_broken_connection(error: &ureq::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error {
        ureq::Error::Io(error) => {
            matches!(
                error.kind(),
                BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
            )
        }
        _ => false,
    }
}

/// Header values may hold any byte but control characters, which are left out.
fn header_value(text: &str) -> Option<HeaderValue> {
    let clean: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_control())
        .collect();
    HeaderValue::from_bytes(&clean).ok()
}

/// The system's certificates, or those named by `SSL_CERT_FILE` and `SSL_CERT_DIR`; the
/// built-in ones of Mozilla if there are none.
fn tls_config(needed: bool) -> TlsConfig {
    if !needed {
        return TlsConfig::default();
    }
    let native = rustls_native_certs::load_native_certs().certs;
    let roots = if native.is_empty() {
        RootCerts::WebPki
    } else {
        let certificates: Vec<_> = native
            .iter()
            .map(|der| Certificate::from_der(der).to_owned())
            .collect();
        RootCerts::new_with_certs(&certificates)
    };
    TlsConfig::builder().root_certs(roots).build()
}
