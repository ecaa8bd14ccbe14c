//! The store against the naive model of `pandaprobe_testkit::reference`: the
//! same operations, and after each of them everything that can be seen.

mod consistent;
mod generate;
mod seen;
mod world;

use pandaprobe_model::patch::{Change, SessionPatch};
use pandaprobe_model::trace::TraceFragment;
use pandaprobe_store::{Commands, Ingest};
use pandaprobe_testkit::reference::Operation;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{TraceBuilder as _, json, span, trace};
use consistent::consistent_trace;
use generate::{Step, step};
use seen::differences;
use world::World;

/// `usual` cases, or what `PROPTEST_CASES` says, as `make soak` does.
fn cases(usual: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    let cases = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config.cases,
        None => usual,
    };
    ProptestConfig { cases, ..config }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn whatever_happens_the_store_shows_what_the_reference_does(
        steps in vec(step(), 1..16),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.step(step)?;
        }
        world.empty()?;
    }

    #[test]
    fn fragments_that_agree_give_one_state_in_any_order(
        fragments in vec(consistent_trace(), 1..10),
        again in vec(any::<Index>(), 0..8),
        keys in vec(any::<u32>(), 20),
        cuts in vec((1_usize..4, 0_u8..8), 20),
    ) {
        let (mut inorder, mut shuffled) = (World::new(), World::new());
        inorder.send(Operation::Ingest(fragments.clone()))?;
        // Every fragment once, some once more, in another order.
        let mut parts = fragments.clone();
        parts.extend(again.iter().map(|index| index.get(&fragments).clone()));
        let mut parts: Vec<_> = keys.iter().cycle().zip(parts).collect();
        parts.sort_by_key(|(key, _)| **key);
        let mut parts: Vec<_> = parts.into_iter().map(|(_, part)| part).collect();
        for (size, kind) in cuts {
            if parts.is_empty() {
                break;
            }
            let request: Vec<_> = parts.drain(..size.min(parts.len())).collect();
            match kind {
                0 => {
                    shuffled.step(&Step::Reopen)?;
                    shuffled.send(Operation::Ingest(request))?;
                }
                1 => shuffled.step(&Step::Requests(
                    request.into_iter().map(|part| (0, Operation::Ingest(vec![part]))).collect(),
                ))?,
                _ => shuffled.send(Operation::Ingest(request))?,
            }
        }
        prop_assert!(parts.is_empty());
        let differ = differences(&shuffled.state("one"), &inorder.state("one"));
        prop_assert!(differ.is_empty(), "in another order than sent: {}", differ);
        shuffled.empty()?;
    }
}

fn named(name: &str) -> Operation {
    let patch = SessionPatch {
        name: Change::Set(name.to_owned()),
        ..SessionPatch::default()
    };
    Operation::PatchSession("s".to_owned(), patch)
}

#[test]
fn metadata_of_a_session_may_come_before_the_session() -> Result<(), TestCaseError> {
    let mut world = World::new();
    let early = TraceFragment {
        session_metadata: json(r#"{"a":1}"#),
        ..trace(1)
    };
    world.send(Operation::Ingest(vec![early]))?;
    world.send(Operation::Ingest(vec![trace(1).session("s")]))?;
    world.empty()
}

#[test]
fn a_request_is_merged_in_its_order_also_when_messages_move() -> Result<(), TestCaseError> {
    let mut world = World::new();
    let mut chat = span(1, None, 0);
    chat.payload.input = json(r#"[{"role":"user","content":"Where do pandas live?"}]"#);
    let chatting = || trace(1).spans(vec![chat.clone()]);
    world.send(Operation::Ingest(vec![trace(1).session("from")]))?;
    world.send(Operation::Ingest(vec![chatting()]))?;
    // The second fragment refers to a message that the first one moves.
    world.send(Operation::Ingest(vec![
        trace(1).session("to"),
        chatting(),
        trace(1).at(1),
    ]))?;
    world.empty()
}

#[test]
fn a_session_that_lost_its_last_trace_within_a_request_begins_anew() -> Result<(), TestCaseError> {
    let mut world = World::new();
    world.send(Operation::Ingest(vec![trace(1).session("s")]))?;
    world.send(named("Given"))?;
    world.send(Operation::Ingest(vec![
        trace(1).session("other"),
        trace(2).session("s"),
    ]))?;
    world.empty()
}

#[test]
fn a_trace_that_arrives_while_its_session_is_deleted_is_in_a_session_made_anew()
-> Result<(), TestCaseError> {
    for _ in 0..50 {
        let mut world = World::new();
        world.send(Operation::Ingest(vec![trace(1).session("s")]))?;
        world.send(named("Given"))?;
        let (store, project) = (world.store(), world.project("one"));
        let deleted = world.block_on(async {
            let (deleted, ingested) = tokio::join!(
                store.delete_session(project, "s".to_owned()),
                store.ingest(project, vec![trace(2).session("s")]),
            );
            ingested.and(deleted)
        });
        let state = world.state("one");
        prop_assert_eq!(deleted, Some(2 - state.traces.len() as u64));
        let names: Vec<_> = state.sessions.iter().map(|left| &left.name).collect();
        prop_assert!(names.iter().all(|name| name.is_none()), "{names:?}");
    }
    Ok(())
}
