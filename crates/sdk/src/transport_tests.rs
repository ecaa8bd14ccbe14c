//! Tests of the transport with a scripted server in place of HTTP.

use serde_json::Value;

use super::*;
use crate::batch::{Batch, Failure, Outcome};
use crate::fragment::tests::fragment;
use crate::losses::LossCount;
use crate::settings::Endpoint;

/// What a recording transport has sent, request by request.
#[derive(Clone, Default)]
pub(crate) struct Wire {
    pub(crate) requests: Arc<Mutex<Vec<Vec<Value>>>>,
    transport: Option<Transport>,
}

impl Wire {
    pub(crate) fn traces(&self) -> Vec<Value> {
        let transport = self.transport.as_ref().unwrap();
        assert_eq!(
            transport.flush(Duration::from_secs(30), || false),
            Drained::Yes
        );
        lock(&self.requests).concat()
    }
}

trait AnswerFn: Fn(&[Value]) -> Outcome + Send {}

impl<F: Fn(&[Value]) -> Outcome + Send> AnswerFn for F {}

struct Scripted {
    requests: Arc<Mutex<Vec<Vec<Value>>>>,
    answer: Box<dyn AnswerFn>,
}

impl Sender for Scripted {
    fn send(&mut self, batch: &Batch) -> Outcome {
        let items: Vec<Value> = batch
            .entries
            .iter()
            .map(|entry| {
                let mut text = String::new();
                entry.item.push_to(&mut text);
                serde_json::from_str(&text).unwrap()
            })
            .collect();
        let outcome = (self.answer)(&items);
        if matches!(outcome, Outcome::Delivered { .. }) {
            lock(&self.requests).push(items);
        }
        outcome
    }
}

fn scripted(
    change: impl FnOnce(&mut Settings),
    answer: impl Fn(&[Value]) -> Outcome + Clone + Send + Sync + 'static,
) -> (Transport, Wire) {
    let mut settings = Settings::new(Endpoint::parse("http://127.0.0.1:1").unwrap());
    change(&mut settings);
    let requests = Arc::<Mutex<Vec<Vec<Value>>>>::default();
    let factory_requests = Arc::clone(&requests);
    let factory: SenderFactory = Arc::new(move |_| {
        Box::new(Scripted {
            requests: Arc::clone(&factory_requests),
            answer: Box::new(answer.clone()),
        })
    });
    let transport = Transport::with_sender(settings, None, None, factory);
    let wire = Wire {
        requests,
        transport: Some(transport.clone()),
    };
    (transport, wire)
}

fn delivered(_: &[Value]) -> Outcome {
    Outcome::Delivered {
        rejected: Vec::new(),
    }
}

fn failure(unreachable: bool) -> Outcome {
    Outcome::Failed(Failure {
        reason: "no".into(),
        wait: None,
        unreachable,
        divisible: !unreachable,
    })
}

/// A transport whose server takes everything.
pub(crate) fn recording_transport() -> (Transport, Wire) {
    scripted(|_| (), delivered)
}

/// As [`recording_transport`]; open traces are looked at every `interval`.
pub(crate) fn streaming_transport(interval: Duration) -> (Transport, Wire) {
    scripted(|settings| settings.flush_interval = interval, delivered)
}

impl Wire {
    /// All items so far, without asking for more.
    pub(crate) fn so_far(&self) -> Vec<Value> {
        lock(&self.requests).concat()
    }
}

fn lost(loss: Loss, count: u64) -> LossCount {
    let item = LostItem::Trace;
    LossCount { item, loss, count }
}

fn names(wire: &Wire) -> Vec<String> {
    let mut names: Vec<String> = wire
        .traces()
        .iter()
        .map(|trace| trace["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn one_item_that_always_fails_does_not_hold_up_the_rest() {
    let (transport, wire) = scripted(
        |_| (),
        |items| {
            if items.iter().any(|item| item["name"] == "poison") {
                failure(false)
            } else {
                delivered(items)
            }
        },
    );
    for name in ["a", "b", "poison", "c", "d"] {
        transport.enqueue(fragment(name, &[]));
    }
    assert_eq!(names(&wire), ["a", "b", "c", "d"]);
    assert_eq!(transport.stats().items, 1);
}

#[test]
fn rejected_items_are_counted_with_their_reason() {
    let (transport, wire) = scripted(
        |_| (),
        |_| Outcome::Delivered {
            rejected: vec!["bad".into()],
        },
    );
    transport.enqueue(fragment("a", &[]));
    transport.enqueue(fragment("b", &[]));
    wire.traces();
    let report = transport.take_losses().unwrap();
    assert_eq!(report.counts, [lost(Loss::Rejected("bad".into()), 1)]);
    assert_eq!(transport.take_losses(), None);
}

#[test]
fn after_the_horizon_an_item_is_given_up_and_counted() {
    let (transport, _wire) = scripted(
        |settings| settings.retry_horizon = Duration::ZERO,
        |_| failure(false),
    );
    for _ in 0..3 {
        transport.enqueue(fragment("a", &[]));
    }
    assert_eq!(
        transport.flush(Duration::from_secs(30), || false),
        Drained::Yes
    );
    let report = transport.take_losses().unwrap();
    assert_eq!(report.counts, [lost(Loss::GaveUp("no".into()), 3)]);
    assert_eq!(transport.stats().items, 0);
}

#[test]
fn shutdown_sends_what_waits_and_takes_no_more() {
    let (transport, wire) = recording_transport();
    transport.enqueue(fragment("a", &[]));
    assert_eq!(
        transport.shutdown(Duration::from_secs(30), || false),
        Drained::Yes
    );
    transport.enqueue(fragment("late", &[]));
    assert_eq!(names(&wire), ["a"]);
    assert_eq!(transport.take_losses(), None);
}

#[test]
fn shutdown_counts_what_an_unreachable_server_leaves_behind() {
    let (transport, _wire) = scripted(|_| (), |_| failure(true));
    transport.enqueue(fragment("a", &[]));
    assert_eq!(
        transport.shutdown(Duration::from_secs(30), || false),
        Drained::Yes
    );
    assert_eq!(
        transport.take_losses().unwrap().counts,
        [lost(Loss::ShutDown("no".into()), 1)]
    );
}

#[test]
fn shutdown_without_a_thread_is_immediate() {
    let (transport, _wire) = recording_transport();
    assert_eq!(
        transport.shutdown(Duration::from_secs(30), || false),
        Drained::Yes
    );
    assert_eq!(
        transport.flush(Duration::from_secs(30), || false),
        Drained::Yes
    );
}

#[test]
fn a_wait_ends_when_the_caller_says_so() {
    let (transport, _wire) = scripted(|_| (), |_| failure(false));
    transport.enqueue(fragment("a", &[]));
    assert_eq!(
        transport.flush(Duration::from_secs(30), || true),
        Drained::Interrupted
    );
}

#[test]
fn after_a_fork_the_child_starts_empty_and_sends_by_itself() {
    let (transport, wire) = scripted(
        |settings| settings.flush_interval = Duration::from_secs(3600),
        delivered,
    );
    transport.enqueue(fragment("parent", &[]));
    transport.reset_after_fork();
    assert_eq!(transport.stats().items, 0);
    transport.enqueue(fragment("child", &[]));
    assert_eq!(names(&wire), ["child"]);
}

#[test]
fn waiting_for_more_is_bounded_by_the_flush_interval() {
    let (transport, wire) = scripted(
        |settings| settings.flush_interval = Duration::ZERO,
        delivered,
    );
    transport.enqueue(fragment("alone", &[]));
    while transport.stats().items > 0 {
        std::thread::yield_now();
    }
    assert_eq!(lock(&wire.requests).len(), 1);
}
