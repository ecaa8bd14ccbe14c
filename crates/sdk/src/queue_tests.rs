//! Tests of the queue as a state machine: time is a number here.

use proptest::prelude::*;

use super::*;
use crate::batch::{Failure, Outcome, Route};
use crate::clock::Timestamp;
use crate::fragment::tests::{fragment, head};
use crate::record::{BuiltSpan, SpanDetails, SpanKind, SpanRecord, SpanStatus, TraceHead};
use crate::score::ScoreDataType;
use crate::settings::Endpoint;

struct Bench {
    queue: Queue,
    losses: Losses,
    now: Instant,
}

impl Bench {
    fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(Endpoint::parse("http://127.0.0.1:1").unwrap());
        change(&mut settings);
        Self {
            queue: Queue::new(&settings, Arc::default()),
            losses: Losses::default(),
            now: Instant::now(),
        }
    }

    fn push(&mut self, count: usize) {
        for _ in 0..count {
            self.queue.push(fragment("t", &[]), self.now, &self.losses);
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn job(&mut self) -> Job {
        self.queue.next_job(self.now)
    }

    /// The batch that is due now.
    fn batch(&mut self) -> Batch {
        match self.job() {
            Job::Send(batch) => batch,
            other => panic!("nothing to send: {other:?}"),
        }
    }

    fn settle(&mut self, batch: Batch, outcome: Outcome) {
        self.queue.settle(batch, outcome, self.now, &self.losses);
    }

    fn lost(&self) -> u64 {
        self.losses.total()
    }
}

fn delivered() -> Outcome {
    Outcome::Delivered {
        rejected: Vec::new(),
    }
}

fn failed(wait: Option<u64>, unreachable: bool) -> Outcome {
    let wait = wait.map(Duration::from_secs);
    Outcome::Failed(Failure {
        reason: "no".into(),
        wait,
        unreachable,
        divisible: !unreachable,
    })
}

#[test]
fn a_send_starts_at_the_batch_size_or_after_the_interval_and_takes_all() {
    let mut bench = Bench::new(|_| ());
    assert!(matches!(bench.job(), Job::Wait));
    bench.push(9);
    assert!(
        matches!(bench.job(), Job::WaitUntil(due) if due == bench.now + Settings::FLUSH_INTERVAL)
    );
    bench.push(1);
    let batch = bench.batch();
    assert_eq!(batch.entries.len(), 10);
    bench.settle(batch, delivered());
    bench.push(1);
    bench.pass(Settings::FLUSH_INTERVAL);
    assert_eq!(bench.batch().entries.len(), 1);
}

#[test]
fn only_the_item_that_completes_a_batch_wakes_the_worker() {
    let mut bench = Bench::new(|_| ());
    let wakes: Vec<bool> = (0..12)
        .map(|_| {
            bench
                .queue
                .push(fragment("t", &[]), bench.now, &bench.losses)
        })
        .collect();
    let expected: Vec<bool> = (0..12).map(|at| at == 0 || at == 9).collect();
    assert_eq!(wakes, expected);
}

#[test]
fn many_waiting_bytes_start_a_send_too() {
    let mut bench = Bench::new(|_| ());
    bench
        .queue
        .push(fragment("t", &[SEND_BYTES]), bench.now, &bench.losses);
    assert_eq!(bench.batch().entries.len(), 1);
}

#[test]
fn requests_are_bounded_in_items_and_bytes() {
    let mut bench = Bench::new(|_| ());
    bench.push(BATCH_ITEMS_MAX + 1);
    let first = bench.batch();
    assert_eq!(first.entries.len(), BATCH_ITEMS_MAX);
    bench.settle(first, delivered());
    assert_eq!(bench.batch().entries.len(), 1);

    let mut bench = Bench::new(|_| ());
    for _ in 0..3 {
        bench
            .queue
            .push(fragment("t", &[BATCH_BYTES_MAX]), bench.now, &bench.losses);
    }
    assert_eq!(bench.batch().entries.len(), 1);
}

#[test]
fn the_queue_is_bounded_in_bytes_and_drops_the_oldest() {
    let size = fragment("t", &[]).size();
    let mut bench = Bench::new(|settings| settings.max_queue_bytes = 3 * size);
    bench.push(5);
    assert_eq!(
        (bench.queue.items(), bench.queue.bytes(), bench.lost()),
        (3, 3 * size, 2)
    );
    bench.queue.begin_flush(bench.now);
    assert_eq!(bench.batch().first_seq(), 2);
}

#[test]
fn what_is_in_flight_counts_against_the_limit_but_is_not_dropped() {
    let mut bench = Bench::new(|settings| settings.max_queue_items = 2);
    bench.push(2);
    let flying = bench.batch();
    bench.push(1);
    assert_eq!((bench.queue.items(), bench.lost()), (2, 1));
    bench.settle(flying, delivered());
    bench.push(2);
    assert_eq!((bench.queue.items(), bench.lost()), (2, 1));
}

#[test]
fn an_item_limit_below_the_batch_size_still_sends_at_once() {
    let mut bench = Bench::new(|settings| settings.max_queue_items = 3);
    bench.push(3);
    assert_eq!(bench.batch().entries.len(), 3);
}

#[test]
fn a_failed_batch_waits_apart_while_fresh_items_go_on() {
    let mut bench = Bench::new(|settings| settings.batch_size = 1);
    bench.push(1);
    let batch = bench.batch();
    bench.settle(batch, failed(None, false));
    bench.push(1);
    let fresh = bench.batch();
    assert_eq!(fresh.first_seq(), 1);
    bench.settle(fresh, delivered());
    assert!(matches!(bench.job(), Job::WaitUntil(_)));
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.batch().first_seq(), 0);
}

#[test]
fn the_request_id_stays_the_same_over_all_attempts() {
    let mut bench = Bench::new(|settings| settings.batch_size = 1);
    bench.push(1);
    let batch = bench.batch();
    let id = batch.request_id;
    bench.settle(batch, failed(None, false));
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.batch().request_id, id);
}

#[test]
fn an_unreachable_server_closes_the_gate_for_all() {
    let mut bench = Bench::new(|settings| settings.batch_size = 1);
    bench.push(1);
    let batch = bench.batch();
    bench.settle(batch, failed(None, true));
    bench.push(1);
    assert!(matches!(bench.job(), Job::WaitUntil(due) if due > bench.now));
    bench.pass(Duration::from_secs(1));
    let batch = bench.batch();
    bench.settle(batch, delivered());
    assert_eq!(bench.batch().entries.len(), 1);
}

#[test]
fn the_server_names_the_wait_and_a_flush_respects_it() {
    let mut bench = Bench::new(|settings| settings.batch_size = 1);
    bench.push(1);
    let batch = bench.batch();
    bench.settle(batch, failed(Some(7), false));
    bench.queue.begin_flush(bench.now);
    let due = bench.now + Duration::from_secs(7);
    assert!(matches!(bench.job(), Job::WaitUntil(at) if at == due));
    bench.pass(Duration::from_secs(8));
    assert_eq!(bench.batch().entries.len(), 1);
}

#[test]
fn a_flush_moves_our_own_waits_forward() {
    let mut bench = Bench::new(|settings| settings.batch_size = 1);
    bench.push(1);
    let batch = bench.batch();
    bench.settle(batch, failed(None, true));
    let mark = bench.queue.begin_flush(bench.now);
    for _ in 0..FLUSH_ATTEMPTS - 1 {
        assert!(!bench.queue.is_settled(mark));
        bench.pass(Duration::from_secs(30));
        let batch = bench.batch();
        bench.settle(batch, failed(None, true));
    }
    assert!(bench.queue.is_settled(mark), "tried often enough");
    assert_eq!(bench.queue.items(), 1, "and still kept");
}

#[test]
fn a_refusal_that_may_concern_one_item_is_narrowed_down_at_once() {
    let mut bench = Bench::new(|settings| settings.batch_size = 4);
    bench.push(4);
    let bad = 2;
    let mut requests = 0;
    while let Job::Send(batch) = bench.job() {
        requests += 1;
        let refused = batch.entries.iter().any(|entry| entry.seq == bad);
        let outcome = if refused {
            Outcome::Refused {
                reason: "HTTP 422".into(),
                divisible: true,
            }
        } else {
            delivered()
        };
        bench.settle(batch, outcome);
    }
    assert_eq!((bench.queue.items(), bench.lost(), requests), (0, 1, 5));
}

#[test]
fn a_bad_key_loses_the_batch_without_more_requests() {
    let mut bench = Bench::new(|settings| settings.batch_size = 3);
    bench.push(3);
    let batch = bench.batch();
    bench.settle(
        batch,
        Outcome::Refused {
            reason: "HTTP 401".into(),
            divisible: false,
        },
    );
    assert_eq!((bench.queue.items(), bench.lost()), (0, 3));
}

#[test]
fn without_a_batch_endpoint_each_item_goes_alone_and_none_is_lost() {
    let mut bench = Bench::new(|settings| settings.batch_size = 3);
    bench.push(3);
    let batch = bench.batch();
    assert_eq!(batch.route, Route::TraceBatch);
    bench.settle(batch, Outcome::NoBatchEndpoint);
    bench.push(3);
    let mut seen = Vec::new();
    while let Job::Send(batch) = bench.job() {
        assert_eq!(batch.route, Route::SingleTrace);
        assert_eq!(batch.entries.len(), 1);
        seen.push(batch.first_seq());
        bench.settle(batch, delivered());
    }
    seen.sort_unstable();
    assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
    assert_eq!((bench.queue.items(), bench.lost()), (0, 0));
}

#[test]
fn closing_stops_when_nothing_is_left_or_time_is_up() {
    let mut bench = Bench::new(|_| ());
    bench.push(2);
    bench
        .queue
        .begin_close(bench.now, bench.now + Duration::from_secs(10));
    let batch = bench.batch();
    assert_eq!(batch.entries.len(), 2);
    bench.settle(batch, failed(None, false));
    bench.pass(Duration::from_secs(10));
    assert!(matches!(bench.job(), Job::Stop));
    assert_eq!(bench.queue.abandon(&bench.losses), 2);
    assert!(matches!(bench.job(), Job::Stop));
}

#[test]
fn a_batch_that_returns_after_shutdown_counted_it_is_not_counted_again() {
    let mut bench = Bench::new(|settings| settings.batch_size = 1);
    bench.push(1);
    let batch = bench.batch();
    bench.queue.begin_close(bench.now, bench.now);
    bench.queue.abandon(&bench.losses);
    bench.settle(batch, failed(None, false));
    assert_eq!((bench.queue.items(), bench.lost()), (0, 1));
}

/// The names of the spans of a request's only item, an open one with a `?`.
fn span_names(batch: &Batch) -> (String, Vec<String>) {
    let [entry] = &batch.entries[..] else {
        panic!("one item, not {}", batch.entries.len())
    };
    let mut text = String::new();
    entry.item.push_to(&mut text);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let name = |span: &serde_json::Value| {
        let mark = if span["ended_at"].is_null() { "?" } else { "" };
        format!("{}{mark}", span["name"].as_str().unwrap())
    };
    let spans = json["spans"].as_array().into_iter().flatten();
    let status = json["status"].as_str().unwrap().to_owned();
    (status, spans.map(name).collect())
}

fn part(head: &Arc<TraceHead>, spans: Vec<SpanRecord>) -> Fragment {
    Fragment::open(Arc::clone(head), spans, false)
}

fn span(id: Id, name: &str, is_open: bool) -> SpanRecord {
    SpanRecord::from_built(BuiltSpan {
        id,
        parent: None,
        name: name.into(),
        kind: SpanKind::Other,
        status: SpanStatus::Unset,
        started: Timestamp::now(),
        ended: (!is_open).then(Timestamp::now),
        details: SpanDetails::default(),
    })
}

impl Bench {
    fn put(&mut self, fragment: Fragment) {
        self.queue.push(fragment, self.now, &self.losses);
    }

    fn score(&mut self, trace: Id) {
        let score = Score::new(trace, "s", "1", ScoreDataType::Numeric, None, None);
        self.queue.push_score(score, self.now, &self.losses);
    }

    /// Learns at the price of one trace that there is no batch endpoint.
    fn without_batches(change: impl FnOnce(&mut Settings)) -> Self {
        let mut bench = Self::new(change);
        bench.push(1);
        bench.queue.begin_flush(bench.now);
        let batch = bench.batch();
        bench.settle(batch, Outcome::NoBatchEndpoint);
        let batch = bench.batch();
        bench.settle(batch, delivered());
        bench
    }
}

#[test]
fn without_a_batch_endpoint_an_open_trace_waits_and_goes_as_one() {
    let mut bench = Bench::new(|settings| settings.batch_size = 2);
    let head = Arc::new(head("t"));
    let (outer, inner) = (Id::random(), Id::random());
    bench.put(part(
        &head,
        vec![span(inner, "inner", false), span(outer, "outer", true)],
    ));
    bench.push(1);
    // What is in the request that finds it out is kept too.
    let batch = bench.batch();
    assert_eq!(batch.entries.len(), 2);
    bench.settle(batch, Outcome::NoBatchEndpoint);
    let batch = bench.batch();
    assert_eq!(span_names(&batch), ("COMPLETED".into(), vec![]));
    bench.settle(batch, delivered());
    bench.put(part(&head, vec![span(Id::random(), "second", false)]));
    bench.queue.begin_flush(bench.now);
    assert!(matches!(bench.job(), Job::Wait), "the trace is open");
    bench.put(Fragment::ended(head, vec![span(outer, "outer", false)]));
    let mark = bench.queue.begin_flush(bench.now);
    assert!(!bench.queue.is_settled(mark));
    let batch = bench.batch();
    assert_eq!(batch.route, Route::SingleTrace);
    let spans = ["inner", "second", "outer"].map(str::to_owned).to_vec();
    assert_eq!(span_names(&batch), ("COMPLETED".into(), spans));
    bench.settle(batch, delivered());
    assert!(bench.queue.is_settled(mark));
    assert_eq!(
        (bench.queue.items(), bench.queue.bytes(), bench.lost()),
        (0, 0, 0)
    );
}

#[test]
fn at_the_end_an_open_trace_goes_as_it_is() {
    let mut bench = Bench::without_batches(|_| ());
    bench.put(part(
        &Arc::new(head("t")),
        vec![span(Id::random(), "s", false)],
    ));
    let deadline = bench.now + Duration::from_secs(10);
    bench.queue.begin_close(bench.now, deadline);
    let batch = bench.batch();
    assert_eq!(span_names(&batch), ("RUNNING".into(), vec!["s".into()]));
    bench.settle(batch, delivered());
    assert!(matches!(bench.job(), Job::Stop));
}

#[test]
fn held_parts_count_against_the_limit() {
    let head = Arc::new(head("t"));
    let size = part(&head, Vec::new()).size();
    let mut bench = Bench::without_batches(|settings| settings.max_queue_bytes = 3 * size);
    for _ in 0..5 {
        bench.put(part(&head, Vec::new()));
    }
    assert_eq!((bench.queue.items(), bench.lost()), (3, 2));
}

#[test]
fn bytes_of_open_traces_count_against_the_limit() {
    let open = Arc::<AtomicUsize>::default();
    let mut settings = Settings::new(Endpoint::parse("http://127.0.0.1:1").unwrap());
    settings.max_queue_bytes = 4 * fragment("t", &[]).size();
    let mut bench = Bench::new(|_| ());
    bench.queue = Queue::new(&settings, Arc::clone(&open));
    bench.push(4);
    assert_eq!(bench.lost(), 0);
    open.store(settings.max_queue_bytes / 2, Ordering::Relaxed);
    bench.push(1);
    assert_eq!((bench.queue.items(), bench.lost()), (2, 3));
}

#[test]
fn a_score_goes_after_what_was_queued_before_it() {
    let mut bench = Bench::new(|settings| settings.batch_size = 100);
    let trace = fragment("t", &[]);
    let id = trace.trace_id();
    bench.put(trace);
    bench.score(id);
    bench.push(1);
    bench.queue.begin_flush(bench.now);
    let batch = bench.batch();
    assert_eq!((batch.route, batch.entries.len()), (Route::TraceBatch, 2));
    bench.settle(batch, delivered());
    let batch = bench.batch();
    assert_eq!(batch.route, Route::Score);
    bench.settle(batch, delivered());
    assert_eq!((bench.queue.items(), bench.queue.bytes()), (0, 0));
}

#[test]
fn a_score_waits_for_its_trace_to_be_tried_again_and_others_do_not() {
    let mut bench = Bench::new(|settings| settings.batch_size = 1);
    let trace = fragment("t", &[]);
    let id = trace.trace_id();
    bench.put(trace);
    let batch = bench.batch();
    bench.settle(batch, failed(None, false));
    bench.score(id);
    bench.score(Id::random());
    bench.queue.send_all(bench.now);
    let batch = bench.batch();
    assert_ne!(batch.entries[0].item.trace_id(), id);
    bench.settle(batch, delivered());
    assert!(matches!(bench.job(), Job::WaitUntil(_)));
    bench.pass(Duration::from_secs(1));
    let batch = bench.batch();
    assert_eq!(batch.route, Route::TraceBatch);
    bench.settle(batch, delivered());
    assert_eq!(bench.batch().entries[0].item.trace_id(), id);
}

#[test]
fn a_score_of_an_open_trace_waits_for_its_end_where_traces_go_as_a_whole() {
    let mut bench = Bench::without_batches(|_| ());
    let head = Arc::new(head("t"));
    bench.put(part(&head, Vec::new()));
    bench.score(head.id);
    let mark = bench.queue.begin_flush(bench.now);
    assert!(matches!(bench.job(), Job::Wait));
    assert!(
        bench.queue.is_settled(mark),
        "a flush does not wait for the trace to end"
    );
    bench.push(1);
    bench.put(Fragment::ended(head, Vec::new()));
    bench.queue.begin_flush(bench.now);
    let mut routes = Vec::new();
    while let Job::Send(batch) = bench.job() {
        routes.push(batch.route);
        bench.settle(batch, delivered());
    }
    assert_eq!(
        routes,
        [Route::SingleTrace, Route::SingleTrace, Route::Score]
    );
}

#[test]
fn a_score_of_an_unknown_trace_is_tried_again_until_the_horizon() {
    let horizon = Duration::from_secs(60);
    let mut bench = Bench::new(|settings| settings.retry_horizon = horizon);
    bench.score(Id::random());
    let mark = bench.queue.begin_flush(bench.now);
    let mut attempts = 0;
    while bench.lost() == 0 {
        let batch = bench.batch();
        attempts += 1;
        bench.settle(batch, Outcome::UnknownTrace("HTTP 404".into()));
        assert!(
            bench.queue.is_settled(mark),
            "a flush is content with an answer"
        );
        if let Job::WaitUntil(due) = bench.job() {
            bench.now = due;
        }
    }
    assert!(attempts > 3);
    assert_eq!((bench.queue.items(), bench.queue.bytes()), (0, 0));
    let report = bench.losses.take(bench.now).unwrap();
    assert_eq!(report.counts[0].item, LostItem::Score);
}

#[test]
fn scores_that_fail_do_not_hold_up_traces() {
    let mut bench = Bench::new(|settings| settings.batch_size = 1);
    for _ in 0..2 * GATE_FAILURES {
        bench.score(Id::random());
        bench.queue.send_all(bench.now);
        let batch = bench.batch();
        assert_eq!(batch.route, Route::Score);
        bench.settle(batch, failed(None, false));
    }
    bench.push(1);
    assert_eq!(bench.batch().route, Route::TraceBatch);
}

#[test]
fn scores_and_traces_take_turns() {
    let mut bench = Bench::new(|settings| settings.batch_size = 1);
    for _ in 0..3 {
        bench.score(Id::random());
    }
    bench.push(1);
    bench.queue.begin_flush(bench.now);
    let mut routes = Vec::new();
    while let Job::Send(batch) = bench.job() {
        routes.push(batch.route);
        bench.settle(batch, delivered());
    }
    assert_eq!(routes[1], Route::TraceBatch);
    assert_eq!(routes.len(), 4);
}

#[derive(Clone, Debug)]
enum Step {
    Push,
    Score,
    Pass(u64),
    Flush,
    Deliver,
    Reject,
    Refuse(bool),
    Fail(Option<u64>, bool),
    NoBatch,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Push),
        1 => Just(Step::Score),
        2 => (0_u64..40).prop_map(Step::Pass),
        1 => Just(Step::Flush),
        2 => Just(Step::Deliver),
        1 => Just(Step::Reject),
        1 => any::<bool>().prop_map(Step::Refuse),
        2 => (proptest::option::of(0_u64..9), any::<bool>()).prop_map(|(wait, gone)| Step::Fail(wait, gone)),
        1 => Just(Step::NoBatch),
    ]
}

proptest! {
    /// Whatever happens, each item is waiting, delivered or counted as lost: once.
    #[test]
    fn no_item_is_forgotten_or_counted_twice(
        steps in proptest::collection::vec(step(), 0..200),
        max_items in 0_usize..20,
    ) {
        let mut bench = Bench::new(|settings| {
            settings.batch_size = 3;
            settings.max_queue_items = max_items;
            settings.retry_horizon = Duration::from_secs(60);
        });
        let (mut pushed, mut delivered_items) = (0_u64, 0_u64);
        for step in steps {
            let outcome = match step {
                Step::Push => { bench.push(1); pushed += 1; continue }
                Step::Score => { bench.score(Id::random()); pushed += 1; continue }
                Step::Pass(seconds) => { bench.pass(Duration::from_secs(seconds)); continue }
                Step::Flush => { bench.queue.begin_flush(bench.now); continue }
                Step::Deliver => delivered(),
                Step::Reject => Outcome::Delivered { rejected: vec!["bad".into()] },
                Step::Refuse(divisible) => Outcome::Refused { reason: "no".into(), divisible },
                Step::Fail(wait, unreachable) => failed(wait, unreachable),
                Step::NoBatch => Outcome::NoBatchEndpoint,
            };
            let Job::Send(batch) = bench.job() else { continue };
            prop_assert!(!batch.entries.is_empty());
            // A server answers so only where there is a batch endpoint to miss.
            let impossible = outcome == Outcome::NoBatchEndpoint && batch.route != Route::TraceBatch;
            let outcome = if impossible { delivered() } else { outcome };
            if let Outcome::Delivered { rejected } = &outcome {
                delivered_items += (batch.entries.len() - rejected.len()) as u64;
            }
            bench.settle(batch, outcome);
        }
        prop_assert_eq!(bench.queue.items() as u64 + delivered_items + bench.lost(), pushed);
    }
}
