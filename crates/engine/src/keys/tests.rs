use pandaprobe_model::Timestamp;
use pandaprobe_model::project::{Access, NewKey};
use pandaprobe_store::Projects as _;
use uuid::Uuid;

use super::*;
use crate::fake::{FakeStore, engine};

const MINUTE: i64 = 60_000_000_000;
const NOW: Timestamp = Timestamp(100 * MINUTE);

fn later(minutes: i64) -> Timestamp {
    Timestamp(NOW.0 + minutes * MINUTE)
}

fn request(name: &str) -> KeyRequest {
    KeyRequest {
        name: name.to_owned(),
        expires_at: None,
        project: None,
        access: Access::Full,
    }
}

async fn put(store: &FakeStore, key: &str, expires_at: Option<Timestamp>) -> ApiKey {
    let key = NewKey {
        hash: sha256(key),
        prefix: key.to_owned(),
        name: key.to_owned(),
        expires_at,
        project: None,
        access: Access::Full,
    };
    store.add_api_key(key).await.unwrap()
}

#[tokio::test]
async fn unknown_revoked_and_expired() {
    let (engine, store) = engine();
    let revoked = put(&store, "revoked", None).await;
    store.revoke_api_key(revoked.id).await.unwrap();
    put(&store, "expired", Some(NOW)).await;
    put(&store, "later", Some(Timestamp(NOW.0 + 1))).await;
    for (key, want) in [
        ("nothing", KeyCheck::Unknown),
        ("revoked", KeyCheck::Unknown),
        ("expired", KeyCheck::Expired),
    ] {
        assert_eq!(engine.check_key(key, NOW).await.unwrap(), want, "{key}");
    }
    let valid = engine.check_key("later", NOW).await.unwrap();
    assert!(matches!(valid, KeyCheck::Valid(_)));
    // Remembered keys still run out.
    let after = engine.check_key("later", Timestamp(NOW.0 + 1)).await;
    assert_eq!(after.unwrap(), KeyCheck::Expired);
}

#[tokio::test]
async fn changes_count_at_once() {
    let (engine, _) = engine();
    for permanently in [false, true] {
        let made = engine.create_key(request("a")).await.unwrap();
        let key = made.raw.reveal();
        let valid = engine.check_key(key, NOW).await.unwrap();
        assert!(matches!(valid, KeyCheck::Valid(_)));
        let found = if permanently {
            engine.delete_key(made.key.id).await
        } else {
            engine.revoke_key(made.key.id).await
        };
        assert!(found.unwrap());
        let check = engine.check_key(key, NOW).await.unwrap();
        assert_eq!(check, KeyCheck::Unknown);
    }
    assert!(!engine.revoke_key(Uuid::max()).await.unwrap());
    assert!(!engine.delete_key(Uuid::max()).await.unwrap());
}

#[tokio::test]
async fn a_key_that_was_unknown_a_moment_ago_counts_once_it_is_there() {
    let (engine, _) = engine();
    assert_eq!(engine.check_key("k", NOW).await.unwrap(), KeyCheck::Unknown);
    let raw = RawKey::from_text("k").unwrap();
    engine.add_key(&raw, request("a")).await.unwrap();
    let check = engine.check_key("k", NOW).await.unwrap();
    assert!(matches!(check, KeyCheck::Valid(_)));
}

#[tokio::test]
async fn a_remembered_key_is_not_looked_up() {
    let (engine, store) = engine();
    put(&store, "k", None).await;
    engine.check_key("k", NOW).await.unwrap();
    engine.check_key("none", NOW).await.unwrap();
    let before = store.key_look_ups();
    engine.check_key("k", NOW).await.unwrap();
    engine.check_key("none", NOW).await.unwrap();
    assert_eq!(store.key_look_ups(), before);
}

#[tokio::test]
async fn use_is_noted_once_a_minute() {
    let (engine, store) = engine();
    let key = put(&store, "k", None).await;
    let used = async || {
        let key = engine.key_with_id(key.id).await.unwrap();
        key.unwrap().last_used_at
    };
    assert_eq!(used().await, None);
    engine.check_key("k", NOW).await.unwrap();
    assert_eq!(used().await, Some(NOW));
    engine
        .check_key("k", Timestamp(NOW.0 + MINUTE - 1))
        .await
        .unwrap();
    assert_eq!(used().await, Some(NOW));
    engine.check_key("k", later(1)).await.unwrap();
    assert_eq!(used().await, Some(later(1)));
    assert_eq!(store.notes(), 2);
    // Who is refused leaves no note.
    engine.revoke_key(key.id).await.unwrap();
    engine.check_key("k", later(9)).await.unwrap();
    assert_eq!(used().await, Some(later(1)));
}

#[tokio::test]
async fn a_note_that_fails_refuses_nobody() {
    let (engine, store) = engine();
    put(&store, "k", None).await;
    store.fail_notes();
    let check = engine.check_key("k", NOW).await.unwrap();
    assert!(matches!(check, KeyCheck::Valid(_)));
}

#[tokio::test]
async fn a_successor_has_the_rights_of_the_old_key() {
    let (engine, _) = engine();
    let project = engine.ensure_project("p").await.unwrap();
    let old = engine
        .create_key(KeyRequest {
            expires_at: Some(later(1)),
            project: Some(project.id),
            access: Access::Read,
            ..request("old")
        })
        .await
        .unwrap();
    let rotation = engine.rotate_key(old.key.id, NOW).await.unwrap();
    let Rotation::Done(new) = rotation else {
        panic!("{rotation:?}")
    };
    assert_eq!(new.key.name, "old");
    assert_eq!(new.key.project, Some(project.id));
    assert_eq!(new.key.access, Access::Read);
    assert_eq!(new.key.expires_at, Some(later(90 * 24 * 60)));
    for made in [&old, &new] {
        let check = engine.check_key(made.raw.reveal(), NOW).await.unwrap();
        assert!(matches!(check, KeyCheck::Valid(_)));
    }
    engine.revoke_key(old.key.id).await.unwrap();
    let forever = engine.create_key(request("x")).await.unwrap();
    for (id, want) in [
        (old.key.id, Rotation::Revoked),
        (forever.key.id, Rotation::NeverExpires),
        (Uuid::max(), Rotation::Missing),
    ] {
        assert_eq!(engine.rotate_key(id, NOW).await.unwrap(), want);
    }
}

#[tokio::test]
async fn wishes_that_are_not_granted() {
    let (engine, store) = engine();
    let foreign = KeyRequest {
        project: Some(Uuid::max()),
        ..request("x")
    };
    let error = engine.create_key(foreign).await.unwrap_err();
    assert!(matches!(error, NewKeyError::NoProject));
    let error = engine.create_key(request(" Configured")).await.unwrap_err();
    assert!(matches!(error, NewKeyError::ReservedName));
    assert!(store.api_keys().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_deleted_project_takes_its_keys_with_it() {
    let (engine, _) = engine();
    let project = engine.ensure_project("p").await.unwrap();
    let narrow = KeyRequest {
        project: Some(project.id),
        ..request("x")
    };
    let made = engine.create_key(narrow).await.unwrap();
    engine.check_key(made.raw.reveal(), NOW).await.unwrap();
    assert!(engine.delete_project(project.id).await.unwrap());
    let check = engine.check_key(made.raw.reveal(), NOW).await.unwrap();
    assert_eq!(check, KeyCheck::Unknown);
}

#[tokio::test]
async fn no_key_is_made_for_a_project_that_goes_meanwhile() {
    let (engine, store) = engine();
    let project = engine.ensure_project("p").await.unwrap();
    // Behind the engine's back, as if it happened between its look and its write.
    store.delete_project(project.id).await.unwrap();
    let narrow = KeyRequest {
        project: Some(project.id),
        ..request("x")
    };
    let error = engine.create_key(narrow).await.unwrap_err();
    assert!(matches!(error, NewKeyError::NoProject));
    assert!(store.api_keys().await.unwrap().is_empty());
}
