//! Sends the demo to a server through the ordinary batch endpoint.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;
use ureq::http::{Response, StatusCode};

use super::{DemoOptions, generate};

/// Fragments and bytes that one request carries at most.
const FRAGMENTS_PER_REQUEST: usize = 50;
const BYTES_PER_REQUEST: usize = 4 * 1024 * 1024;
/// Attempts for one request before the demo gives up.
const ATTEMPTS: u32 = 8;
/// Longest wait between two attempts, whatever the server asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// How far the demo is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Fragments that the server has acknowledged.
    pub(crate) fragments: usize,
    /// Spans in them.
    pub(crate) spans: usize,
    /// Bytes of JSON in them.
    pub(crate) bytes: usize,
}

/// What was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DemoSummary {
    /// Sessions asked for.
    pub(crate) sessions: usize,
    /// Acknowledged fragments, spans and bytes.
    pub(crate) sent: Progress,
    /// Requests that had to be sent again.
    pub(crate) retries: usize,
    /// Time from the first to the last request.
    pub(crate) elapsed: Duration,
}

/// Why the demo stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The server could not be reached, or the connection broke each time.
    #[error("cannot reach the server at {endpoint}: {cause}")]
    Unreachable {
        /// The address that was tried.
        endpoint: String,
        /// What the last attempt ended with.
        cause: String,
    },
    /// The server answered with a status that is no success and not worth
    /// another attempt.
    #[error("the server answered {status}: {answer}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Body of the answer.
        answer: String,
    },
    /// The server accepted the request but not one of its fragments.
    #[error("the server rejected a trace: {reason}")]
    Rejected {
        /// What the server says about the first such fragment.
        reason: String,
    },
}

/// Generates the demo and posts it, waiting and trying again where the server
/// is busy or not up yet. Calls `progress` after every acknowledged request.
///
/// # Errors
/// When the server stays unreachable or busy, refuses a request, or rejects a
/// fragment.
pub(crate) fn run(
    options: &DemoOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<DemoSummary, DemoError> {
    let began = Instant::now();
    let mut sender = Sender::new(options);
    let mut batch = Batch::default();
    let mut done = Progress::default();
    for fragment in generate(options) {
        batch.push(&fragment);
        if batch.is_full() {
            done = done.plus(sender.post(&batch)?);
            progress(done);
            batch = Batch::default();
        }
    }
    if batch.size.fragments > 0 {
        done = done.plus(sender.post(&batch)?);
        progress(done);
    }
    Ok(DemoSummary {
        sessions: options.sessions,
        sent: done,
        retries: sender.retries,
        elapsed: began.elapsed(),
    })
}

impl Progress {
    fn plus(self, other: Self) -> Self {
        Self {
            fragments: self.fragments + other.fragments,
            spans: self.spans + other.spans,
            bytes: self.bytes + other.bytes,
        }
    }
}

/// Fragments of one request, as newline-delimited JSON.
#[derive(Default)]
struct Batch {
    lines: String,
    size: Progress,
}

impl Batch {
    fn push(&mut self, fragment: &Value) {
        self.lines.push_str(&fragment.to_string());
        self.lines.push('\n');
        self.size.fragments += 1;
        self.size.spans += fragment["spans"].as_array().map_or(0, Vec::len);
        self.size.bytes = self.lines.len();
    }

    fn is_full(&self) -> bool {
        self.size.fragments >= FRAGMENTS_PER_REQUEST || self.lines.len() >= BYTES_PER_REQUEST
    }
}

struct Sender<'o> {
    agent: Agent,
    options: &'o DemoOptions,
    url: String,
    retries: usize,
}

/// What one attempt came to.
enum Attempt {
    Done(String),
    /// Worth another attempt, after so long if the server said so.
    Later(Option<Duration>, DemoError),
    Failed(DemoError),
}

impl<'o> Sender<'o> {
    fn new(options: &'o DemoOptions) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(REQUEST_TIMEOUT))
            .build();
        Self {
            agent: config.into(),
            options,
            url: format!("{}/traces/batch", options.endpoint.trim_end_matches('/')),
            retries: 0,
        }
    }

    fn post(&mut self, batch: &Batch) -> Result<Progress, DemoError> {
        let mut attempt = 1;
        loop {
            match self.attempt(&batch.lines) {
                Attempt::Done(answer) => {
                    check_items(&answer)?;
                    return Ok(batch.size);
                }
                Attempt::Later(wait, _) if attempt < ATTEMPTS => {
                    let backoff = Duration::from_millis(250 << attempt.min(6));
                    thread::sleep(wait.unwrap_or(backoff).min(LONGEST_WAIT));
                    self.retries += 1;
                    attempt += 1;
                }
                Attempt::Later(_, error) | Attempt::Failed(error) => return Err(error),
            }
        }
    }

    fn attempt(&self, lines: &str) -> Attempt {
        let mut request = self
            .agent
            .post(&self.url)
            .header("Content-Type", "application/x-ndjson")
            .header("X-Project-Name", &self.options.project);
        if let Some(key) = &self.options.api_key {
            request = request.header("X-API-Key", key);
        }
        match request.send(lines) {
            Ok(response) => read(response),
            Err(error) => Attempt::Later(None, self.unreachable(&error)),
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> DemoError {
        DemoError::Unreachable {
            endpoint: self.options.endpoint.clone(),
            cause: error.to_string(),
        }
    }
}

fn read(mut response: Response<ureq::Body>) -> Attempt {
    let status = response.status();
    let wait = retry_after(&response);
    let answer = response.body_mut().read_to_string().unwrap_or_default();
    if status.is_success() {
        return Attempt::Done(answer);
    }
    let error = DemoError::Refused {
        status: status.as_u16(),
        answer,
    };
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Attempt::Later(wait, error)
        }
        _ => Attempt::Failed(error),
    }
}

fn retry_after(response: &Response<ureq::Body>) -> Option<Duration> {
    let value = response.headers().get("retry-after")?.to_str().ok()?;
    value.parse().ok().map(Duration::from_secs)
}

/// The batch answer speaks of each fragment; the demo is made to be accepted
/// whole, so the first rejection is an error.
fn check_items(answer: &str) -> Result<(), DemoError> {
    let answer: Value = serde_json::from_str(answer).map_err(|error| DemoError::Rejected {
        reason: format!("unreadable answer: {error}"),
    })?;
    let items = answer["items"].as_array();
    let rejected = items
        .into_iter()
        .flatten()
        .find(|item| item["status"] != "accepted");
    match rejected {
        Some(item) => Err(DemoError::Rejected {
            reason: item.to_string(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread::JoinHandle;

    use super::*;

    /// Answers one request after the other with the given status and body,
    /// and returns how many lines each request had.
    fn serve(answers: Vec<(&'static str, String)>) -> (String, JoinHandle<Vec<usize>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let answered = answers.into_iter();
            answered
                .map(|(status, body)| answer(&listener.accept().unwrap().0, status, &body))
                .collect()
        });
        (endpoint, server)
    }

    fn answer(stream: &TcpStream, status: &str, body: &str) -> usize {
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap() > 2 {
            let header = line.to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        let mut request = vec![0; length];
        reader.read_exact(&mut request).unwrap();
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n");
        let mut stream = stream;
        write!(stream, "{head}Retry-After: 0\r\n\r\n{body}").unwrap();
        request.iter().filter(|byte| **byte == b'\n').count()
    }

    fn options(endpoint: String) -> DemoOptions {
        let now = "2026-11-20T15:20:00Z".parse().unwrap();
        DemoOptions {
            sessions: 3,
            ..DemoOptions::new(endpoint, now)
        }
    }

    fn accepted() -> String {
        r#"{"items":[{"trace_id":"x","status":"accepted"}]}"#.to_owned()
    }

    #[test]
    fn a_busy_server_gets_the_same_batch_again() {
        let fragments = generate(&options(String::new())).count();
        let mut answers = vec![
            ("429 Too Many Requests", "{}".to_owned()),
            ("503 Service Unavailable", "{}".to_owned()),
        ];
        answers.extend(
            (0..fragments.div_ceil(FRAGMENTS_PER_REQUEST)).map(|_| ("202 Accepted", accepted())),
        );
        let (endpoint, server) = serve(answers);
        let mut reports = Vec::new();
        let summary = run(&options(endpoint), &mut |done| reports.push(done)).unwrap();
        assert_eq!(summary.retries, 2);
        assert_eq!(summary.sent.fragments, fragments);
        assert_eq!(reports.last(), Some(&summary.sent));
        let lines = server.join().unwrap();
        assert_eq!(lines[0], lines[2], "the refused batch came again");
        assert_eq!(lines.iter().skip(2).sum::<usize>(), fragments);
    }

    #[test]
    fn a_rejected_fragment_is_an_error() {
        let body = r#"{"items":[{"trace_id":null,"status":"rejected","error":{"detail":"no"}}]}"#;
        let (endpoint, _server) = serve(vec![("202 Accepted", body.to_owned())]);
        let error = run(&options(endpoint), &mut |_| {}).unwrap_err();
        assert!(matches!(error, DemoError::Rejected { reason } if reason.contains("no")));
    }

    #[test]
    fn a_refusal_is_not_repeated() {
        let (endpoint, _server) = serve(vec![("401 Unauthorized", "{}".to_owned())]);
        let error = run(&options(endpoint), &mut |_| {}).unwrap_err();
        assert!(matches!(error, DemoError::Refused { status: 401, .. }));
    }
}
